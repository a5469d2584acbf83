"""Contract: in one process a system can be solved with any number of threads, one after the other or side by side."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from systems import simple

from dafeng.dispatch import read_folder, solve


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
