"""Contract: the development texts are read as people have read them (facts in tests/plan/facts and beside the texts).

Precision and recall count targets by comparator, value, unit, year and period; duties by task and exact order.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from dafeng.case import bundled_path
from dafeng.plan import Plan, read

FACTS = Path(__file__).parent / "facts"
SIGNS = {"≈": "~", "ALL": "all", "DEFERRED": "deferred", "MILESTONE": "milestone", "<基准": "better_than"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def number(text: str) -> float | None:
    return float(text) if text and text[0].isdigit() else None


def told(plan: Plan) -> Counter[tuple[object, ...]]:
    return Counter((t.locator, t.comparator.value, t.value, t.unit, t.year, t.period) for t in plan.targets)


def scores(found: Counter[tuple[object, ...]], facts: Counter[tuple[object, ...]]) -> tuple[float, float]:
    both = sum((found & facts).values())
    return both / max(sum(found.values()), 1), both / sum(facts.values())


def test_every_hand_read_target_of_the_city_plan(texts: Path) -> None:
    plan = read(texts / "九江市_碳达峰实施方案.txt")
    facts = rows(texts / "九江市_targets.csv")
    assert len(facts) == 44
    wanted = [
        (
            row["locator"],
            SIGNS.get(row["comparator"], row["comparator"]),
            number(row["value"]),
            row["unit"] or None,
            int(row["year"]) if row["year"] else None,
            tuple(row["departments"].split(";")) if row["departments"] else (),
        )
        for row in facts
    ]
    found = [(t.locator, t.comparator.value, t.value, t.unit, t.year, t.departments) for t in plan.targets]
    assert Counter(found) == Counter(wanted)


def test_names_of_indicators_of_the_city_plan(texts: Path) -> None:
    """The words may be shorter or longer than a person's, but most of their characters agree."""
    plan = read(texts / "九江市_碳达峰实施方案.txt")
    for row in rows(texts / "九江市_targets.csv"):
        candidates = [
            t.indicator
            for t in plan.targets
            if t.locator == row["locator"]
            and t.comparator.value == SIGNS.get(row["comparator"], row["comparator"])
            and t.value == number(row["value"])
        ]
        best = max(len(set(row["indicator"]) & set(name)) / len(set(row["indicator"])) for name in candidates)
        assert best >= 0.5, (row["indicator"], candidates)


def test_tasks_and_duties_of_the_city_plan(texts: Path) -> None:
    plan = read(texts / "九江市_碳达峰实施方案.txt")
    facts = rows(FACTS / "jiujiang_duties.csv")
    assert [(task.locator, task.title) for task in plan.tasks] == [
        (row["locator"], row["title"]) for row in facts
    ]
    listed = [(row["locator"], tuple(row["departments"].split(";"))) for row in facts if row["departments"]]
    assert len(listed) == 33
    assert [(duty.locator, duty.departments) for duty in plan.duties] == listed
    assert all(duty.open_ended and not duty.lead for duty in plan.duties)
    assert [task.locator for task in plan.tasks if not task.complete] == ["四(四)3"]
    codes = Counter(finding.code for finding in plan.findings)
    assert codes["cut_off"] == codes["count_differs"] == codes["promised_missing"] == 1
    assert any("全民低碳" in finding.zh for finding in plan.findings)


@pytest.mark.parametrize(
    ("file", "facts"),
    [
        ("江西省_碳达峰实施方案.txt", "jiangxi.csv"),
        ("国务院_2030年前碳达峰行动方案.txt", "state_council.csv"),
    ],
)
def test_targets_of_two_further_texts(texts: Path, file: str, facts: str) -> None:
    found = told(read(texts / file))
    wanted = Counter(
        (
            row["locator"],
            row["comparator"],
            number(row["value"]),
            row["unit"] or None,
            int(row["year"]) if row["year"] else None,
            row["period"] or None,
        )
        for row in rows(FACTS / facts)
    )
    precision, recall = scores(found, wanted)
    assert precision >= 0.95, found - wanted
    assert recall >= 0.95, wanted - found


@pytest.mark.parametrize(
    ("file", "facts"),
    [
        ("江西省_碳达峰实施方案.txt", "jiangxi_duties.csv"),
        ("天津市_绿色低碳循环发展实施方案.txt", "tianjin_duties.csv"),
    ],
)
def test_duties_of_two_further_texts(texts: Path, file: str, facts: str) -> None:
    """A list counts only where its place, all its bodies in order, and its lead agree."""
    found = Counter((duty.locator, duty.departments, duty.lead) for duty in read(texts / file).duties)
    wanted = Counter(
        (
            row["locator"],
            tuple(row["departments"].split(";")),
            tuple(name for name in row["lead"].split(";") if name),
        )
        for row in rows(FACTS / facts)
    )
    precision, recall = scores(found, wanted)
    assert precision >= 0.98, found - wanted
    assert recall >= 0.98, wanted - found


def test_lists_of_the_province_and_of_two_other_cities(texts: Path) -> None:
    province = read(texts / "江西省_碳达峰实施方案.txt")
    assert len(province.duties) == 49
    last = province.duties[-1]
    assert (last.locator, last.lead) == ("五", ("省碳达峰碳中和工作领导小组办公室",))
    assert province.task("三(十)1").departments[-1] == "有关市、县〔区〕人民政府"
    tianjin = read(texts / "天津市_绿色低碳循环发展实施方案.txt")
    assert len(tianjin.tasks) == 26
    assert len(tianjin.duties) == 97
    assert Counter(duty.locator for duty in tianjin.duties)["二(四)"] == 6
    dazhou = read(texts / "达州市_双碳1+N政策体系编制工作方案.txt")
    led = [duty for duty in dazhou.duties if duty.style == "first_leads"]
    assert len(dazhou.duties) == 19
    assert len(led) == 17
    assert all(duty.lead == duty.departments[:1] for duty in led)
    assert dazhou.task("二(三)9").deadline == "2022年12月底前"


def test_every_span_points_to_its_words_in_the_file(texts: Path) -> None:
    """Blanks and line ends aside, the words at the source place are the words that were read."""
    for file in sorted(texts.glob("*.txt")):
        text = file.read_text(encoding="utf-8")
        plan = read(file)
        for target in plan.targets:
            span = target.span
            assert span is not None
            words = "".join(text[span.source_start : span.source_end].split())
            if target.value and target.value == int(target.value) and "分之" not in words:
                assert f"{int(target.value)}" in words.replace(",", ""), (file.name, target)
        for duty in plan.duties:
            words = "".join(text[duty.span.source_start : duty.span.source_end].split())
            assert duty.departments[0][-2:] in words


def test_the_flattened_indicator_table_of_the_ecology_plan(texts: Path) -> None:
    plan = read(texts / "九江市_十四五生态环境保护规划.txt")
    found = [
        (t.scope or "", t.comparator.value, t.value, t.unit or "", t.nature) for t in plan.targets if t.nature
    ]
    wanted = [
        (row["scope"], row["comparator"], number(row["value"]), row["unit"], row["nature"])
        for row in rows(FACTS / "jiujiang_ecology_table.csv")
    ]
    assert found == wanted
    assert {t.year for t in plan.targets if t.nature} == {2025}


def test_the_bundled_draft_has_its_plan_as_read_today(texts: Path) -> None:
    """A change of the reader that shows in it asks for `tools/draft_bundled.py` again."""
    read_today = read(texts / "天津市_绿色低碳循环发展实施方案.txt").without_spans().to_yaml()
    folder = bundled_path("drafts/tianjin")
    assert folder is not None
    assert (folder / "plan.yaml").read_text(encoding="utf-8") == read_today
