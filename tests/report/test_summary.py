"""The summary holds the model's answer unchanged, says it the same way every time, and fits its schema."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from dafeng.evidence import DafengError, Language
from dafeng.pathway import Band, Projection
from dafeng.pathway.results import Estimate, Range, Track
from dafeng.report import Background, Place, Summary, emissions, headline, summarise, summary_schema
from dafeng.report.papers.references import summary_of
from dafeng.report.summary import rounded
from dafeng.report.wording import (
    accounts_differ,
    delivery_sentence,
    percent,
    second_sentence,
    significant,
    stated_year,
    unclaimed,
)

DOCS = Path(__file__).parents[2] / "docs"


def with_peaks(projection: Projection, **changes: object) -> Projection:
    """The projection with the same `changes` in every peak."""
    peaks = [peak.model_copy(update=changes) for peak in projection.results.peaks]
    return replace(projection, results=projection.results.model_copy(update={"peaks": peaks}))


def test_tonnes_become_megatonnes_once(projection: Projection, summary: Summary) -> None:
    band = Band(np.arange(10.0).reshape(5, 2) * 1e6, np.array([3.25e6, 4.5e6]))
    track = Track.of("plan", "A", [2020, 2021], band)
    assert (track.low, track.lower_quartile, track.median) == ([0, 1], [2, 3], [4, 5])
    assert (track.upper_quartile, track.high, track.mean) == ([6, 7], [8, 9], [3.25, 4.5])
    assert summary.base["A"].median == 40.0
    assert summary.attribution is not None
    assert summary.attribution.total.value == pytest.approx(4.0)
    assert all(getattr(summary, name) == value for name, value in projection.results)


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
    never = with_peaks(projection, year=None, level=None, plateau_years=None, not_within_horizon=1.0)
    result = summarise(summary.place, never, [], Background())
    assert result.peak("plan").year is None
    assert "NaN" not in result.to_json()
    for language in Language:
        assert "2035" in second_sentence(result, language)


@pytest.mark.parametrize(
    ("year", "ahead", "claimed", "stated"),
    [
        # as_of 2025: a range that begins there is no statement of a peak year without the rule
        ((2019, 2024, 2033), (2026, 2028, 2034), False, "not a peak yet"),
        ((2022, 2030, 2034), (2027, 2031, 2034), False, "2031 (2027–2034)"),
        ((2022, 2023, 2025), None, False, "not a peak yet"),
        ((2026, 2029, 2033), (2026, 2029, 2033), False, "2029 (2026–2033)"),
        ((2012, 2013, 2014), None, True, "2013 (2012–2014)"),
    ],
)
def test_a_past_year_is_stated_as_a_peak_by_rule_only(
    projection: Projection, summary: Summary, year: tuple[int, int, int], ahead: tuple[int, int, int] | None, claimed: bool, stated: str
) -> None:  # fmt: skip
    def spread(ends: tuple[int, int, int]) -> Range:
        return Range(low=ends[0], median=ends[1], high=ends[2])

    changes = {
        "year": spread(year), "year_ahead": None if ahead is None else spread(ahead), "past_claimed": claimed,
        "past_exceeded": 0.62,
    }  # fmt: skip
    result = summarise(summary.place, with_peaks(projection, **changes), [], Background())
    peak = result.peak("plan")
    assert stated_year(peak, 2025, Language.EN) == stated
    sentence = second_sentence(result, Language.EN)
    if unclaimed(peak, 2025):
        assert "has not been exceeded so far" in sentence
        assert "about 6 in 10" in sentence
        assert str(year[0]) not in sentence
        assert ahead is None or f"{ahead[1]} ({ahead[0]}–{ahead[2]})" in sentence
    else:
        assert f"the median peak year is {stated}" in sentence


def test_a_nan_in_the_answer_is_refused() -> None:
    with pytest.raises(ValidationError):
        Range(low=np.nan, median=1.0, high=2.0)


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (0.93, "about 9 in 10"),
        (0.999, "more than 19 in 20"),
        (0.6, "not yet safe"),
        (0.3, "only about 3 in 10"),
    ],
)
def test_the_headline_says_how_safe_it_is(
    projection: Projection, summary: Summary, probability: float, word: str
) -> None:
    before = Estimate(value=probability, standard_error=0.004)
    result = summarise(summary.place, with_peaks(projection, before_2030=before), [], Background())
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
        (-12.34, "−12.3"),
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


def test_a_summary_of_schema_1_is_read_with_its_old_names(summary: Summary) -> None:
    now = summary.as_data()
    before = json.loads(json.dumps(now).replace("policy-carried-on", "no-plan"))
    before["schema_version"] = "1"
    for row in before["stress"]:
        row["no_plan"] = row.pop("carried_on")
    assert "no-plan" in json.dumps(before)
    assert summary_of(before, "before").as_data() == now
    with pytest.raises(DafengError):
        summary_of({**before, "schema_version": "0"}, "before")


def test_every_field_is_documented() -> None:
    text = (DOCS / "summary.md").read_text(encoding="utf-8")
    missing = [name for name in Summary.model_fields if f"`{name}`" not in text]
    assert missing == []


def test_place_refuses_unknown_fields(summary: Summary) -> None:
    with pytest.raises(ValidationError):
        Place(**summary.place.model_dump(), mood="good")


def test_the_delivery_that_is_needed_is_said(projection: Projection, summary: Summary) -> None:
    assert "delivered to 80%" in delivery_sentence(summary, Language.EN)
    assert "平均70%" in delivery_sentence(summary, Language.ZH)
    none = projection.results.model_copy(update={"delivery_needed": None})
    never = summarise(summary.place, replace(projection, results=none), [], Background())
    assert never.delivery_needed is None
    assert "less than nine-tenths sure" in delivery_sentence(never, Language.EN)
