"""Contract: a plan survives JSON and YAML unchanged; what does not fit is refused with every field named."""

import json
from pathlib import Path

import pytest

from dafeng.evidence import DafengError
from dafeng.plan import (
    Comparator,
    Duty,
    Plan,
    Span,
    Target,
    Task,
    load_plan,
    plan_from_dict,
    plan_schema,
    save_plan,
)

PLAN = Plan(
    title="某市碳达峰实施方案",
    tasks=(Task(locator="三(一)1", title="发展风电", departments=("市发改委",), span=Span(start=3, end=9)),),
    duties=(Duty(locator="三(一)1", departments=("市发改委",), scope=Span(start=1, end=2)),),
    targets=(
        Target.model_validate(
            {
                "locator": "二",
                "indicator": "比重",
                "comparator": "..",
                "value": 10,
                "value_high": 15,
                "unit": "%",
                "year": 2030,
                "class": "Q",
            }
        ),
    ),
)


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_a_plan_survives_saving(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"plan{suffix}"
    save_plan(PLAN, file)
    assert load_plan(file) == PLAN
    assert '"class"' in PLAN.to_json()


def test_facts_only_have_no_spans() -> None:
    facts = PLAN.without_spans()
    assert facts.tasks[0].span is None
    assert facts.duties[0].scope is None
    assert facts.targets == PLAN.targets


def test_all_misfits_are_named_at_once() -> None:
    with pytest.raises(DafengError) as caught:
        plan_from_dict(
            {"titel": "x", "targets": [{"locator": "二", "indicator": "a", "comparator": "<"}]}, "p.yaml"
        )
    places = {problem.where for problem in caught.value.problems}
    assert {"p.yaml:title", "p.yaml:titel", "p.yaml:targets.0.comparator"} <= places


@pytest.mark.parametrize(
    "fields",
    [
        {"comparator": "="},
        {"comparator": "..", "value": 1.0},
        {"comparator": "=", "value": 1.0, "value_high": 2.0},
        {"comparator": "=", "value": 1.0, "year": 20300},
    ],
)
def test_a_target_that_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Target.model_validate({"locator": "二", "indicator": "a", **fields})


def test_two_tasks_cannot_share_a_locator() -> None:
    data = PLAN.as_dict()
    data["tasks"] = data["tasks"] * 2
    with pytest.raises(DafengError, match="given twice"):
        plan_from_dict(data)


def test_a_file_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    for content in (b"", b"- 1", b"a: [", b"\xb7\xe7: 1"):
        file.write_bytes(content)
        with pytest.raises(DafengError):
            load_plan(file)
    with pytest.raises(DafengError):
        load_plan(tmp_path / "absent.yaml")


def test_comparator_codes_are_the_published_ones() -> None:
    codes = ["=", ">=", "<=", "~", "..", "+", "-", "all", "deferred", "milestone", "better_than"]
    assert [member.value for member in Comparator] == codes


def test_the_published_schema_is_current() -> None:
    file = Path(__file__).resolve().parents[2] / "docs" / "plan.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == plan_schema()
