"""Validation rules across columns and tables, beyond those of single cells."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case.checked import Checked, flag
from dafeng.case.plants import check_plants
from dafeng.case.references import check_range, check_references
from dafeng.case.schemas import BRANCHES, HOURS, SHARED_GENERATION, fuels
from dafeng.evidence import Problems, Text
from dafeng.tables import nearest
from dafeng.units import is_unit, kind

SHARE_TOLERANCE = 1e-3
_MAY_BE_NEGATIVE = "growth|change|increase|balance|net_|temperature"
POINT_TOLERANCE = 1.0
"""Percentage points by which printed shares may miss 100 by rounding."""


def check_rules(checked: Checked, problems: Problems) -> None:
    """Check all rules across columns and tables of one case."""
    for name, frame in checked.tables.items():
        if len(frame):
            check_references(name, frame, checked, problems)
            check_range(name, frame, checked, problems)
    for table, rule in _RULES.items():
        if table in checked.tables and len(checked.tables[table]):
            rule(checked.tables[table], checked, problems)


def _proxies(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    if checked.whole:
        _proxy_rows(frame, checked, problems)
    _proxy_sums(frame, checked, problems)


def _proxy_rows(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    rows = checked.known("sectors") | {f"branch:{branch}" for branch in BRANCHES} | {"*"}
    rows |= {f"generation:{name}" for name in SHARED_GENERATION}
    base = frame["row"].astype(object).map(lambda row: row if row in rows else row.rsplit(":", 1)[0])
    wrong = ~base.isin(rows).to_numpy(dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            repr(row["row"]),
            "a row of sectors.csv, branch:name, generation:kind or *",
            nearest(row["row"], rows),
        )

    flag(problems, checked, "proxies", "row", wrong, describe, "unknown row")


def _proxy_sums(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    single = frame.assign(
        share=frame["share"].where(frame["share"].between(0, 1))
    )  # others are reported already
    total = single.groupby(["row", "year"])["share"].transform("sum").to_numpy()
    over = total > 1 + SHARE_TOLERANCE

    def describe_sum(row: Any) -> tuple[str, str, str]:
        found = single.loc[(frame["row"] == row["row"]) & (frame["year"] == row["year"]), "share"].sum()
        return (
            f"shares of {row['row']} in {row['year']} add up to {found:g}",
            "at most 1",
            "correct the shares",
        )

    flag(problems, checked, "proxies", "share", over, describe_sum, "shares over 1 together")


def _energy(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    units = fuels()
    pairs = frame[["fuel", "unit"]].drop_duplicates()
    bad = {
        (fuel, unit)
        for fuel, unit in pairs.itertuples(index=False)
        if fuel in units and is_unit(unit) and kind(unit) not in {kind(units[fuel]), kind("tce"), kind("TJ")}
    }
    if not bad:
        return
    wrong = np.array([pair in bad for pair in zip(frame["fuel"], frame["unit"], strict=True)], dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            Text(f"{row['fuel']} 的单位 {row['unit']}", f"{row['fuel']} in {row['unit']}"),
            f"a unit of the kind of {units[row['fuel']]}, or tce, or TJ",
            "",
        )

    flag(problems, checked, "energy", "unit", wrong, describe, "unit does not fit the fuel")


def _observations(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    _observed_units(frame, checked, problems)
    _observed_signs(frame, checked, problems)
    _observed_shares(frame, checked, problems)


def _observed_units(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    """One indicator is one kind of quantity: tonnes in one year and yuan in another cannot both be right."""
    above = [tables["observations"] for tables in checked.ancestors if "observations" in tables]
    mine, *others = [_pairs(part) for part in (frame, *above)]
    rows = Counter(pair for part in (mine, *others) for pair in part)
    kinds = {unit: str(kind(unit)) for unit in {unit for _, unit in rows} if is_unit(unit)}
    counts: dict[str, Counter[str]] = {}
    units: dict[tuple[str, str], str] = {}
    for (indicator, unit), count in rows.items():
        if unit in kinds:
            counts.setdefault(indicator, Counter())[kinds[unit]] += count
            units.setdefault((indicator, kinds[unit]), unit)
    usual = {indicator: _most(of) for indicator, of in counts.items()}
    fits = {(name, unit): unit not in kinds or kinds[unit] == usual[name] for name, unit in rows}
    wrong = np.array([not fits[pair] for pair in mine], dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        other = units[row["indicator"], usual[row["indicator"]]]
        return (
            Text(f"{row['indicator']} 的单位 {row['unit']}", f"{row['indicator']} in {row['unit']}"),
            f"a unit of the kind of {other}, as in other rows",
            "",
        )

    flag(problems, checked, "observations", "unit", wrong, describe, "unit of another kind")


def _most(counts: Counter[str]) -> str:
    """Return the most frequent name; of equals the first of the alphabet."""
    return min(counts, key=lambda name: (-counts[name], name))


def _pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Indicator and unit of each row."""
    columns = (frame[name].to_numpy(dtype=object) for name in ("indicator", "unit"))
    return list(zip(*columns, strict=True))


