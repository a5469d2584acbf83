"""Mandatory files of a case, its own or from an ancestor."""

from dafeng.case.checked import Checked
from dafeng.case.city import City
from dafeng.case.schemas import TABLES
from dafeng.evidence import Problems, Text

PROJECTING = ("measures.csv", "drivers.csv", "scenarios.yaml")
_NEVER_INHERITED = frozenset({"sources", "observations"})
"""Statistics of another place are not this one's; the source that a row names is next to it."""


def check_presence(present: frozenset[str], city: City | None, checked: Checked, problems: Problems) -> None:
    """Check for missing files, and for statistics that do not refer to the place."""
    if "city.yaml" not in present:
        problems.add(
            "city.yaml", "no such file", "name, code and years of the place", "every case has one: docs/case.md"
        )  # fmt: skip
    projecting = [file for file in PROJECTING if file in present]
    for name in sorted(_required_tables(present, city, bool(projecting))):
        inherited = name not in _NEVER_INHERITED and any(name in tables for tables in checked.ancestors)
        if f"{name}.csv" not in present and not inherited:
            problems.add(
                f"{name}.csv",
                "no such file",
                Text(TABLES[name].help_zh, TABLES[name].help_en),
                f"add {name}.csv: docs/case.md",
            )
    for file in ("plan.yaml", "scenarios.yaml") if projecting else ():
        if file not in present:
            mend = f"add it, or take out {', '.join(projecting)}"
            problems.add(file, "no such file", f"{file}, as the case has {projecting[0]}", mend)
    observations = checked.tables.get("observations")
    if city is None or observations is None or observations.empty:
        return
    if not observations["region"].eq(city.code).any():
        found = f"no row of {city.code}, the code of city.yaml"
        problems.add("observations.csv:1:region", found, "statistics of the place itself", "check both codes")


def _required_tables(present: frozenset[str], city: City | None, projecting: bool) -> set[str]:
    """What a case needs of its own or from an ancestor; what projects needs the plan's tables together."""
    required = {"sources", "observations"}
    if city is not None and city.parent is None:
        required |= {"sectors", "energy"}
    elif city is not None and "energy.csv" not in present:
        required |= {"proxies"}
    if "plan.yaml" in present:
        required.add("organisations")
    if {"profiles.csv", "profiles_meta.csv"} & present:
        required |= {"profiles", "profiles_meta"}
    if projecting:
        required |= {"measures", "drivers"}
    return required
