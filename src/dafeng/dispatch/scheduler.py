"""The threads of HiGHS: one pool for the whole process, which the first run sizes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import highspy


@dataclass
class _Pool:
    """`size` of the pool that stands (0: HiGHS chose it, or there is none), and how many solve in it."""

    size: int = 0
    running: int = 0


_pool, _lock = _Pool(), Lock()


@contextmanager
def pool_of(highs: highspy.Highs, threads: int | None) -> Iterator[None]:
    """A pool of `threads` (None: whatever stands) while `highs` runs.

    HiGHS refuses to run with another count than that of the pool, so a pool of the wrong size is torn down
    first; while another solver works in it, its size holds for both.
    """
    with _lock:
        if threads is not None and threads != _pool.size and not _pool.running:
            highspy.Highs.resetGlobalScheduler(True)
            _pool.size = threads
        highs.setOptionValue("threads", 0 if threads is None else _pool.size)
        _pool.running += 1
    try:
        yield
    finally:
        with _lock:
            _pool.running -= 1
