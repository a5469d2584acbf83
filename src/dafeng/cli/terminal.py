"""What all commands show in a terminal: progress bars on standard error, tables and JSON on standard output."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dafeng.evidence import DafengError, Problem, ProgressSink, Task, report_progress_to

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.table import Table


class _Bar:
    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress = progress
        self._task = task

    def advance(self, steps: float = 1) -> None:
        self._progress.advance(self._task, steps)

    def finish(self) -> None:
        """Stop the bar where it is; a bar whose length was not known is shown as full."""
        bar = self._progress.tasks[self._progress.task_ids.index(self._task)]
        if bar.total is None:
            self._progress.update(self._task, total=max(bar.completed, 1), completed=max(bar.completed, 1))
        self._progress.stop_task(self._task)


class RichProgress(ProgressSink):
    """A progress sink that draws one Rich bar a task."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress

    def start(self, title: str, total: float | None) -> Task:
        return _Bar(self._progress, self._progress.add_task(title, total=total))


@contextmanager
def progress_bars(shown: bool = True) -> Iterator[None]:
    """Draw the progress of the block on standard error; draw nothing with `shown` false or without a terminal."""
    if not shown or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        report_progress_to(RichProgress(progress)),
    ):
        yield


def print_json(content: Any) -> None:
    """`content` on standard output as JSON; Chinese stays readable, NaN is refused."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False, default=str) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A Rich table on standard output; cells are printed literally, brackets included."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", show_lines=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    Console().print(table)


def compact(*columns: str, figures: Sequence[int] = ()) -> "Table":
    """A table without frames for 80 columns; long names fold, columns of `figures` stay on one line at the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for position, column in enumerate(columns):
        if position in figures:
            table.add_column(column, justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    return table


def shown(table: "Table | None", *lines: str) -> None:
    """`table` and the lines under it on standard output; empty lines are left out."""
    from rich.console import Console

    console = Console()
    if table is not None:
        console.print(table)
    for line in lines:
        if line:
            console.print(line, markup=False, highlight=False)


def print_problems(problems: Iterable[Problem], as_json: bool) -> None:
    """All `problems`, as `{"problems": [...]}` on standard output or as a table."""
    listed = list(problems)
    if as_json:
        print_json({"problems": [problem.as_dict() for problem in listed]})
    else:
        print_table(
            f"{len(listed)} 个问题 problems",
            ("位置 where", "发现 found", "应为 expected", "改法 mend"),
            ((p.where, p.found, p.expected, p.mend) for p in listed),
        )


@contextmanager
def refusals(as_json: bool) -> Iterator[None]:
    """Turn bad input inside the block into its problems and exit code 1.

    With `as_json` they are JSON on standard output; otherwise the error goes on to `dafeng.cli.main`, which
    prints it on standard error.
    """
    try:
        yield
    except DafengError as error:
        if not as_json:
            raise
        print_problems(error.problems, as_json)
        raise SystemExit(1) from None
