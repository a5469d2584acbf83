"""Thread pools of HiGHS and interruption of a run by signals.

Each thread of Python has one pool, which its first run sizes; a signal ends a run.
"""

import atexit
import os
import sys
from threading import Event, Thread, current_thread, local, main_thread

import highspy

_pool = local()

POLL_S = 0.2
GRACE_S = 1.0
"""Seconds for HiGHS to stop at its next callback after a signal.

Phases without one (presolve) take longer.
"""


def size_pool(highs: highspy.Highs, threads: int | None) -> None:
    """Set the thread pool of `highs` before it runs in this thread.

    The pool has `threads` threads (None: as it is, or HiGHS' choice).

    HiGHS refuses to run with another count than that of the pool, so a pool of another size is torn down.
    """
    if threads is not None and threads != getattr(_pool, "size", None):
        highspy.Highs.resetGlobalScheduler(True)
        _pool.size = threads
    highs.setOptionValue("threads", 0 if threads is None else threads)


def run(highs: highspy.Highs, threads: int | None) -> None:
    """Solve the problem of `highs`; Ctrl-C and SIGTERM are answered while it runs.

    Python answers a signal in its main thread and between its own instructions only, so HiGHS runs in a
    thread of its own while the main thread waits. Called from another thread, it runs there.

    Parameters
    ----------
    highs : highspy.Highs
        The problem, with the basis to start from.
    threads : int or None
        Threads of HiGHS.

    Raises
    ------
    KeyboardInterrupt, SystemExit
        What the handler of the signal raised, once HiGHS has stopped or `GRACE_S` has passed.
    """
    if current_thread() is not main_thread():
        size_pool(highs, threads)
        highs.run()
        return
    done, failed = Event(), list[BaseException]()
    highs.HandleUserInterrupt = True

    def work() -> None:
        try:
            size_pool(highs, threads)
            highs.run()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            failed.append(error)
        finally:
            done.set()

    worker = Thread(target=work, name="highs", daemon=True)
    worker.start()
    try:
        while not done.wait(POLL_S):
            pass
        worker.join()
    except BaseException as stop:
        highs.cancelSolve()  # type: ignore[no-untyped-call]  # highspy has no types here
        worker.join(GRACE_S)
        if worker.is_alive():
            _leave_at_exit(worker, stop)
        raise
    if failed:
        raise failed[0]


def _leave_at_exit(worker: Thread, stop: BaseException) -> None:
    """End the process at its exit without the destructors of C++.

    A HiGHS that still works does not survive them.
    """
    code = stop.code if isinstance(stop, SystemExit) and isinstance(stop.code, int) else 130

    def leave() -> None:
        if worker.is_alive():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    atexit.register(leave)
