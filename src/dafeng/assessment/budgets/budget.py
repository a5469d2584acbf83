"""Carbon budget of a year: assigned − used − committed = left, for city, sectors, counties and key emitters.

Sectors, counties and key emitters are views of one total and are never added up. A project that emits already
is part of what is used and is not committed a second time; a project in two registers counts once; enterprises
of the national ETS are taken out where the budget is without them, and are shown apart where it is whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dafeng.assessment.targets.issued import Issued
from dafeng.assessment.wording import rough
from dafeng.evidence import Finding, Severity
from dafeng.units import convert, kind

QUANTITY = "co2_budget"
UNIT = "tCO2"


@dataclass(frozen=True, slots=True)
class Used:
    """CO2 of a node in a year [t]; `basis` is inventory, nowcast or reported."""

    node: str
    year: int
    value: float
    basis: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """Project under way: CO2 a year [t] (None where not stated), and the year in which it starts (None: open).

    `place` names its record, `sector` the branch of its trade ("" unknown).
    """

    code: str
    name: str
    county: str
    unit: str
    sector: str
    co2: float | None
    starts: int | None
    place: str


@dataclass(frozen=True, slots=True)
class Emitter:
    """Key emitter: unified social credit code, county, branch, whether it is in the national ETS."""

    code: str
    county: str
    sector: str
    ets: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Budget of one node [t CO2]; None where a part is missing (NE).

    `ets` is the CO2 of enterprises of the ETS within the node; `unknown` are projects without a figure, so
    that `left` is an upper bound; `inside` are projects that emit already.
    """

    level: str
    node: str
    name: str
    coverage: str
    assigned: float
    used: float | None
    basis: str
    ets: float | None
    committed: float
    left: float | None
    unknown: tuple[str, ...]
    inside: tuple[str, ...]
    document: str


@dataclass(frozen=True, slots=True)
class Account:
    """What budgets are settled with: used amounts, projects, key emitters, the branch of each sector node."""

    used: Sequence[Used] = ()
    projects: Sequence[Project] = ()
    emitters: Sequence[Emitter] = ()
    city: str = ""
    findings: tuple[Finding, ...] = field(default=())


def carbon_budget(rows: Iterable[Issued], account: Account, year: int) -> tuple[list[Line], list[Finding]]:
    """Settle the carbon budgets of a year.

    Parameters
    ----------
    rows : iterable of Issued
        Values in force; those of the quantity `co2_budget` for `year` with the bound floor are the budgets.
    account : Account
        Used amounts of `year`, projects under way, key emitters.
    year : int

    Returns
    -------
    list of Line, list of Finding
        A budget that is exceeded, that is settled only in part, and parts that use more than the whole are
        findings.
    """
    findings: list[Finding] = list(account.findings)
    projects = _once(account.projects, findings)
    lines: list[Line] = []
    for row in rows:
        if (row.quantity, row.year, row.bound) != (QUANTITY, year, "floor"):
            continue
        if kind(row.unit) != kind(UNIT):
            findings.append(
                _finding(
                    "budget.unit",
                    Severity.CONFLICT,
                    row.place,
                    f"单位{row.unit}不是二氧化碳的单位",
                    f"{row.unit} is no unit of CO2",
                )
            )
            continue
        line = _line(row, account, projects, year)
        lines.append(line)
        findings += _remarks(row, line)
    findings += _more_than_the_whole(lines)
    return lines, findings


def _line(row: Issued, account: Account, projects: Sequence[Project], year: int) -> Line:
    used = [one for one in account.used if one.node == row.node and one.year == year]
    total = sum(one.value for one in used) if used else None
    traded = {
        one.code
        for one in account.emitters
        if one.ets and _holds(row, one.county, one.sector, one.code, account)
    }
    ets = _of_ets(traded, account, year)
    apart = row.coverage == "without_ets"
    if apart and row.level == "key_unit" and row.node in traded:
        total = None
    elif apart and total is not None:
        total = None if ets is None else total - ets
    own = [
        one
        for one in projects
        if _holds(row, one.county, one.sector, one.unit, account) and not (apart and one.unit in traded)
    ]
    emits = {one.code for one in own if one.starts is not None and one.starts < year}
    due = [one for one in own if one.code not in emits and (one.starts is None or one.starts <= year)]
    committed = sum(one.co2 for one in due if one.co2 is not None)
    assigned = float(convert(row.value, row.unit, UNIT))
    return Line(
        row.level, row.node, row.name, row.coverage, assigned, total, "、".join(dict.fromkeys(one.basis for one in used)), ets, committed,
        None if total is None else assigned - total - committed, tuple(one.name for one in due if one.co2 is None),
        tuple(one.name for one in own if one.code in emits), row.document,
    )  # fmt: skip


