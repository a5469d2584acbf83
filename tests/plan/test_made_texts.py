"""Contract: whole plans of our own, each of another make, give the facts that were written into them.

`made/*.txt` are invented places; `made/*.yaml` say what stands in them: (locator, comparator, value, unit, year,
period) of targets, (locator, style, bodies, lead) of duty lists, locators of tasks.
"""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from dafeng.plan import read

MADE = Path(__file__).parent / "made"
NAMES = sorted(path.stem for path in MADE.glob("*.txt"))


def facts(name: str) -> dict:
    return yaml.safe_load((MADE / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_targets(name: str) -> None:
    found = Counter(
        (
            t.locator,
            t.comparator.value,
            None if t.value is None else round(t.value, 4),
            t.unit,
            t.year,
            t.period,
        )
        for t in read(MADE / f"{name}.txt").targets
    )
    wanted = Counter(tuple(row) for row in facts(name)["targets"])
    assert (found - wanted, wanted - found) == (Counter(), Counter())


@pytest.mark.parametrize("name", NAMES)
def test_duties_in_order(name: str) -> None:
    plan = read(MADE / f"{name}.txt")
    assert [(d.locator, d.style.value, ";".join(d.departments), ";".join(d.lead)) for d in plan.duties] == [
        tuple(row) for row in facts(name)["duties"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_title_number_and_tasks(name: str) -> None:
    plan = read(MADE / f"{name}.txt")
    wanted = facts(name)
    assert plan.title.startswith(wanted["title"])
    assert plan.document_number == wanted["document_number"]
    if wanted["tasks"] is not None:
        assert [task.locator for task in plan.tasks] == wanted["tasks"]
    assert all(task.complete for task in plan.tasks)
