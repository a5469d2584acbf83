"""`scenarios.yaml`: named points of the cube of measures."""

from typing import Any

from dafeng.case.checking import nearest
from dafeng.case.city import parse_yaml
from dafeng.evidence import Problems

_FILE = "scenarios.yaml"


def parse_scenarios(text: str, measures: set[str], problems: Problems) -> dict[str, dict[str, Any]]:
    """Name → `title_zh`, `title_en`, `delivery` (measure or `default` → degree 0–1); problems are collected."""
    content = parse_yaml(_FILE, text, problems)
    if content is None:
        return {}
    if not isinstance(content, dict):
        problems.add(f"{_FILE}:1", f"a {type(content).__name__}", "a mapping from name to scenario")
        return {}
    for name, scenario in content.items():
        _check_scenario(f"{_FILE}:{name}", scenario, measures, problems)
    return {str(name): dict(scenario) for name, scenario in content.items() if isinstance(scenario, dict)}


def _check_scenario(where: str, scenario: Any, measures: set[str], problems: Problems) -> None:
    if not isinstance(scenario, dict):
        problems.add(where, str(scenario), "title_zh, title_en and delivery")
        return
    for field in ("title_zh", "title_en", "delivery"):
        if field not in scenario:
            problems.add(where, f"no {field}", "title_zh, title_en and delivery", f"add {field}")
    delivery = scenario.get("delivery", {})
    if not isinstance(delivery, dict):
        problems.add(f"{where}:delivery", str(delivery), "a mapping from measure (or default) to 0–1")
        return
    for measure, degree in delivery.items():
        if measure != "default" and str(measure) not in measures:
            mend = nearest(str(measure), [*measures, "default"]) or "add the measure, or delete the line"
            problems.add(
                f"{where}:delivery:{measure}", str(measure), "default or an id of measures.csv", mend
            )
        if isinstance(degree, bool) or not isinstance(degree, int | float) or not 0 <= degree <= 1:
            problems.add(f"{where}:delivery:{measure}", str(degree), "a degree of delivery from 0 to 1")
