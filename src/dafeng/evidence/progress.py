"""Progress reporting of long computations to a sink: a terminal, a web page, or none.

A room calls `track`; a face (CLI, web) installs a sink with `report_progress_to`. Without a sink the
calls cost nothing, so the rooms stay free of any terminal.
"""

from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

T = TypeVar("T")


class Task(Protocol):
    """Progress bar; `advance` moves it on."""

    def advance(self, steps: float = 1) -> None: ...

    def finish(self) -> None: ...


class ProgressSink(Protocol):
    """Receiver of progress that starts bars; `total` is None where the length of the work is unknown."""

    def start(self, title: str, total: float | None) -> Task: ...


class _Silent:
    def advance(self, steps: float = 1) -> None:
        pass

    def finish(self) -> None:
        pass


_sink: ContextVar[ProgressSink | None] = ContextVar("dafeng_progress", default=None)


@contextmanager
def report_progress_to(sink: ProgressSink) -> Iterator[None]:
    """Send the progress of everything inside the block to `sink`.

    Parameters
    ----------
    sink
        What starts and moves bars, as the terminal's.
    """
    token = _sink.set(sink)
    try:
        yield
    finally:
        _sink.reset(token)


def track(title: str, items: Iterable[T], total: float | None = None) -> Iterator[T]:
    """Yield `items` and move a bar named `title` on by one after each.

    Parameters
    ----------
    title
        Name of the bar.
    items
        What is worked on.
    total
        Length where `items` has none.

    Yields
    ------
    Each of `items`.
    """
    sink = _sink.get()
    length = total if total is not None else (float(len(items)) if isinstance(items, Sized) else None)
    task: Task = _Silent() if sink is None else sink.start(title, length)
    try:
        for item in items:
            yield item
            task.advance()
    finally:
        task.finish()