def _observed_signs(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    """Stocks and flows are not below zero; changes and balances may be, and say so in their name."""
    below = frame["value"].lt(0) & ~frame["indicator"].str.contains(_MAY_BE_NEGATIVE)
    percent = frame["unit"].isin(["%", "1", "‰"])

    def describe(row: Any) -> tuple[str, str, str]:
        found = f"{row['indicator']} below zero: {row['value']:g} {row['unit']}"
        return found, "0 or more", "correct the sign; a change has _growth or _change in its name"

    wrong = (below & ~percent).to_numpy(dtype=bool)
    flag(problems, checked, "observations", "value", wrong, describe, "below zero")


def _observed_shares(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    """Printed sector shares of one source, place and year make 100 %."""
    shares = frame[frame["indicator"].str.startswith("gdp_share_") & frame["value"].notna()]
    groups = shares.groupby(["region", "year", "source"])["value"]
    total, count = groups.transform("sum"), groups.transform("size")
    scale = np.where(shares["unit"].isin(["%"]), 100.0, 1.0)
    off = shares.index[(count == 3) & ((total - scale).abs() > POINT_TOLERANCE * scale / 100)]

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            f"shares of {row['year']} that add up to {total[row.name]:g} {row['unit']}",
            "100 %",
            "correct the shares",
        )

    flag(problems, checked, "observations", "value", frame.index.isin(off), describe, "shares do not add up")


def _profiles(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    place = checked.places["profiles"]
    missing = sorted(set(range(HOURS)) - set(frame["hour"].tolist()))
    if missing:
        listed = ", ".join(str(hour) for hour in missing[:5]) + (" …" if len(missing) > 5 else "")
        problems.add(
            place(1, "hour"), f"{len(missing)} hours missing: {listed}", f"each hour 0 to {HOURS - 1} once"
        )
    total = float(frame["load"].sum())
    if not missing and abs(total - 1) > SHARE_TOLERANCE:
        problems.add(
            place(1, "load"),
            f"shares that add up to {total:g}",
            "1",
            "divide each hour by the sum of the year",
        )


def _drivers(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    for column in ("parameter", "distribution", "unit", "dimension"):
        _same_in_group(frame, "drivers", column, checked, problems)
    drawn = frame["distribution"].ne("fixed").to_numpy(dtype=bool)
    without = drawn & frame["dimension"].isna().to_numpy()

    def describe(_row: Any) -> tuple[str, str, str]:
        return (
            "no dimension",
            "a permanent Sobol dimension number",
            "take the next free number; never change it",
        )

    flag(problems, checked, "drivers", "dimension", without, describe, "no dimension")
    firsts = frame.dropna(subset=["dimension"]).drop_duplicates(["id", "dimension"])
    shared = firsts[firsts.duplicated("dimension", keep=False)]

    def describe_shared(row: Any) -> tuple[str, str, str]:
        ids = ", ".join(firsts.loc[firsts["dimension"] == row["dimension"], "id"])
        return (
            f"dimension {row['dimension']:.0f} of {ids}",
            "one dimension for one driver",
            "take the next free number",
        )

    flag(
        problems,
        checked,
        "drivers",
        "dimension",
        frame.index.isin(shared.index),
        describe_shared,
        "dimension shared",
    )


def _same_in_group(
    frame: pd.DataFrame, table: str, column: str, checked: Checked, problems: Problems
) -> None:
    texts = [_text(cell) for cell in frame[column]]
    said: dict[str, Counter[str]] = {}
    for id_, text in zip(frame["id"], texts, strict=True):
        said.setdefault(str(id_), Counter())[text] += 1
    # what most rows say counts; of several the first
    usual = {id_: counts.most_common(1)[0][0] for id_, counts in said.items()}
    other = np.array(
        [text != usual[str(id_)] for id_, text in zip(frame["id"], texts, strict=True)], dtype=bool
    )

    def describe(row: Any) -> tuple[str, str, str]:
        id_ = str(row["id"])
        one = _text(row[column])
        found = Text(f"{id_} 为“{one or '空'}”", f"{one or 'nothing'} for {id_}")
        return found, f"one {column} in all rows of an id: {usual[id_] or 'nothing'}", ""

    flag(problems, checked, table, column, other, describe, f"several {column}s")


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return "" if np.isnan(cell) else f"{cell:g}"
    return str(cell)


def _measures(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    for column in ("task", "effect", "name_zh"):
        _same_in_group(frame, "measures", column, checked, problems)
    quantified = frame["effect"].eq("quantified").to_numpy(dtype=bool)
    for column in ("parameter", "operation", "unit"):
        empty = quantified & frame[column].eq("").to_numpy(dtype=bool)

        def describe(row: Any, column: str = column) -> tuple[str, str, str]:
            return (
                f"no {column} for {row['id']}",
                f"a {column}, as the effect is quantified",
                "fill it, or effect NE",
            )

        flag(problems, checked, "measures", column, empty, describe, f"no {column}")
    for column in ("year", "value"):
        gap = quantified & frame[column].isna().to_numpy()
        if f"{column}_expression" in frame:
            gap &= frame[f"{column}_expression"].eq("").to_numpy(dtype=bool)

        def describe_gap(row: Any, column: str = column) -> tuple[str, str, str]:
            return (
                f"no {column} for {row['id']}",
                "a number, as the effect is quantified",
                "fill it, or effect NE",
            )

        flag(problems, checked, "measures", column, gap, describe_gap, f"no {column}")
    unexplained = ~quantified & frame["reason"].eq("").to_numpy(dtype=bool)

    def describe_reason(row: Any) -> tuple[str, str, str]:
        return f"no reason for {row['id']}", "why the effect is NE", "say which datum is missing"

    flag(problems, checked, "measures", "reason", unexplained, describe_reason, "no reason")


_RULES: dict[str, Callable[[pd.DataFrame, Checked, Problems], None]] = {
    "proxies": _proxies,
    "energy": _energy,
    "observations": _observations,
    "plants": check_plants,
    "profiles": _profiles,
    "drivers": _drivers,
    "measures": _measures,
}
