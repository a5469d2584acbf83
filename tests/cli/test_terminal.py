"""Contract: bars only in a terminal, and only on standard error; tables print cells literally."""

import io
import json
import sys

import numpy as np
import pytest

from dafeng.cli.terminal import RichProgress, print_json, print_table, progress_bars
from dafeng.evidence import report_progress_to, track


def test_without_a_terminal_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars():
        assert list(track("work", [1, 2, 3])) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("total", "expected"), [(4.0, 4.0), (None, 3.0)])
def test_a_bar_moves_with_the_work(total: float | None, expected: float) -> None:
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(file=io.StringIO()))
    with report_progress_to(RichProgress(progress)):
        assert sum(track("work", iter([1, 2, 3]), total)) == 6
    (bar,) = progress.tasks
    assert (bar.description, bar.completed, bar.total) == ("work", 3.0, expected)


def test_bars_are_drawn_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bars():
        list(track("核算", [1, 2]))
    assert capsys.readouterr().out == ""


def test_cells_with_brackets_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("t", ("a",), [["[bold]x[/nothing]"]])
    assert "[bold]x[/nothing]" in capsys.readouterr().out


def test_json_has_its_version_first_and_no_number_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": np.array([1.5, np.inf]), "schema_version": 1})
    assert list(json.loads(capsys.readouterr().out).items()) == [
        ("schema_version", "1"), ("a", None), ("b", [1.5, None]),
    ]  # fmt: skip
    print_json([{"x": 1}, {"x": 2}], indent=None)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"schema_version": "1", "rows": [{"x": 1}, {"x": 2}]}
