"""Benchmarks: each figure beside its floor from the same run. The ratio is the bar, the seconds are context.

A module `bench/<room>.py` offers `figures()`, which yields `Figure`s; `python -m bench [room ...]` prints
them. A floor is the same arithmetic in bare NumPy, or the same query in raw DuckDB, on the same data.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`seconds` of ours and of the floor (None where there is none), and the `bar` as words."""

    name: str
    seconds: float
    floor: float | None = None
    bar: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if not self.floor else self.seconds / self.floor


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """Shortest wall time of `repeats` runs of `work`, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