def _holds(row: Issued, county: str, sector: str, code: str, account: Account) -> bool:
    return {
        "city": row.node == account.city,
        "county": row.node == county,
        "sector": row.node == sector,
        "key_unit": row.node == code,
    }[row.level]


def _of_ets(traded: Iterable[str], account: Account, year: int) -> float | None:
    """Return the CO2 of the enterprises of the ETS; None where one of them has no figure."""
    known: Mapping[str, float] = {one.node: one.value for one in account.used if one.year == year}
    values = [known.get(code) for code in traded]
    return (
        None
        if any(value is None for value in values)
        else float(sum(value for value in values if value is not None))
    )


def _once(projects: Sequence[Project], findings: list[Finding]) -> list[Project]:
    """Return each project once: of two entries with one code the first that states its CO2."""
    by_code: dict[str, Project] = {}
    for one in projects:
        before = by_code.get(one.code)
        if before is None or (before.co2 is None and one.co2 is not None):
            by_code[one.code] = one
        if before is not None and before.co2 is not None and one.co2 is not None and before.co2 != one.co2:
            places = f"{before.place}, {one.place}"
            zh = f"项目{one.code}的二氧化碳在{places}中不同({rough(before.co2)}与{rough(one.co2)}),采用前者"
            en = f"project {one.code} has two figures in {places} ({rough(before.co2)} and {rough(one.co2)}); the first is used"
            findings.append(_finding("budget.project", Severity.CONFLICT, one.place, zh, en))
    return list(by_code.values())


def _remarks(row: Issued, line: Line) -> list[Finding]:
    found = []
    if line.used is None:
        zh = f"{line.name}没有{row.year}年的用量(NE),余量无法计算"
        en = f"{line.name} has no amount used in {row.year} (NE): what is left cannot be computed"
        if row.coverage == "without_ets" and line.basis:
            zh = f"{line.name}的全国碳市场企业缺{row.year}年排放,不含碳市场的用量为NE"
            en = f"an enterprise of the ETS in {line.name} has no CO2 of {row.year}: the amount without the ETS is NE"
        found.append(_finding("budget.used", Severity.WARNING, row.place, zh, en))
    if line.unknown:
        zh = f"{line.name}:{len(line.unknown)}个在建拟建项目没有二氧化碳数,余量是上限:{'、'.join(line.unknown)}"
        en = f"{line.name}: {len(line.unknown)} projects state no CO2, what is left is an upper bound: {', '.join(line.unknown)}"
        found.append(_finding("budget.projects", Severity.WARNING, row.place, zh, en))
    if line.left is not None and line.left < 0:
        zh = f"{line.name}{row.year}年预算超出{rough(-line.left, UNIT)}"
        en = f"the budget of {line.name} for {row.year} is exceeded by {rough(-line.left, UNIT)}"
        found.append(_finding("budget.exceeded", Severity.CONFLICT, row.place, zh, en))
    return found


def _more_than_the_whole(lines: Sequence[Line]) -> list[Finding]:
    """Compare the use of the parts of one level with that of the city, where both are of one basis."""
    found = []
    for city in (line for line in lines if line.level == "city" and line.used is not None):
        for level in ("sector", "county", "key_unit"):
            parts = [
                line
                for line in lines
                if line.level == level and (line.coverage, line.basis) == (city.coverage, city.basis)
            ]
            total = sum(line.used for line in parts if line.used is not None)
            if city.used is not None and total > city.used * (1 + 1e-9):
                zh = f"{level}级各单位用量合计{rough(total, UNIT)},超过{city.name}的{rough(city.used, UNIT)}"
                en = f"the parts of level {level} use {rough(total, UNIT)}, more than {rough(city.used, UNIT)} of {city.name}"
                found.append(_finding("budget.whole", Severity.CONFLICT, f"{QUANTITY}:{city.node}", zh, en))
    return found


def _finding(code: str, severity: Severity, where: str, zh: str, en: str) -> Finding:
    return Finding(code, severity, where, f"{zh}。", f"{en[:1].upper()}{en[1:]}.")
