"""Contract: each rule takes its example and not its counter-example; a target names its rule; confidence means the share that is right."""

import json
import math
from pathlib import Path

import pytest
from tests.plan.annotating import CHECKED, as_checked, checked
from typer.testing import CliRunner

from dafeng.cli.plan import app
from dafeng.plan import read_text
from dafeng.plan.calibration import (
    HIGHEST,
    PRIOR,
    WEIGHT,
    Checked,
    Predicted,
    confidence_of,
    leave_one_out,
    rate,
    rates,
    reliability,
    rules,
)

DOCS = Path(__file__).parents[2] / "docs" / "plan.md"
HEAD = "某市碳达峰实施方案\n一、主要任务\n(一)能源。"
OF_SENTENCES = [rule for rule in rules().values() if rule.example]


def names(sentence: str) -> set[str | None]:
    return {target.rule for target in read_text(HEAD + sentence).targets}


@pytest.mark.parametrize("rule", OF_SENTENCES, ids=lambda rule: rule.id)
def test_a_rule_takes_its_example_and_not_its_counter_example(rule) -> None:
    assert rule.id in names(rule.example)
    assert rule.id not in names(rule.counter)


def test_every_target_names_a_rule_of_the_table() -> None:
    for rule in OF_SENTENCES:
        assert names(rule.example) <= rules().keys()
        assert names(rule.counter) <= rules().keys()


def test_confidence_is_the_rate_of_the_rule() -> None:
    (target,) = read_text(f"{HEAD}到2025年,森林覆盖率达到60%以上。").targets
    level = rules()["level"]
    kind = [rule for rule in rules().values() if rule.kind == level.kind]
    above = (sum(rule.right for rule in kind) + WEIGHT * PRIOR) / (sum(rule.read for rule in kind) + WEIGHT)
    assert target.confidence == round((level.right + WEIGHT * above) / (level.read + WEIGHT), 2)
    assert confidence_of("no such rule", 0.4) == 0.4
    assert rate(0, 0) == PRIOR


def test_a_rule_with_few_readings_stays_at_its_kind_and_none_is_certain() -> None:
    """Hand-computed: 20 of 20 in the kind lift a rule without readings to (20 + 12·0.93) / 32."""
    by_rule = rates({"level": (20, 20), "coverage": (10, 0)})
    kind = (20 + 12 * 0.93) / 32
    assert math.isclose(by_rule["level_noun"], kind)
    assert math.isclose(by_rule["level"], (20 + 12 * kind) / 32)
    assert math.isclose(by_rule["coverage"], 12 * (12 * 0.93 / 22) / 22)
    assert math.isclose(by_rule["state"], 12 * 0.93 / 22)
    assert by_rule["milestone_dated"] == PRIOR
    assert all(confidence_of(rule, 1.0) <= HIGHEST for rule in rules())


def test_an_amount_with_neither_year_nor_bound_is_in_doubt() -> None:
    (target,) = read_text(f"{HEAD}培育20家绿色工厂。").targets
    assert target.confidence == confidence_of("in_doubt", 1.0) < 0.8
    (bound,) = read_text(f"{HEAD}培育不少于20家绿色工厂。").targets
    assert bound.confidence > 0.9


def test_a_year_of_another_sentence_is_flagged() -> None:
    first, second = read_text(
        f"{HEAD}到2030年,体系更加完善。储能装机达到80万千瓦。风电装机达到20万千瓦;"
    ).targets[:2]
    assert first.year_inferred
    assert first.confidence == confidence_of("year_inherited", -1)
    assert second.year == 2030


def test_the_table_counts_what_was_checked() -> None:
    rows = as_checked(checked())
    assert len(rows) >= 300
    for rule in rules().values():
        own = [row for row in rows if row.rule == rule.id]
        assert (rule.read, rule.right) == (len(own), sum(row.right for row in own)), rule.id
    assert {row.rule for row in rows} <= rules().keys()


def test_expected_calibration_error_with_one_document_left_out() -> None:
    """The bar: at most 0.08 over at least 300 readings; also on the sentences written after the rules alone."""
    predicted = leave_one_out(as_checked(checked()))
    measured = reliability(predicted)
    assert measured.readings >= 300
    assert measured.documents >= 10
    assert measured.error <= measured.high <= 0.08
    assert measured.low <= measured.error
    unseen = reliability([one for one in predicted if one.document.startswith("invented-")])
    assert unseen.readings >= 150
    assert unseen.error <= 0.08


def test_the_reliability_table_of_the_docs_is_what_the_command_measures() -> None:
    measured = reliability(leave_one_out(as_checked(checked())))
    docs = DOCS.read_text(encoding="utf-8")
    for mean, share, n in measured.bins:
        assert f"| {mean:.2f} | {share:.2f} | {n} |" in docs
    assert f"{measured.error:.3f} (95 % interval {measured.low:.3f}–{measured.high:.3f}" in docs
    assert f"{measured.readings} readings of {measured.documents} documents" in docs


def test_reliability_of_a_hand_computed_case() -> None:
    """Two bins: three readings at 0.95 of which two are right, two at 0.55 of which one is."""
    pairs = [(0.95, True), (0.95, True), (0.95, False), (0.55, True), (0.55, False)]
    measured = reliability([Predicted("a", *pair) for pair in pairs])
    assert math.isclose(measured.error, 0.6 * abs(0.95 - 2 / 3) + 0.4 * 0.05)
    assert [(n, round(share, 3)) for _, share, n in measured.bins] == [(2, 0.5), (3, 0.667)]
    assert measured.low == measured.high == measured.error  # one document: nothing to resample
    assert reliability([]).readings == 0


def test_the_interval_is_that_of_resampled_documents() -> None:
    """Two documents, one all right and one all wrong: a resample is one of them twice, or both."""
    predicted = [Predicted("a", 0.9, True)] * 10 + [Predicted("b", 0.9, False)] * 10
    measured = reliability(predicted)
    assert math.isclose(measured.error, 0.4)
    assert math.isclose(measured.low, 0.1)
    assert math.isclose(measured.high, 0.9)


def test_commands_list_the_rules_and_measure_reliability() -> None:
    shown = json.loads(CliRunner().invoke(app, ["rules", "--json"]).stdout)
    assert [row["id"] for row in shown["rules"]] == list(rules())
    measured = json.loads(CliRunner().invoke(app, ["rules", "--checked", str(CHECKED), "--json"]).stdout)
    assert 0 <= measured["low"] <= measured["error"] <= 0.08
    table = CliRunner().invoke(app, ["rules", "--checked", str(CHECKED)]).stdout
    assert f"{measured['error']:.3f}" in table
    assert CliRunner().invoke(app, ["rules", "--checked", "nowhere.csv"]).exit_code != 0
    assert "Coverage" in CliRunner().invoke(app, ["schema"]).stdout


def test_a_document_says_nothing_about_itself() -> None:
    rows = [Checked("a", "level", True)] * 20 + [Checked("b", "level", False)]
    by_document = {one.document: one.confidence for one in leave_one_out(rows)}
    assert math.isclose(by_document["a"], rates({"level": (1, 0)})["level"])
    assert by_document["b"] == min(HIGHEST, rates({"level": (20, 20)})["level"])
