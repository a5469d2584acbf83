"""Contract: where the blocks of an ensemble run changes no bit of the result; a cluster that is not there is said so."""

import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from typer.testing import CliRunner

from dafeng.cli.pathway import app
from dafeng.pathway import compare


@pytest.fixture
def points(jiujiang_model):
    return {"plan": jiujiang_model.delivery(1.0)}


def same(first, second):
    np.testing.assert_array_equal(first[0].bands["A"].quantiles, second[0].bands["A"].quantiles)
    np.testing.assert_array_equal(first[0].bands["B"].mean, second[0].bands["B"].mean)
    assert first[0].peak_year == second[0].peak_year


def test_threads(jiujiang_model, points):
    with ThreadPoolExecutor(2) as executor:
        found = compare(jiujiang_model, points, 8300, 1, executor=executor)
    same(found, compare(jiujiang_model, points, 8300, 1))


@pytest.mark.slow
def test_processes(jiujiang_model, points):
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        found = compare(jiujiang_model, points, 8300, 1, executor=executor)
    same(found, compare(jiujiang_model, points, 8300, 1))


@pytest.mark.oracle
def test_dask_cluster(tmp_path):
    """A comparison of scenarios on two worker processes of a local cluster."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path / "dask"
    ) as cluster:
        address = cluster.scheduler_address
        command = ["run", "jiujiang", "--samples", "4200", "--json"]
        here = CliRunner().invoke(app, command)
        there = CliRunner().invoke(app, [*command, "--cluster", address])
    assert here.exit_code == there.exit_code == 0, there.output
    assert json.loads(here.stdout) == json.loads(there.stdout)
