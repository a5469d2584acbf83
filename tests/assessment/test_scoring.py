"""Contract: a published scoring shape gives each hand-computed score to 0.01, with vetoes, caps, bounds and evidence."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dafeng.assessment import Scheme, load_scheme, scheme_names, score, sheet_of
from dafeng.assessment.scoring.scheme import check_scheme
from dafeng.evidence import DafengError

HERE = Path(__file__).parent
DAY = date(2026, 6, 30)
SHAPES = ("ladder_40_60", "completion_25_25", "matrix_60")


def cases() -> Iterator[tuple[str, dict[str, str]]]:
    for shape in SHAPES:
        with (HERE / f"scores_{shape}.csv").open(encoding="utf-8") as file:
            yield from ((shape, row) for row in csv.DictReader(file))


@pytest.mark.parametrize(("shape", "row"), list(cases()))
def test_a_published_shape_gives_each_score_of_the_table(shape: str, row: dict[str, str]):
    scheme = load_scheme(shape)
    proof = {item.id: ("a.pdf",) for item in scheme.items if item.evidence} if row["evidence"] == "y" else {}
    sheet = score(scheme, {name: row[name] for name in scheme.statistics}, proof, DAY)
    assert (sheet.total, sheet.grade_zh) == (Decimal(row["total"]), row["grade"])


def test_each_shape_has_at_least_forty_cases():
    counts = [sum(1 for shape, _ in cases() if shape == wanted) for wanted in SHAPES]
    assert min(counts) >= 40


GRADES = {"Y": "优秀", "L": "良好", "H": "合格", "B": "不合格", "N": "NE"}
LADDERS = [
    "YYYY 12",
    "YYYL 11",
    "YYYH 10",
    "YYYB 9",
    "YYYN 9",
    "YYLL 10",
    "YYLH 9",
    "YYLB 8",
    "YYHH 8",
    "YYHB 7",
    "YYBB 6",
    "YLLL 9",
    "YLLH 8",
    "YLLB 7",
    "YLHH 7",
    "YLHB 6",
    "YLBB 5",
    "YHHH 6",
    "YHHB 5",
    "YHBB 4",
    "YBBB 3",
    "YNNN 3",
    "LLLL 8",
    "LLLH 7",
    "LLLB 6",
    "LLHH 6",
    "LLHB 5",
    "LLBB 4",
    "LHHH 5",
    "LHHB 4",
    "LHBB 3",
    "LBBB 2",
    "LNNN 2",
    "HHHH 4",
    "HHHB 3",
    "HHBB 2",
    "HBBB 1",
    "HNNN 1",
    "BBBB 0",
    "BBNN 0",
    "NNNN 0",
    "BYBY 6",
]


@pytest.mark.parametrize("case", LADDERS)
def test_the_ladder_on_other_grades_adds_up(case: str):
    letters, total = case.split()
    item = load_scheme("grade_ladder_3").items[0]
    items = [
        item.model_copy(update={"id": f"i{n}", "rule": item.rule.model_copy(update={"statistic": f"g{n}"})})
        for n in range(4)
    ]
    scheme = load_scheme("grade_ladder_3").model_copy(update={"items": tuple(items), "total": Decimal(12)})
    check_scheme(scheme, "four")
    sheet = score(scheme, {f"g{n}": GRADES[letter] for n, letter in enumerate(letters)}, {}, DAY)
    assert (sheet.total, sheet.missing) == (Decimal(total), letters.count("N"))


def made(**changes: object) -> dict[str, object]:
    """A small scheme as a YAML file holds it."""
    base: dict[str, object] = {
        "id": "small", "zh": "小", "en": "small", "source": "test", "trust": "A", "valid_from": "2026-01-01", "total": 10,
        "items": [
            {"id": "a", "zh": "甲", "en": "a", "points": 6, "rule": {"kind": "proportional", "statistic": "x"}},
            {"id": "b", "zh": "乙", "en": "b", "points": 4, "rule": {"kind": "proportional", "statistic": "y"}},
        ],
        "failed": {"zh": "不合格", "en": "failed"},
    }  # fmt: skip
    return base | changes


def written(folder: Path, content: dict[str, object]) -> Scheme:
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_scheme(str(path))


def test_the_strongest_reduction_applies_and_the_total_is_scaled_back(tmp_path: Path):
    rules = [
        {"item": "b", "attribute": "heating", "value": "no", "factor": 0.5, "zh": "无供热", "en": "no heat"},
        {"item": "b", "attribute": "port", "value": "no", "factor": 0.25, "zh": "无港口", "en": "no port"},
    ]
    scheme = written(tmp_path, made(personalisation=rules))
    sheet = score(scheme, {"x": "0.5", "y": "1"}, {}, DAY, {"heating": "no", "port": "no"})
    # by hand: 3 of 6 and 1 of 1 possible; 4 of 7 is 5.714… of 10
    assert [(line.points, line.possible) for line in sheet.lines] == [
        (Decimal("3.00"), 6),
        (Decimal("1.00"), 1),
    ]
    assert (sheet.total, sheet.possible) == (Decimal("5.71"), 7)
    assert "无港口" in sheet.lines[1].why_zh


def test_missing_values_are_counted_apart_from_bad_results(tmp_path: Path):
    scheme = written(tmp_path, made())
    bad, missing = (score(scheme, given_, {}, DAY) for given_ in ({"x": "0", "y": "1"}, {"y": "1"}))
    assert bad.total == missing.total == Decimal("4.00")
    assert (bad.missing, missing.missing) == (0, 1)
    assert missing.lines[0].state == "no_value"
    assert "不等于结果差" in missing.lines[0].why_zh


LADDER = {"kind": "ladder", "statistic": "x", "steps": [{"at": 0.5, "points": 3}, {"at": 1, "points": 6}]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"total": 11}, "points that add up to 10"),
        ({"vetoes": [{"statistic": "x", "below": 1}, {"statistic": "x", "above": 0.9}]}, "below 1 and above 0.9 both fail"),
        ({"vetoes": [{"statistic": "x"}]}, "a veto without a bound"),
        ({"personalisation": [{"item": "c", "attribute": "p", "value": "q", "factor": 1, "zh": "丙", "en": "c"}]}, "c"),
        ({"valid_to": "2025-01-01"}, "2025-01-01"),
        ({"grades": [{"at": 60, "zh": "可", "en": "ok"}, {"at": 80, "zh": "良", "en": "good"}]}, "60, 80"),
        ({"items": [{"id": "a", "zh": "甲", "en": "a", "points": 10, "rule": LADDER}]}, "0.5, 1"),
        ({"items": [{"id": "a", "zh": "甲", "en": "a", "points": 10, "rule": {"kind": "magic", "statistic": "x"}}]}, "magic"),
        ({"surprise": 1}, "an unknown field surprise"),
    ],
)  # fmt: skip
def test_a_scheme_that_cannot_be_applied_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, object], found: str
):
    with pytest.raises(DafengError) as error:
        written(tmp_path, made(**changes))
    assert any(found in problem.found for problem in error.value.problems)


@pytest.mark.parametrize(
    ("statistics", "on", "expected"),
    [
        ({"x": "much", "y": "1"}, DAY, "a number, as 0.95 or 95%"),
        ({"x": "Infinity", "y": "1"}, DAY, "a finite number"),
        ({"z": "1"}, DAY, "one of x, y"),
        ({"x": "1"}, date(2025, 12, 31), "a day from 2026-01-01"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    tmp_path: Path, statistics: dict[str, str], on: date, expected: str
):
    with pytest.raises(DafengError) as error:
        score(written(tmp_path, made()), statistics, {}, on)
    assert expected in error.value.problems[0].expected


def test_reviewed_points_stay_within_their_item():
    with pytest.raises(DafengError) as error:
        score(
            load_scheme("ladder_40_60"), {"completion": "1", "measures": "60.01"}, {"measures": ("a",)}, DAY
        )
    assert error.value.problems[0].expected == "points from 0 to 60"


def test_a_scheme_is_not_in_force_on_its_last_day(tmp_path: Path):
    scheme = written(tmp_path, made(valid_to="2026-06-30"))
    with pytest.raises(DafengError):
        score(scheme, {"x": "1", "y": "1"}, {}, date(2026, 6, 30))
    assert score(scheme, {"x": "1", "y": "1"}, {}, date(2026, 6, 29)).total == 10


def test_every_packaged_scheme_loads_with_names_in_both_languages():
    for name in scheme_names():
        scheme = load_scheme(name)
        assert scheme.id == name
        assert all(item.zh and item.en for item in scheme.items)


def test_rows_become_statistics_and_references():
    rows = {"x": {"value": "1", "evidence": "a.pdf; b.pdf"}, "y": {"value": " ", "evidence": ""}}
    assert sheet_of(rows) == ({"x": "1"}, {"x": ("a.pdf", "b.pdf")})


@given(st.decimals(0, 3, places=3), st.decimals(0, 60, places=2))
def test_more_completion_never_lowers_a_score(completion: Decimal, measures: Decimal):
    scheme = load_scheme("ladder_40_60")

    def of(value: Decimal) -> Decimal:
        return score(scheme, {"completion": value, "measures": measures}, {"measures": ("a",)}, DAY).total

    assert of(completion) <= of(completion + Decimal("0.1"))
