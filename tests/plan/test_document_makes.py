"""Contract: an invented plan reads alike in every make of PDF, Word and web page: its figures, table rows and bodies, no
false peak year; what is not read is a finding."""

from collections import Counter

import pytest
from tests.plan.document_makes import documents

from dafeng.plan import Plan
from dafeng.plan.documents.formats import read_bytes
from dafeng.plan.reading import read_source

UNREAD = ("table_unread", "table_row_unread", "table_cell_unread", "number_unread")


def missing(plan: Plan, facts: list[tuple[float, str, int]]) -> list[tuple[float, str, int]]:
    found = Counter((t.value, t.unit, t.year) for t in plan.targets)
    return list((Counter(facts) - found).elements())


def check(seed: int) -> tuple[int, int]:
    """(rows of indicator tables, rows read) over all makes of a seed, what every make must give asserted."""
    rows = read = 0
    for make, name, data, facts in documents(seed):
        plan = read_source(read_bytes(data, name))
        years = {t.year for t in plan.targets if t.comparator == "milestone"}
        assert years <= {facts.peak}, (seed, make, years)
        assert not missing(plan, facts.sentences), (seed, make, missing(plan, facts.sentences))
        assert len(plan.duties) == 3, (seed, make, [duty.departments for duty in plan.duties])
        lost = missing(plan, facts.rows)
        rows, read = rows + len(facts.rows), read + len(facts.rows) - len(lost)
        if lost:
            assert any(finding.code in UNREAD for finding in plan.findings), (seed, make, lost)
    return rows, read


def test_a_sample_of_all_makes() -> None:
    rows, read = check(1)
    assert read >= 0.9 * rows


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 15))
def test_four_hundred_documents(seed: int) -> None:
    rows, read = check(seed)
    assert read >= 0.9 * rows
