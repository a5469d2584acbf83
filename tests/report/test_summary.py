"""The summary holds the model's answer unchanged, says it the same way every time, and fits its schema."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from dafeng.evidence import Catalogue, Language
from dafeng.pathway import PeakStatistics, Projection
from dafeng.report import Background, Place, Summary, emissions, headline, percent, summarise, summary_schema
from dafeng.report.summary import rounded
from dafeng.report.wording import accounts_differ, delivery_sentence, second_sentence, significant

DOCS = Path(__file__).parents[2] / "docs"


def test_tonnes_become_megatonnes_once(projection: Projection, summary: Summary) -> None:
    track = summary.track("plan", "A")
    assert track.years == projection.years.tolist()
    np.testing.assert_allclose(np.array(track.median) * 1e6, projection.totals["plan", "A"].median)
    assert summary.base["A"].median == 40.0
    assert summary.attribution is not None
    assert summary.attribution.total.value == pytest.approx(4.0)


def test_every_target_is_counted_once(summary: Summary) -> None:
    count = summary.target_count
    assert count.total == len(summary.targets) == 5
    assert count.judged == count.met + count.at_risk + count.missed == 4
    assert count.judged + count.cannot_be_judged == count.total


def test_contradictions_come_first_and_twice_told_findings_once(
    projection: Projection, summary: Summary
) -> None:
    assert [issue.severity for issue in summary.findings] == ["conflict", "warning"]
    again = summarise(summary.place, projection, [], Background(findings=projection.findings))
    assert len(again.findings) == 1


def test_the_same_answer_gives_the_same_bytes(projection: Projection, summary: Summary) -> None:
    assert Summary.model_validate_json(summary.to_json()).to_json() == summary.to_json()
    noisy = 0.1 + 0.2
    assert rounded({"x": [noisy]}) == {"x": [0.3]}


def test_no_text_of_the_summary_names_a_time_or_a_folder(summary: Summary) -> None:
    assert not re.search(r"\d\d:\d\d|/home|/tmp|T\d\d", summary.to_json())


def test_a_year_that_no_sample_reaches_is_absent_not_nan(projection: Projection, summary: Summary) -> None:
    never = (np.nan, np.nan, np.nan)
    peaks = {
        key: replace(peak, year=never, level_t=never, plateau_years=np.nan, not_within_horizon=1.0)
        for key, peak in projection.peaks.items()
    }
    result = summarise(summary.place, replace(projection, peaks=peaks), [], Background())
    assert result.peak("plan").year is None
    assert "NaN" not in result.to_json()
    for language in Language:
        assert "2035" in second_sentence(result, language)


def test_a_nan_in_the_answer_is_refused(projection: Projection, summary: Summary) -> None:
    with pytest.raises(ValidationError):
        summarise(summary.place, replace(projection, base={"A": (np.nan, 1.0, 2.0)}), [], Background())


@pytest.mark.parametrize(("probability", "word"), [(0.95, "95%"), (0.6, "not yet safe"), (0.3, "only 30%")])
def test_the_headline_says_how_safe_it_is(
    projection: Projection, summary: Summary, probability: float, word: str
) -> None:
    def at(peak: PeakStatistics) -> PeakStatistics:
        return replace(peak, before_2030=replace(peak.before_2030, value=probability))

    peaks = {key: at(peak) for key, peak in projection.peaks.items()}
    result = summarise(summary.place, replace(projection, peaks=peaks), [], Background())
    assert word in headline(result, Language.EN)
    assert "示例市" in headline(result, Language.ZH)


def test_the_gap_between_the_accounts_names_the_new_units(summary: Summary) -> None:
    sentence = accounts_differ(summary, Language.EN)
    assert "Example plant II 2 × 1,052 MW, 2024" in sentence
    assert "above account A" in sentence


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (5231.7, "5,230"),
        (0.0415, "0.0415"),
        (-12.34, "-12.3"),
        (999.6, "1,000"),
        (1e-7, "0.000000100"),
    ],
)
def test_three_significant_digits(value: float, shown: str) -> None:
    assert significant(value) == shown


def test_units_of_the_two_languages() -> None:
    assert emissions(1.0, Language.ZH) == "100 万吨"
    assert emissions(1.0, Language.EN) == "1.00 Mt"
    assert [percent(value) for value in (0, 0.001, 0.5, 0.999, 1)] == ["<1%", "<1%", "50%", ">99%", ">99%"]


def test_the_documented_schema_is_the_schema() -> None:
    documented = json.loads((DOCS / "summary.schema.json").read_text(encoding="utf-8"))
    assert documented == json.loads(json.dumps(summary_schema()))


def test_every_field_is_documented() -> None:
    text = (DOCS / "summary.md").read_text(encoding="utf-8")
    missing = [name for name in Summary.model_fields if f"`{name}`" not in text]
    assert missing == []


def test_messages_take_the_same_fields_in_both_languages() -> None:
    for room in ("dafeng.report", "dafeng.assessment"):
        catalogue = Catalogue.read(room)
        for id_ in catalogue.ids():
            zh, en = (set(re.findall(r"{(\w+)}", catalogue._texts[id_][side])) for side in (0, 1))
            assert zh == en or id_ == "origin.intro", (room, id_)


def test_place_refuses_unknown_fields(summary: Summary) -> None:
    with pytest.raises(ValidationError):
        Place(**summary.place.model_dump(), mood="good")


def test_the_delivery_that_is_needed_is_said(projection: Projection, summary: Summary) -> None:
    assert "delivered to 80%" in delivery_sentence(summary, Language.EN)
    assert "平均70%" in delivery_sentence(summary, Language.ZH)
    never = summarise(summary.place, replace(projection, delivery_needed=np.nan), [], Background())
    assert never.delivery_needed is None
    assert "less than nine-tenths sure" in delivery_sentence(never, Language.EN)
