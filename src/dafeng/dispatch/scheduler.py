"""The threads of HiGHS: each thread of Python has one pool, which its first run sizes."""

from threading import local

import highspy

_pool = local()


def size_pool(highs: highspy.Highs, threads: int | None) -> None:
    """Give `highs`, before it runs in this thread, a pool of `threads` (None: whatever stands, or HiGHS' choice).

    HiGHS refuses to run with another count than that of the pool, so a pool of another size is torn down.
    """
    if threads is not None and threads != getattr(_pool, "size", None):
        highspy.Highs.resetGlobalScheduler(True)
        _pool.size = threads
    highs.setOptionValue("threads", 0 if threads is None else threads)
