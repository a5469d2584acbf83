"""Contract: in one process a system can be solved with any number of threads, one after the other or side by side; a signal ends a run."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Timer
from time import sleep

import pytest
from systems import simple

from dafeng.dispatch import read_folder, scheduler, solve


def test_each_run_may_ask_for_another_number_of_threads(tmp_path):
    system = read_folder(simple(tmp_path / "s"))
    costs = [solve(system, threads=threads).total_cost for threads in (2, 1, None, 2, 1)]
    assert costs == pytest.approx([24 * 50 * 300] * 5)


def test_solvers_side_by_side_do_not_disturb_each_other(tmp_path):
    system = read_folder(simple(tmp_path / "s"))
    with ThreadPoolExecutor(4) as executor:
        costs = list(
            executor.map(lambda threads: solve(system, threads=threads).total_cost, (1, 2, None, 1, 2, 2))
        )
    assert costs == pytest.approx([24 * 50 * 300] * 6)


class Stubborn:
    """Stands for HiGHS: works until it is cancelled, or for good."""

    def __init__(self, listens=True):
        self.cancelled, self.listens = Event(), listens

    def setOptionValue(self, name, value):
        pass

    def run(self):
        self.cancelled.wait(30)

    def cancelSolve(self):
        self.asked = True
        if self.listens:
            self.cancelled.set()


@pytest.mark.parametrize("listens", [True, False])
def test_a_signal_ends_a_run(listens, monkeypatch):
    """Ctrl-C is answered while the solver works, also where the solver does not stop at once."""
    monkeypatch.setattr(scheduler, "GRACE_S", 0.2)
    left = []
    monkeypatch.setattr(scheduler, "_leave_at_exit", lambda worker, stop: left.append(type(stop)))
    highs = Stubborn(listens)
    timer = Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        scheduler.run(highs, None)
    assert highs.asked
    assert left == ([] if listens else [KeyboardInterrupt])
    highs.cancelled.set()


def test_what_fails_in_the_solver_is_raised():
    class Broken(Stubborn):
        def run(self):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        scheduler.run(Broken(), None)


@pytest.mark.slow
def test_the_command_ends_at_sigterm_while_it_solves():
    command = [
        sys.executable,
        "-m",
        "dafeng",
        "dispatch",
        "run",
        "jiujiang",
        "--year",
        "2030",
        "--expand",
        "--curve",
        "9",
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    sleep(20)
    running.send_signal(signal.SIGTERM)
    _, told = running.communicate(timeout=15)
    assert running.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in told
