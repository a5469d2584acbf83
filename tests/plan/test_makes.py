"""Contract: plans of every level and make — municipality, league, new district, zone, department, corps, coast, ministry.

`makes/*.txt` are invented; `makes/*.yaml` say their tasks (locator, title) and duty lists (locator, style, bodies,
lead) as a person reads them. Each is read as written, wrapped with page numbers, and in full width.
"""

from pathlib import Path

import pytest
import yaml
from tests.plan.test_dresses import WIDE, wrapped

from dafeng.plan import read_text

MAKES = Path(__file__).parent / "makes"
NAMES = sorted(path.stem for path in MAKES.glob("*.txt"))
DRESSES = {
    "as written": "\n".join,
    "wrapped": lambda lines: wrapped(lines, 28),
    "wrapped, full width": lambda lines: wrapped([line.translate(WIDE) for line in lines], 35, "- {} -"),
    "full width, indented": lambda lines: "\n\n".join(
        "\u3000\u3000" + line.translate(WIDE) for line in lines
    ),
}


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", NAMES)
def test_tasks_and_duties(name: str, dress: str) -> None:
    lines = [line.strip() for line in (MAKES / f"{name}.txt").read_text(encoding="utf-8").splitlines()]
    facts = yaml.safe_load((MAKES / f"{name}.yaml").read_text(encoding="utf-8"))
    plan = read_text(DRESSES[dress]([line for line in lines if line]))
    assert [[task.locator, task.title] for task in plan.tasks] == facts["tasks"]
    assert all(task.complete for task in plan.tasks)
    found = [[d.locator, d.style.value, " ".join(d.departments), " ".join(d.lead)] for d in plan.duties]
    assert found == facts["duties"]
