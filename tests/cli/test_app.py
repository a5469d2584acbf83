"""Contract of the entry point: exit 1 for bad input (JSON with --json), 70 with a log for a defect."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from dafeng.cli import app as entry
from dafeng.cli.extras import EXTRA_OF
from dafeng.evidence import DafengError, Problem


def _run(monkeypatch: pytest.MonkeyPatch, error: Exception, *arguments: str) -> int:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(entry, "application", fail)
    monkeypatch.setattr(sys, "argv", ["dafeng", *arguments])
    with pytest.raises(SystemExit) as end:
        entry.main()
    assert isinstance(end.value.code, int)
    return end.value.code


PROBLEMS = [Problem("a.csv:2:x", "'九'", "a number", "write 9"), Problem("b.csv", "no such file", "b")]


def test_all_problems_one_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, DafengError(PROBLEMS), "x") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [str(problem) for problem in PROBLEMS]


def test_problems_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, DafengError(PROBLEMS), "x", "--json") == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {
        "schema_version": "1",
        "problems": [problem.as_dict() for problem in PROBLEMS],
    }
    assert "九" in shown.out


def test_a_defect_is_logged_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert _run(monkeypatch, ZeroDivisionError("by nought"), "x") == entry.INTERNAL_ERROR
    shown = capsys.readouterr()
    (log,) = tmp_path.iterdir()
    assert str(log) in shown.err
    assert "Traceback" not in shown.err
    assert "ZeroDivisionError: by nought" in log.read_text(encoding="utf-8")


def test_a_missing_extra_is_named_not_an_accident(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """As after `pip install .` without extras."""
    assert _run(monkeypatch, ModuleNotFoundError("No module named 'duckdb'", name="duckdb")) == 1
    assert "-m pip install '.[metering]'" in capsys.readouterr().err


def test_every_optional_package_has_its_extra():
    """What pyproject.toml lists under an extra is named by that extra."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    assert set(EXTRA_OF.values()) == set(project["optional-dependencies"]) - {"pypsa"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "run jiujiang --samples 64 --out out",
        "inventory run jiujiang --year 2020",
        "case check jiujiang",
        "assess dual-control jiujiang --samples 64",
        "data status 360700",
        "--help",
    ],
)
def test_the_base_installation_runs_without_the_packages_of_any_extra(line: str, tmp_path: Path) -> None:
    """As after `make run` in a new clone: an import of an extra's package at the top of a module would end it."""
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({sorted(EXTRA_OF)!r})); sys.argv = {['dafeng', *line.split()]!r}; "
        "from dafeng.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (["--samples", "0"], "--samples"),
        (["--samples", "99999999999"], "--samples"),
        (["--seed", "-1"], "--seed"),
        (["--out", "/dev/null/x"], "/dev/null/x"),
    ],
)
def test_a_run_that_cannot_be_made_says_which_option_and_writes_nothing(
    dafeng: Run, options: list[str], where: str, tmp_path: Path
) -> None:
    result = dafeng("run", "jiujiang", "--out", str(tmp_path / "out"), *options)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(f"{where}：读到")
    assert list(tmp_path.iterdir()) == []
