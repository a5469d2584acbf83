"""Link of a scenario: its name, case and settings as a query that makes the same page again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from dafeng.evidence import Problem, Problems
from dafeng.pathway import Change, WhatIf
from dafeng.web.office.words import both

MOST_NAME = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks: name of the scenario, case, and its change."""

    name: str
    case: str
    change: Change

    def query(self) -> str:
        """Return the query of the link: what differs from the plan alone, in one order."""
        change = self.change
        rows = [("name", self.name)] if self.name else []
        rows += [("case", self.case)]
        rows += [(f"m.{id_}", f"{degree:g}") for id_, degree in sorted(change.delivery.items())]
        rows += [(f"s.{id_}", str(years)) for id_, years in sorted(change.later.items())]
        rows += [(f"d.{id_}", f"{quantile:g}") for id_, quantile in sorted(change.drivers.items())]
        return urlencode(rows)


def read_link(given: Mapping[str, str], case: str) -> Asked:
    """Read the settings of a query; what stands as in the plan is no change.

    Raises
    ------
    DafengError
        With every value that is no number, and a name that is too long.
    """
    problems = Problems()
    delivery = {id_: degree for id_, degree in _numbers(given, "m.", problems) if degree != 1}
    later = {id_: years for id_, years in _numbers(given, "s.", problems) if years != 0}
    drivers = dict(_numbers(given, "d.", problems))
    for id_, years in later.items():
        if years != int(years):
            problems.extend([_no_number(f"s.{id_}", f"{years:g}")])
    name = given.get("name", "").strip()
    if len(name) > MOST_NAME:
        problems.extend([Problem("name", both("problem.n_characters", count=len(name)), both("problem.a_text_of_at_most_n", count=MOST_NAME))])  # fmt: skip
    problems.raise_if_any()
    change = Change(delivery, {id_: int(years) for id_, years in later.items()}, drivers)
    return Asked(name, case, change)


def caption(asked: Asked, city: WhatIf) -> list[tuple[str, str, str, float]]:
    """Return what is set: kind (measure, later, driver), names in both languages, value."""
    names = {one.id: (one.name_zh, one.name_en) for one in (*city.measures, *city.drivers)}
    parts: Iterable[tuple[str, Mapping[str, float]]] = (
        ("measure", asked.change.delivery), ("later", asked.change.later), ("driver", asked.change.drivers),
    )  # fmt: skip
    return [(kind, *names[id_], value) for kind, values in parts for id_, value in values.items()]


def _numbers(given: Mapping[str, str], prefix: str, problems: Problems) -> list[tuple[str, float]]:
    found = []
    for key, text in given.items():
        if not key.startswith(prefix) or not text.strip():
            continue
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if value != value or abs(value) > 1e6:
            problems.extend([_no_number(key, text)])
        else:
            found.append((key.removeprefix(prefix), value))
    return found


def _no_number(key: str, text: str) -> Problem:
    return Problem(key[:80], text[:40], both("problem.a_number"))
