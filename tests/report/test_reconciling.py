"""Contract: levels of one quantity that differ in a report follow from each other, as shown and to the last figure."""

import io

import numpy as np
import pytest
from rich.console import Console

from dafeng.evidence import Language
from dafeng.pathway.results import Reconciliation, Step
from dafeng.report import Summary, render, show
from dafeng.report.reconciling import columns, lines, sentence, shown
from dafeng.report.sections import sheets


def steps(*found: tuple[str, str, float]) -> list[Step]:
    return [Step(id=id_, kind=kind, value=value) for id_, kind, value in found]


# hand-made: 34.776 - 0.028 + 4.755 = 39.503; its 10⁴ t round to 3478 - 3 + 476 (475.5 to even is 476) and 3950: one too many
BRIDGE = Reconciliation(
    account="B", year=2020,
    steps=steps(
        ("inventory_all_gases", "level", 35.04), ("other_gases", "change", -0.264), ("inventory", "level", 34.776),
        ("combustion", "change", -0.028), ("process", "change", 4.755), ("start", "level", 39.503), ("median", "level", 39.503),
    ),
)  # fmt: skip


@pytest.fixture
def bridged(summary: Summary) -> Summary:
    other = Reconciliation(
        account="A", year=2020, steps=steps(("inventory", "level", 36.0), ("mean", "level", 36.0))
    )
    return summary.model_copy(update={"reconciliation": [other, BRIDGE]})


def test_figures_add_up_as_shown():
    assert shown(BRIDGE.steps, Language.ZH) == {
        "inventory_all_gases": "3,504", "other_gases": "−26", "inventory": "3,478", "combustion": "−3", "process": "+475",
        "start": "3,950", "median": "3,950",
    }  # fmt: skip
    assert shown(BRIDGE.steps, Language.EN)["process"] == "+4.75"


@pytest.mark.parametrize("seed", range(30))
def test_levels_and_changes_add_up_whatever_the_figures(seed):
    random = np.random.default_rng(seed)
    changes = random.normal(0, 3, 4)
    start = random.uniform(10, 60)
    found = steps(("inventory", "level", start), *((f"c{k}", "change", x) for k, x in enumerate(changes)), ("start", "level", start + changes.sum()))  # fmt: skip
    for language in Language:
        figures = [float(text.replace("−", "-").replace(",", "")) for text in shown(found, language).values()]
        assert figures[0] + sum(figures[1:-1]) == pytest.approx(figures[-1], abs=1e-9)


def test_the_table_has_a_cell_for_every_account_and_year(bridged: Summary):
    assert columns(bridged, Language.ZH) == ["A口径 2020", "B口径 2020"]
    table = {line.id: line for line in lines(bridged, Language.ZH)}
    assert list(table) == ["inventory_all_gases", "other_gases", "inventory", "combustion", "process", "start", "median", "mean"]  # fmt: skip
    assert table["process"].cells == ("", "+475")
    assert table["mean"].cells == ("3,600", "")
    assert table["start"].level
    assert not table["process"].level


def test_every_face_shows_it(bridged: Summary):
    page = render(bridged)
    assert 'id="reconciliation"' in page
    assert "+475" in page
    console = Console(file=io.StringIO(), width=200)
    show(bridged, console)
    assert "2020年A口径（万吨）：清单（CO₂） 3,600 = 均值 3,600" in console.file.getvalue()
    (sheet,) = [table for table in sheets(bridged) if table.id == "reconciliation"]
    assert ["B", 2020, None, "process", "change", 475.5] in sheet.rows
    assert "4.75" in sentence(BRIDGE, Language.EN)
