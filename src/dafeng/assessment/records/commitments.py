"""Projects under way and key emitters in the record store, for carbon budgets."""

from collections.abc import Mapping
from typing import Any

from dafeng.assessment.budgets.budget import Emitter, Project
from dafeng.assessment.records.listing import records_of
from dafeng.registers import Actor, Store

REVIEWS, TWO_HIGH, USERS = "energy_reviews", "two_high_projects", "key_energy_users"
SWAPS, RUNNING = "capacity_swaps", ("operating", "staggered")
UNDER_WAY = ("proposed", "building")


def projects_under_way(store: Store, actor: Actor, branches: Mapping[str, str]) -> list[Project]:
    """Return the projects that will emit: those with an opinion of the energy review, then the two-high ones that go on.

    Parameters
    ----------
    store, actor
        Record store, and who looks: CO2 is a commercial field, which some roles do not see.
    branches : mapping
        Division of GB/T 4754 → branch.
    """
    found = [
        _project(REVIEWS, row, "", row.get("industry_a") or "", row.get("co2_total"), branches)
        for row in records_of(store, actor, REVIEWS)
        if row["state"] in ("opinion_given", "changed", "accepted")
    ]
    found += [
        _project(TWO_HIGH, row, row["credit_code"], row["industry"], row.get("co2"), branches)
        for row in records_of(store, actor, TWO_HIGH)
        if row["stage"] in UNDER_WAY and row["disposal"] == "go_on"
    ]
    units = {one.code: one.unit for one in found if one.unit}
    return [one if one.unit else _with_unit(one, units.get(one.code, "")) for one in found]


def key_emitters(store: Store, actor: Actor, branches: Mapping[str, str]) -> list[Emitter]:
    """Return the key energy users with county, branch, and whether they are in the national ETS."""
    return [
        Emitter(row["credit_code"], row["county"], _branch(row["industry"], branches), bool(row["ets"]))
        for row in records_of(store, actor, USERS)
        if row["state"] == "listed"
    ]


def _project(
    register: str, row: Mapping[str, Any], unit: str, industry: str, co2: object, branches: Mapping[str, str]
) -> Project:
    starts = str(row.get("actual_start") or row.get("plan_start") or row.get("planned_start") or "")[:4]
    value = float(co2) if isinstance(co2, int | float) else None
    return Project(
        row["project_code"], row["name"], row["county"], unit, _branch(industry, branches), value, int(starts) if starts else None,
        f"{register}:{row['id']}",
    )  # fmt: skip


def _with_unit(one: Project, unit: str) -> Project:
    return Project(one.code, one.name, one.county, unit, one.sector, one.co2, one.starts, one.place)


def _branch(industry: str, branches: Mapping[str, str]) -> str:
    """Return the branch of a class of GB/T 4754: C3011 belongs to division 30."""
    digits = industry.lstrip("ABCDEFGHIJKLMNOPQRST")[:2]
    return branches.get(digits) or branches.get(industry[:1], "")


def product_outputs(store: Store, actor: Actor) -> dict[tuple[str, int], float]:
    """Return the output of each product by year [t], summed over the lines of the register `capacity_swaps`.

    A product and year of which one counted record has no output is left out: part of a sum is no output.

    Parameters
    ----------
    store, actor
        Record store, and who looks.
    """
    found: dict[tuple[str, int], float] = {}
    open_: set[tuple[str, int]] = set()
    for row in records_of(store, actor, SWAPS):
        if row["state"] not in RUNNING:
            continue
        key = (str(row["product"]), int(row["year"] or 0))
        value = row.get("output")
        if value is None:
            open_.add(key)
        else:
            found[key] = found.get(key, 0.0) + float(value)
    return {key: value for key, value in found.items() if key not in open_ and key[1]}
