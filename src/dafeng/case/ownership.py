"""Ownership of data: rows of a case that are its own place's, and rows taken over from another one.

A row is of another place where its source names one (a city or province that is neither this place nor
above or below it), where it equals, value and source, a row of the bundled case of another city, or where its
source is a default of drafts (national defaults, trends of the province, typical effects, an inherited plan).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd

from dafeng.case.folder import DRAFTS, bundled, bundled_path
from dafeng.case.model import Case
from dafeng.case.national.sources import DEFAULTS
from dafeng.case.places import places
from dafeng.case.schemas import TABLES
from dafeng.evidence import Finding, Severity
from dafeng.tables import read_csv

LEAST_OWN_SHARE = 0.5
"""Share of own rows below which an answer is not the place's."""
DRIVERS = "drivers"
_ALIKE = {
    DRIVERS: ("parameter", "year", "value", "source"),
    "measures": ("id", "parameter", "year", "value", "source"),
    "observations": ("indicator", "year", "value", "source"),
    "activities": ("activity", "year", "value", "source"),
    "plants": ("id", "capacity_mw", "source"),
}
"""Tables that make the answer, and the columns by which a row taken over from another case is recognised.

They hold whatever region was written over it.
"""


@dataclass(frozen=True, slots=True)
class OwnData:
    """Row counts of a table: all rows, those of another place, and of which place."""

    table: str
    rows: int
    others: int
    places: tuple[str, ...]


def ownership(case: Case) -> tuple[OwnData, ...]:
    """Return the number of rows of another place for each table that makes the answer and has rows.

    Parameters
    ----------
    case
        Loaded case.

    Returns
    -------
    Rows of each table, and the places that they belong to.
    """
    found = []
    foreign = _foreign_sources(case)
    for name in _ALIKE:
        frame = case.table(name)
        if not len(frame):
            continue
        source = frame["source"].to_numpy(dtype=object)
        taken = _taken_over(name, frame, _code_of_name(case))
        of = [
            foreign.get(one) or _defaults().get(one) or other
            for one, other in zip(source, taken, strict=True)
        ]
        named = tuple(sorted(set(of) - {""}))
        found.append(OwnData(name, len(frame), sum(other != "" for other in of), named))
    return tuple(found)


def own_share(case: Case) -> float:
    """Return the share of the answer that rests on data of the place [1]; 1 where there are no rows.

    It is the share of own rows, the tables counting alike, and at most that of the drivers: trajectories of another
    place give the answer of that place, whatever else is replaced.

    Parameters
    ----------
    case
        Loaded case.

    Returns
    -------
    Share [1].
    """
    return _share(ownership(case))


def _share(tables: Iterable[OwnData]) -> float:
    shares = {table.table: 1 - table.others / table.rows for table in tables}
    return min(sum(shares.values()) / len(shares), shares.get(DRIVERS, 1.0)) if shares else 1.0


def ownership_findings(case: Case) -> tuple[Finding, ...]:
    """Return a finding for each table with rows of another place.

    One more finding where most of the case is not its own.
    """
    everything = ownership(case)
    tables = [table for table in everything if table.others]
    findings = [*_misnamed(case)]
    findings += [
        Finding(
            "case.data_of_another_place", Severity.WARNING, f"{table.table}.csv",
            f"{TABLES[table.table].title_zh} {table.rows} 行中 {table.others} 行来自{'、'.join(table.places)}",
            f"{table.others} of {table.rows} rows of {table.table} are those of {', '.join(table.places)}",
        )
        for table in tables
    ]  # fmt: skip
    share = _share(everything)
    if share < LEAST_OWN_SHARE:
        findings.append(
            Finding(
                "case.not_its_own_data", Severity.CONFLICT, case.name,
                f"只有 {share:.0%} 的数据属于{case.city.name_zh};以此计算的结论不能当作{case.city.name_zh}的结论,请先换成本地数据",
                f"only {share:.0%} of the data are those of {case.city.name_en}: what is computed from them is not an answer about it",
            )
        )  # fmt: skip
    return tuple(findings)


