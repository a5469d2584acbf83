"""Rules across columns and tables: what each cell alone cannot show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case.checking import nearest, report
from dafeng.case.schemas import BRANCHES, HOURS, TABLES, fuels
from dafeng.evidence import Problems
from dafeng.units import is_unit, kind

SHARE_TOLERANCE = 1e-3
POINT_TOLERANCE = 1.0
"""Percentage points by which printed shares may miss 100 by rounding."""

Places = Mapping[str, Callable[[int, str], str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """Typed tables of one case, where their cells stand, and the tables of its ancestors."""

    tables: Mapping[str, pd.DataFrame]
    places: Places
    ancestors: tuple[Mapping[str, pd.DataFrame], ...] = ()

    def known(self, table: str) -> set[str]:
        """Values of the first key column of `table`, in this case and its ancestors."""
        column = TABLES[table].key[0]
        return {
            str(value)
            for tables in (self.tables, *self.ancestors)
            if table in tables
            for value in tables[table][column].unique()
        }


def check_rules(checked: Checked, problems: Problems) -> None:
    """All rules across columns and tables of one case."""
    for name, frame in checked.tables.items():
        if len(frame):
            _check_references(name, frame, checked, problems)
            _check_range(name, frame, checked, problems)
    for table, rule in _RULES.items():
        if table in checked.tables and len(checked.tables[table]):
            rule(checked.tables[table], checked, problems)


def _flag(
    problems: Problems, checked: Checked, table: str, column: str, wrong: NDArray[np.bool_],
    describe: Callable[[Any], tuple[str, str, str]], what: str,
) -> None:  # fmt: skip
    frame = checked.tables[table]
    rows = frame.index[wrong]
    place = checked.places[table]

    def cell(row: int) -> tuple[str, str, str]:
        return describe(frame.loc[row])

    report(problems, rows, len(rows), lambda row: place(row, column), cell, what)


def _check_references(name: str, frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    for column in TABLES[name].columns:
        if not column.refers:
            continue
        known = checked.known(column.refers)
        used = [value for value in frame[column.name].unique() if value and value not in known]
        wrong = frame[column.name].isin(used).to_numpy(dtype=bool)
        hints = {value: nearest(value, known) for value in used[:200]}

        def describe(
            row: Any, column: str = column.name, to: str = column.refers, hints: dict[str, str] = hints
        ) -> tuple[str, str, str]:
            mend = hints.get(row[column]) or f"add it to {to}.csv"
            return repr(row[column]), f"{TABLES[to].key[0]} of {to}.csv", mend

        _flag(problems, checked, name, column.name, wrong, describe, f"not in {column.refers}.csv")


def _check_range(name: str, frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    if "low" not in frame.columns:
        return
    middle = "share" if "share" in frame.columns else "value"
    value = frame[middle].to_numpy()
    wrong = (frame["low"].to_numpy() > value) | (frame["high"].to_numpy() < value)
    wrong |= frame["low"].to_numpy() > frame["high"].to_numpy()

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            f"{row['low']:g} – {row[middle]:g} – {row['high']:g}",
            f"low <= {middle} <= high",
            "put them in order",
        )

    _flag(problems, checked, name, middle, wrong, describe, "outside its own range")


def _proxies(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    rows = checked.known("sectors") | {f"branch:{branch}" for branch in BRANCHES} | {"*"}
    base = frame["row"].astype(object).map(lambda row: row if row in rows else row.rsplit(":", 1)[0])
    wrong = ~base.isin(rows).to_numpy(dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        return repr(row["row"]), "a row of sectors.csv, branch:name or *", nearest(row["row"], rows)

    _flag(problems, checked, "proxies", "row", wrong, describe, "unknown row")
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

    _flag(problems, checked, "proxies", "share", over, describe_sum, "shares over 1 together")


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
            f"{row['fuel']} in {row['unit']}",
            f"a unit of the kind of {units[row['fuel']]}, or tce, or TJ",
            "",
        )

    _flag(problems, checked, "energy", "unit", wrong, describe, "unit does not fit the fuel")


def _observations(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
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

    _flag(problems, checked, "observations", "value", frame.index.isin(off), describe, "shares do not add up")


def _plants(frame: pd.DataFrame, checked: Checked, problems: Problems) -> None:
    wrong = (frame["end_year"] < frame["start_year"]).to_numpy(dtype=bool)

    def describe(row: Any) -> tuple[str, str, str]:
        return (
            f"{row['start_year']:.0f}–{row['end_year']:.0f}",
            "start_year <= end_year",
            "put the years in order",
        )

    _flag(problems, checked, "plants", "end_year", wrong, describe, "ends before it starts")


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

    _flag(problems, checked, "drivers", "dimension", without, describe, "no dimension")
    firsts = frame.dropna(subset=["dimension"]).drop_duplicates(["id", "dimension"])
    shared = firsts[firsts.duplicated("dimension", keep=False)]

    def describe_shared(row: Any) -> tuple[str, str, str]:
        ids = ", ".join(firsts.loc[firsts["dimension"] == row["dimension"], "id"])
        return (
            f"dimension {row['dimension']:.0f} of {ids}",
            "one dimension for one driver",
            "take the next free number",
        )

    _flag(
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
    first = frame.groupby("id")[column].transform("first")
    same = (frame[column] == first) | (frame[column].isna() & first.isna())

    def describe(row: Any) -> tuple[str, str, str]:
        return f"{row[column]} for {row['id']}", f"one {column} in all rows of an id: {first[row.name]}", ""

    _flag(problems, checked, table, column, ~same.to_numpy(dtype=bool), describe, f"several {column}s")


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

        _flag(problems, checked, "measures", column, empty, describe, f"no {column}")
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

        _flag(problems, checked, "measures", column, gap, describe_gap, f"no {column}")
    unexplained = ~quantified & frame["reason"].eq("").to_numpy(dtype=bool)

    def describe_reason(row: Any) -> tuple[str, str, str]:
        return f"no reason for {row['id']}", "why the effect is NE", "say which datum is missing"

    _flag(problems, checked, "measures", "reason", unexplained, describe_reason, "no reason")


_RULES: dict[str, Callable[[pd.DataFrame, Checked, Problems], None]] = {
    "proxies": _proxies,
    "energy": _energy,
    "observations": _observations,
    "plants": _plants,
    "profiles": _profiles,
    "drivers": _drivers,
    "measures": _measures,
}
