"""Parallel blocks of a large array, shared between the threads of one machine."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from os import sched_getaffinity

# values that make a second thread worth while
THREADED_VALUES = 1 << 20


def in_threads(work: Callable[[int], None], parts: Iterable[int], values: int) -> None:
    """Call `work` for each of `parts`; blocks write to places of their own, so the result does not depend on
    the threads.
    """
    threads = min(len(sched_getaffinity(0)), values // THREADED_VALUES)
    if threads < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass
