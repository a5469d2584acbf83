"""Contract: pictures and tables show the solution's own numbers, and say when they are synthetic."""

import numpy as np
import pytest
from systems import simple, simple_system
from test_known_answers import capped

from dafeng.dispatch import (
    Prepared,
    cap_curve_figure,
    capacity_table,
    coarsen,
    cost_table,
    curve,
    dispatch_week,
    duration_curves,
    read_folder,
    solve,
    sweep_limit,
    with_limits,
)
from dafeng.evidence import DafengError


@pytest.fixture(scope="module")
def solution(tmp_path_factory):
    return solve(with_limits(capped(tmp_path_factory.mktemp("s")), ["co2=1000"]), threads=1)


def test_week_shows_output_and_load(solution):
    figure = dispatch_week(solution)
    shown = {
        trace.name: np.asarray(trace.y, dtype=float) for trace in figure.data if trace.showlegend is not False
    }
    np.testing.assert_allclose(shown["风电 wind"], solution.flows["generators-p"]["wind"])
    np.testing.assert_allclose(shown["负荷 load"], solution.system.dense("loads", "p_set")[:, 0])
    with pytest.raises(DafengError, match="week"):
        dispatch_week(solution, week=9)


def test_weeks_follow_the_clock(tmp_path):
    blocks = coarsen(read_folder(simple(tmp_path, hours=24 * 14)), 3)
    solved = solve(blocks, threads=1)
    load = dispatch_week(solved, 1).data[-1]
    assert len(load.x) == 56
    assert load.x[0] == blocks.snapshots[56]
    with pytest.raises(DafengError, match="week 3"):
        dispatch_week(solved, 2)


def test_duration_curves_fall(solution):
    for trace in duration_curves(solution).data:
        assert (np.diff(np.asarray(trace.y, dtype=float)) <= 1e-9).all()


def test_costs_add_up(solution):
    assert cost_table(solution)["cost"].sum() == pytest.approx(solution.total_cost, rel=1e-9)
    table = capacity_table(solution).set_index(["component", "name"])
    assert table.loc[("generators", "coal"), "full_load_hours"] == pytest.approx(
        solution.generation()["coal"] / 120
    )


def test_curve_picture(tmp_path):
    table = curve(sweep_limit(Prepared(capped(tmp_path), threads=1), "co2", [3000.0, 1500.0]), "co2")
    figure = cap_curve_figure(table)
    np.testing.assert_allclose(np.asarray(figure.data[0].y, dtype=float) * 1e8, table["total_cost"])


def test_synthetic_is_said_in_the_title(tmp_path):
    from dataclasses import replace

    made_up = solve(replace(simple_system(tmp_path), synthetic=True), threads=1)
    assert "合成" in dispatch_week(made_up).layout.title.text
