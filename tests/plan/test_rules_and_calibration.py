"""Contract: each rule takes its example and not its counter-example; a target names its rule; confidence means the share that is right."""

import json
import math

import pytest
from tests.plan.annotating import CHECKED, as_checked, checked
from typer.testing import CliRunner

from dafeng.cli.plan import app
from dafeng.plan import read_text
from dafeng.plan.calibration import (
    PRIOR,
    WEIGHT,
    Checked,
    confidence_of,
    leave_one_out,
    rate,
    reliability,
    rules,
)

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
    assert target.confidence == round((level.right + WEIGHT * PRIOR) / (level.read + WEIGHT), 2)
    assert confidence_of("no such rule", 0.4) == 0.4
    assert rate(0, 0) == PRIOR


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
    pairs = leave_one_out(as_checked(checked()))
    measured = reliability(pairs)
    assert len(pairs) >= 300
    assert measured.error <= 0.08
    assert measured.low <= measured.error <= measured.high


def test_reliability_of_a_hand_computed_case() -> None:
    """Two bins: three readings at 0.95 of which two are right, two at 0.55 of which one is."""
    pairs = [(0.95, True), (0.95, True), (0.95, False), (0.55, True), (0.55, False)]
    measured = reliability(pairs)
    assert math.isclose(measured.error, 0.6 * abs(0.95 - 2 / 3) + 0.4 * 0.05)
    assert [(n, round(share, 3)) for _, share, n in measured.bins] == [(2, 0.5), (3, 0.667)]


def test_commands_list_the_rules_and_measure_reliability() -> None:
    shown = json.loads(CliRunner().invoke(app, ["rules", "--json"]).stdout)
    assert [row["id"] for row in shown["rules"]] == list(rules())
    measured = json.loads(CliRunner().invoke(app, ["rules", "--checked", str(CHECKED)]).stdout)
    assert 0 <= measured["low"] <= measured["error"] <= 0.08
    assert CliRunner().invoke(app, ["rules", "--checked", "nowhere.csv"]).exit_code != 0
    assert "Coverage" in CliRunner().invoke(app, ["schema"]).stdout


def test_a_document_says_nothing_about_itself() -> None:
    rows = [Checked("a", "level", True)] * 20 + [Checked("b", "level", False)]
    by_right = dict(zip([True] * 20 + [False], leave_one_out(rows), strict=False))
    assert by_right[True][0] == rate(1, 0)
    assert by_right[False][0] == rate(20, 20)
