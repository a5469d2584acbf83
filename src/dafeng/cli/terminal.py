"""Terminal output of all commands: progress bars on standard error, tables and JSON on standard output."""

import codecs
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from dafeng.cli import words
from dafeng.evidence import DafengError, Problem, ProgressSink, Task, chinese, report_progress_to

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.progress import Progress, TaskID
    from rich.table import Table


# Chinese Windows consoles and files are often GBK, which has no ✓, − or subscript two
HANDLER = "dafeng.nearest"
NEAREST = {
    "✓": "√",
    "✕": "×",
    "−": "-",
    "•": "·",
    "₂": "2",
    "⁴": "^4",
    "⁸": "^8",
    "…": "...",
    "–": "-",
    "—": "-",
    "≤": "<=",
    "≥": ">=",
}


def nearest(error: UnicodeError) -> tuple[str, int]:
    """Replace what `error` could not encode by its nearest characters, or by a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    shown = "".join(_encodable(NEAREST.get(character, "?"), error.encoding) for character in text)
    return shown, error.end


def _encodable(text: str, encoding: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "?"
    return text


def tolerate_encodings() -> None:
    """Let standard output and error replace what their encoding cannot hold."""
    codecs.register_error(HANDLER, nearest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


class _Bar:
    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress = progress
        self._task = task

    def advance(self, steps: float = 1) -> None:
        self._progress.advance(self._task, steps)

    def finish(self) -> None:
        """Stop the bar where it is; a bar of undetermined length is shown as full."""
        bar = self._progress.tasks[self._progress.task_ids.index(self._task)]
        if bar.total is None:
            self._progress.update(self._task, total=max(bar.completed, 1), completed=max(bar.completed, 1))
        self._progress.stop_task(self._task)


class RichProgress(ProgressSink):
    """Progress sink that draws one Rich bar per task."""

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


SCHEMA_VERSION = "1"
"""Version of the output of commands with `--json`: raised when a key of one of them is renamed or dropped."""


def print_json(content: Any, indent: int | None = 2) -> None:
    """Print `content` as a JSON object with its `schema_version`; a list becomes its `rows`.

    Chinese stays readable, arrays become lists, a number that is none becomes null.
    """
    fields = content if isinstance(content, dict) else {"rows": content}
    version = str(fields.get("schema_version", SCHEMA_VERSION))
    shown = {
        "schema_version": version,
        **{key: value for key, value in fields.items() if key != "schema_version"},
    }
    sys.stdout.write(
        json.dumps(_plain(shown), ensure_ascii=False, indent=indent, allow_nan=False, default=str) + "\n"
    )
    sys.stdout.flush()


def print_array(rows: Sequence[Any]) -> None:
    """Print `rows` as a JSON array: for lists of which other programs ask for nothing else."""
    sys.stdout.write(
        json.dumps(_plain(rows), ensure_ascii=False, indent=2, allow_nan=False, default=str) + "\n"
    )
    sys.stdout.flush()


def print_rows(table: "DataFrame") -> None:
    """Print a data frame as JSON: its `rows`, a record each."""
    print_json(json.loads(table.to_json(orient="records", force_ascii=False)))


def _plain(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if hasattr(content, "tolist"):
        return _plain(content.tolist())
    return None if isinstance(content, float) and not math.isfinite(content) else content


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Rich table on standard output; cells are printed literally, brackets included."""
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
    """Return a table without frames for 80 columns.

    Long names fold, columns of `figures` stay on one line at the right.
    """
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
    """Print `table` and the lines under it on standard output; empty lines are left out."""
    from rich.console import Console

    console = Console()
    if table is not None:
        console.print(table)
    for line in lines:
        if line:
            console.print(line, markup=False, highlight=False)


def print_lines(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text under their titles."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*titles)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def left_out(rows: int, shown: int) -> str:
    """Return how many rows are not shown, and how to see them; nothing where all are."""
    return "" if rows <= shown else words.both("more_rows_with_json", value=rows - shown)


def print_problems(problems: Iterable[Problem], as_json: bool) -> None:
    """Print all `problems`, as `{"problems": [...]}` on standard output or as a table."""
    listed = list(problems)
    if as_json:
        print_json({"problems": [problem.as_dict() for problem in listed]})
    else:
        print_table(
            words.word("problems", count=len(listed)),
            (words.head("where"), words.head("found"), words.head("expected"), words.head("mend")),
            ((p.where, *map(_in_both, (p.found, p.expected, p.mend))) for p in listed),
        )


def _in_both(text: str) -> str:
    """Return a part of a problem in Chinese, with the English on a line of its own where it differs."""
    zh, en = chinese(text), str(getattr(text, "en", text))
    return en if zh == en else f"{zh}\n{en}"


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
