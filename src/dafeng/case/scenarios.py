"""Data model of `scenarios.yaml`.

Named points of the cube of measures, each from nothing or from another one.

ambitious:
  title_zh: 强化方案
  title_en: Ambitious
  inherits: plan                  # what is not stated here is as there
  delivery: {biomass_26: 0.5}     # measure or `default` → degree, 0 (nothing) to 1 (as in the plan)
  stretch: 1.25                   # the plan's steps times this, for all (a number) or by measure
  delay_years: {short_process: 2} # years by which it all begins and ends later
"""

from collections.abc import Mapping
from typing import Any

from dafeng.evidence import Problems, Text, parse_yaml
from dafeng.tables import nearest

_FILE = "scenarios.yaml"
RENAMED: Mapping[str, str] = {"no-plan": "policy-carried-on"}
"""Id of a scenario up to schema 2 → its id now; both are read. Trends contain what the plan has delivered, so that
delivery 0 is policy as carried on; no plan at all is another baseline."""
_TITLES = ("title_zh", "title_en")
# field → least, most, what it is; a scenario without it has the neutral number
_DEGREES: Mapping[str, tuple[float, float, str]] = {
    "delivery": (0, 1, "a degree of delivery from 0 to 1"),
    "stretch": (0, 3, "a factor on the plan's steps from 0 to 3"),
    "delay_years": (0, 30, "whole years from 0 to 30"),
}
_FIELDS = (*_TITLES, "inherits", *_DEGREES)


def parse_scenarios(text: str, measures: set[str] | None, problems: Problems) -> dict[str, dict[str, Any]]:
    """Parse the scenarios.

    Name → `title_zh`, `title_en`, `delivery`, and where given `stretch` and `delay_years` (measure or
    `default` → number).

    What a scenario inherits is filled in. `measures` are the ids that may be named, None where they could
    not be read. Problems are collected.
    """
    content = parse_yaml(_FILE, text, problems)
    if content is None:
        if not text.strip():
            problems.add(
                _FILE, "an empty file", "at least the scenarios policy-carried-on and plan", "fill it"
            )
        return {}
    if not isinstance(content, dict):
        problems.add(f"{_FILE}:1", f"a {type(content).__name__}", "a mapping from name to scenario")
        return {}
    before = len(problems)
    written = {str(name): scenario for name, scenario in content.items()}
    for old, new in RENAMED.items():
        if old in written and new in written:
            problems.add(
                f"{_FILE}:{old}", Text(f"{old} 与 {new} 是同一情景", f"{old} and {new} are one scenario"),
                Text(f"只有 {new}", f"{new} only"), Text("删去其一", "remove one of them"),
            )  # fmt: skip
    for name, scenario in written.items():
        _check_scenario(f"{_FILE}:{name}", scenario, measures, written, problems)
    if len(problems) > before:
        return {name: dict(found) for name, found in written.items() if isinstance(found, dict)}
    return {present_id(name): _inherited(name, written) for name in written}


def present_id(name: str) -> str:
    """Return the id that a scenario has now.

    Parameters
    ----------
    name : str
        Id of this or of an older schema.

    Returns
    -------
    str
        The id now.

    Examples
    --------
    >>> present_id("no-plan"), present_id("plan")
    ('policy-carried-on', 'plan')
    """
    return RENAMED.get(name, name)


def _check_scenario(
    where: str, scenario: Any, measures: set[str] | None, written: Mapping[str, Any], problems: Problems
) -> None:
    if not isinstance(scenario, dict):
        problems.add(where, str(scenario), "title_zh, title_en and delivery")
        return
    for field in scenario:
        if field not in _FIELDS:
            problems.add(f"{where}:{field}", str(field), ", ".join(_FIELDS), nearest(str(field), _FIELDS))
    for field in _TITLES:
        if field not in scenario:
            problems.add(where, f"no {field}", "title_zh, title_en and delivery", f"add {field}")
    if "delivery" not in scenario and "inherits" not in scenario:
        problems.add(where, "no delivery", "title_zh, title_en and delivery", "add delivery, or inherits")
    for field in _DEGREES:
        if field in scenario:
            _check_degrees(f"{where}:{field}", field, scenario[field], measures, problems)
    if "inherits" in scenario:
        _check_parent(where, scenario["inherits"], written, problems)


def _check_degrees(where: str, field: str, found: Any, measures: set[str] | None, problems: Problems) -> None:
    least, most, told = _DEGREES[field]
    if not isinstance(found, dict | int | float) or isinstance(found, bool):
        problems.add(
            where, str(found), f"a mapping from measure (or default) to {told}, or one number for all"
        )
        return
    for measure, degree in _by_measure(found).items():
        if measures is not None and measure != "default" and measure not in measures:
            mend = nearest(measure, [*measures, "default"]) or "add the measure, or delete the line"
            problems.add(f"{where}:{measure}", measure, "default or an id of measures.csv", mend)
        sound = isinstance(degree, int | float) and not isinstance(degree, bool) and least <= degree <= most
        if not sound or (field == "delay_years" and degree != int(degree)):
            problems.add(f"{where}:{measure}", str(degree), told)


def _check_parent(where: str, parent: Any, written: Mapping[str, Any], problems: Problems) -> None:
    if str(parent) not in written:
        mend = nearest(str(parent), written) or "write that scenario first"
        problems.add(f"{where}:inherits", str(parent), "the name of another scenario", mend)
        return
    chain, next_one = [where.partition(":")[2]], str(parent)
    while next_one not in chain:
        chain.append(next_one)
        above = written.get(next_one)
        if not isinstance(above, dict) or str(above.get("inherits", "")) not in written:
            return
        next_one = str(above["inherits"])
    if next_one == chain[0]:
        circle = " ← ".join([*chain, next_one])
        problems.add(
            f"{where}:inherits", f"a circle: {circle}", "scenarios that do not inherit from themselves"
        )


def _by_measure(found: Any) -> dict[str, Any]:
    return {str(k): v for k, v in found.items()} if isinstance(found, dict) else {"default": found}


def _inherited(name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    own = dict(written[name])
    above = _inherited(str(own["inherits"]), written) if "inherits" in own else {}
    for field in _DEGREES:
        degrees = {**above.get(field, {}), **_by_measure(own.get(field, {}))}
        if degrees or field == "delivery":
            own[field] = degrees
    if "inherits" in own:
        own["inherits"] = present_id(str(own["inherits"]))
    return own