def _code_of_name(case: Case) -> str:
    """Return the code of the place that the case is named after; its own code where the name is no listed place.

    A case that is renamed and keeps its code is still of the place of the code.
    """
    city = case.city
    if places().get(city.code, city.name_zh) == city.name_zh:
        return city.code
    named = [code for code, name in places().items() if city.name_zh in (name, name.removesuffix("市"))]
    return city.code if not named or city.code in named else named[0]


def _misnamed(case: Case) -> Iterator[Finding]:
    code, city = _code_of_name(case), case.city
    if code != city.code:
        yield Finding(
            "case.name_of_another_place", Severity.CONFLICT, "city.yaml:code",
            f"{city.name_zh}的代码是 {code},文件写的是 {city.code}({places()[city.code]})",
            f"the code of {city.name_en} is {code}; the file has {city.code} ({places()[city.code]})",
        )  # fmt: skip


def _foreign_sources(case: Case) -> Mapping[str, str]:
    """Source id → the other place that its citation names; one that names this place too is not another's."""
    found: dict[str, str] = {}
    (_, codes), own = _names(), _code_of_name(case)
    for source in case.sources.values():
        named = _named_in(source.citation)
        if named and not any(_related(codes[name], own) for name in named):
            found[source.id] = str(named[0])
    return found


@cache
def _defaults() -> Mapping[str, str]:
    """Source of a draft that is no data of the place → what it is shown as."""
    return {id_: zh for id_, (zh, _) in DEFAULTS.items()}


def _related(code: str, own: str) -> bool:
    """Whether `code` is the place itself, its province, or a part of it where it is a province."""
    return code == own or code == f"{own[:2]}0000" or (own.endswith("0000") and code[:2] == own[:2])


@cache
def _names() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Names of provinces and prefecture-level cities, to look for in a text.

    Names of two letters are too ambiguous.
    """
    codes = {name: code for code, name in places().items() if code.endswith("00") and len(name) > 2}
    return re.compile("|".join(map(re.escape, codes))), codes


@lru_cache(maxsize=4096)
def _named_in(citation: str) -> tuple[str, ...]:
    """Names of places in a citation; the cities of a province share most of theirs."""
    return tuple(_names()[0].findall(citation))


def _taken_over(table: str, frame: pd.DataFrame, code: str) -> list[str]:
    """Of which bundled city each row is a copy; "" for none."""
    of = [""] * len(frame)
    others = [(name, *found) for name, found in _bundled_rows(table).items() if found[0] != code]
    if others:
        rows = frame[list(_ALIKE[table])].astype(object).itertuples(index=False, name=None)
        for at, key in enumerate(map(_key, rows)):
            for name, other, known in others:
                if key in known:
                    of[at] = places().get(other, name)
    return of


def _key(row: Iterable[object]) -> str:
    return "\0".join(f"{float(cell):g}" if isinstance(cell, int | float) else str(cell) for cell in row)


_CODE = re.compile(r"^code: *[\"']?(\d{6})", re.M)


@cache
def _bundled_codes() -> Mapping[str, str]:
    """Name of each bundled city with data of its own → its code; rows of drafts are those of the index, which every draft has."""
    codes = {}
    for name in bundled():
        if name.startswith(DRAFTS):
            continue
        folder = bundled_path(name)
        found = _CODE.search((folder / "city.yaml").read_text(encoding="utf-8")) if folder else None
        if found and not found[1].endswith("0000"):
            codes[name] = found[1]
    return codes


@cache
def _bundled_rows(table: str) -> Mapping[str, tuple[str, frozenset[str]]]:
    """Name of each bundled city → its code and the keys of its rows."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for case, code in _bundled_codes().items():
        file = (bundled_path(case) or Path()) / f"{table}.csv"
        raw = read_csv(table, file.name, file.read_bytes()).table if file.is_file() else None
        if raw is None:
            continue
        cells = raw.cells.set_axis(list(raw.header), axis=1)[list(_ALIKE[table])].copy()
        for column in cells.columns.intersection(["year", "value", "capacity_mw"]):
            cells[column] = pd.to_numeric(cells[column], errors="coerce")
        found[case] = (code, frozenset(_key(row) for row in cells.itertuples(index=False)))
    return found
