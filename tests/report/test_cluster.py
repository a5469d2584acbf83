"""The main job on a local Dask cluster gives the bytes of one process; a cluster that is not there is said."""

import subprocess
import sys
from pathlib import Path

import pytest

from .test_run import SAMPLES, dafeng

ROOT = Path(__file__).parents[2]


def run(out: Path, *more: str) -> bytes:
    done = dafeng("run", "jiujiang", "--samples", SAMPLES, "--out", str(out), *more, cwd=out.parent)
    assert done.returncode == 0, done.stderr
    return (out / "summary.json").read_bytes()


@pytest.mark.oracle
def test_a_cluster_gives_the_same_bytes(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**workers) as cluster:
        there = run(tmp_path / "there", "--cluster", cluster.scheduler_address)
    assert there == run(tmp_path / "here")


@pytest.mark.oracle
def test_a_cluster_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    done = dafeng("run", "jiujiang", "--cluster", "tcp://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 1
    assert "dask scheduler" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_the_mend_is_told(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from dafeng.cli import main\n"
        "sys.argv = ['dafeng', 'run', 'jiujiang', '--cluster', 'tcp://127.0.0.1:1']\n"
        "sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "'.[cluster]'" in done.stderr
