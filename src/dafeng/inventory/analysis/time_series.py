"""Time series of an inventory: spliced years, completeness of each total, and changes of like with like."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError, Finding, NotationKey, Problems, Severity, Text
from dafeng.inventory.accounts.categories import CEMENT_ROW, categories
from dafeng.inventory.accounts.model import PROCESS, Inventory, in_equivalents
from dafeng.inventory.balance.names import find_fuel, find_row, fuel_title, row_title
from dafeng.inventory.balance.own_tables import named_lines, nearest_name
from dafeng.inventory.equations.default_uncertainties import half_width
from dafeng.inventory.equations.splicing import (
    splice_by_extrapolation,
    splice_by_interpolation,
    splice_by_overlap,
    splice_by_surrogate,
)
from dafeng.inventory.equations.uncertainty import combine_product
from dafeng.units import factor

FloatArray = NDArray[np.float64]

SERIES = ["category", "row", "fuel", "gas"]
METHODS = ("overlap", "surrogate", "interpolation", "extrapolation")
SPLICE_COLUMNS = ("row", "fuel", "gas", "method", "indicator")
_TITLES = {
    "overlap": "重叠法", "surrogate": "替代数据法", "interpolation": "内插法", "extrapolation": "趋势外推法",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Splice:
    """How one series is spliced: row, fuel and gas (empty: any), method, and the indicator that it rests on.

    `indicator` of observations.csv, of the place or its parent: the surrogate, or the other series of the
    overlap.
    """

    row: str
    fuel: str
    gas: str
    method: str
    indicator: str = ""

    def fits(self, series: Mapping[str, str]) -> bool:
        """Check whether the rule is for a series."""
        return all(
            not own or own == series[name]
            for name, own in (("row", self.row), ("fuel", self.fuel), ("gas", self.gas))
        )


DEFAULT_SPLICES = (Splice("", "", "", "interpolation"), Splice("", "", "", "extrapolation"))


def read_splices(path: Path) -> tuple[Splice, ...]:
    """Read splicing rules from a CSV: row, fuel, gas, method, indicator; the first that fits a series counts.

    Rules of one series may follow each other (interpolation, then extrapolation).

    Parameters
    ----------
    path
        The CSV file.

    Raises
    ------
    DafengError
        With all problems: missing columns, an unknown row, fuel or method, a method that needs an indicator without one.
    """
    if not path.is_file():
        raise DafengError.at(str(path), Text("文件不存在", "no such file"), Text("CSV文件", "a CSV file"))
    reader = named_lines(path)
    missing = [name for name in SPLICE_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise DafengError.at(
            f"{path.name}:1", Text(f"没有列{'、'.join(missing)}", f"no column {', '.join(missing)}"), ", ".join(SPLICE_COLUMNS)
        )  # fmt: skip
    problems, found = Problems(), []
    for number, line in enumerate(reader, start=2):
        row, fuel, gas, method, indicator = ((line[name] or "").strip() for name in SPLICE_COLUMNS)
        where = f"{path.name}:{number}"
        if method not in METHODS:
            problems.add(f"{where}:method", method or Text("空白", "nothing"), ", ".join(METHODS))
        elif method in ("overlap", "surrogate") and not indicator:
            problems.add(
                f"{where}:indicator", Text("空白", "nothing"),
                Text("observations.csv中的指标", "an indicator of observations.csv"),
            )  # fmt: skip
        known_row, known_fuel = find_row(row) if row else None, find_fuel(fuel) if fuel else None
        if fuel and known_fuel is None:
            expected = Text("能源平衡表的品种", "a fuel of the energy balance")
            problems.add(f"{where}:fuel", fuel, expected, nearest_name(fuel, "fuel"))
        if row and known_row is None and row not in _other_rows():
            expected = Text("能源平衡表的行、过程或其他类别", "a row of the energy balance, or a category")
            problems.add(f"{where}:row", row, expected, nearest_name(row, "row"))
        found.append(
            Splice(
                known_row.row if known_row else row,
                known_fuel.fuel if known_fuel else "",
                gas,
                method,
                indicator,
            )
        )
    problems.raise_if_any()
    return tuple(found)


@cache
def _other_rows() -> frozenset[str]:
    """Rows of series outside the energy balance."""
    return frozenset({CEMENT_ROW, *(category.id for category in categories())})


def spliced(inventory: Inventory, case: Case, rules: Iterable[Splice] = DEFAULT_SPLICES) -> Inventory:
    """Return the inventory with the missing years of its series filled; every published number is unchanged.

    Only cells with the key NE are filled, in series with a number in at least two years (one for a
    surrogate or an overlap). Grade E; the range is that of the nearest known year and, per year of distance,
    10 % more. The note names the method and its years, a finding each series with its tonnes.

    Parameters
    ----------
    inventory
        The inventory.
    case
        Its case, whose observations are the surrogates.
    rules
        Splicing rules; default: interpolation between known years, trend extrapolation beyond them.

    Raises
    ------
    DafengError
        For an indicator that the case does not have.
    """
    cells = inventory.cells.reset_index(drop=True)
    open_ = cells[cells["key"] == "NE"]
    keys = set(map(tuple, open_[SERIES].to_numpy().tolist()))
    known = set(map(tuple, cells.loc[cells["key"] == "", SERIES].to_numpy().tolist()))
    rules, years = tuple(rules), np.array(inventory.years)
    filled: list[pd.DataFrame] = []
    findings: list[Finding] = []
    for key in sorted(keys & known):
        part = cells[(cells[SERIES] == list(key)).all(axis=1)]
        series = dict(zip(SERIES, map(str, key), strict=True))
        lines, told = _filled(part, years, [rule for rule in rules if rule.fits(series)], case)
        if len(lines):
            filled.append(lines)
            findings.append(_finding(series, lines, told, inventory.options["gwp_set"]))
    if not filled:
        return inventory
    new = pd.concat(filled)
    cells = cells.astype({name: object for name in cells.columns if cells[name].dtype == "str"})
    cells.loc[new.index, list(new.columns)] = new
    return replace(inventory, cells=cells).with_findings(findings)


def spliced_processes(inventory: Inventory) -> dict[int, float]:
    """Return the CO2 [t] by year of the processes that are not estimated, by the default splicing rules."""
    cells = inventory.cells
    names = ["year", "row", "gas", "key", "value_t"]
    own = cells[names][cells["category"].to_numpy(dtype=object) == PROCESS]
    year, row, gas, key, value = (own[name].to_numpy() for name in names)
    years, found = np.array(inventory.years), dict.fromkeys(inventory.years, 0.0)
    for name in sorted(set(row[(gas == "CO2") & (key == "")])):
        # from the last to the first: of two cells of a year the first counts
        of_row = np.flatnonzero((row == name) & (gas == "CO2"))[::-1]
        line = {int(year[i]): i for i in of_row}
        known = [y in line and key[line[y]] == "" for y in inventory.years]
        values = [
            value[line[y]] if there else np.nan for y, there in zip(inventory.years, known, strict=True)
        ]
        filled = splice_by_extrapolation(splice_by_interpolation(values, years), years)
        for y, amount in zip(inventory.years, filled.tolist(), strict=True):
            if y in line and key[line[y]] == NotationKey.NE.value and np.isfinite(amount):
                found[y] += amount
    return found


def _filled(
    part: pd.DataFrame, years: NDArray[np.int64], rules: Sequence[Splice], case: Case
) -> tuple[pd.DataFrame, str]:
    """Fill the missing cells of one series by its rules; return the filled cells and the text of the finding."""
    by_year = part.drop_duplicates("year").set_index("year").reindex(years)
    values = by_year["value_t"].where(by_year["key"] == "").to_numpy(dtype=np.float64)
    known = np.flatnonzero(np.isfinite(values))
    found, used = values.copy(), np.full(len(years), "", dtype=object)
    for rule in rules:
        after = _spliced(rule, found if rule.method == "extrapolation" else values, years, case)
        new = np.isnan(found) & np.isfinite(after)
        found[new] = after[new]
        used[new] = rule.method + (f" ({rule.indicator})" if rule.indicator else "")
    lines = part[(part["key"] == "NE") & part["year"].isin(years[np.isnan(values) & np.isfinite(found)])]
    if lines.empty:
        return lines, ""
    at = np.searchsorted(years, lines["year"].to_numpy())
    near = known[np.abs(known[None, :] - at[:, None]).argmin(axis=1)]
    base = by_year.iloc[near]
    size = np.maximum(np.abs(base["value_t"].to_numpy(dtype=np.float64)), 1e-12)
    own = (base["high_t"] - base["low_t"]).to_numpy(dtype=np.float64) / 2 / size
    width = combine_product(np.stack([own, half_width("splice.year") * np.abs(at - near)], axis=-1))
    value = found[at]
    note = [f"spliced by {used[i]} from {years[known[0]]}–{years[known[-1]]}" for i in at]
    lines = lines.assign(
        value_t=value, low_t=value - np.abs(value) * width, high_t=value + np.abs(value) * width, key="", grade="E",
        note=note,
    )  # fmt: skip
    return lines[["value_t", "low_t", "high_t", "key", "grade", "note", "year", "gas"]], ", ".join(
        dict.fromkeys(used[at])
    )


def _spliced(rule: Splice, values: FloatArray, years: NDArray[np.int64], case: Case) -> FloatArray:
    if rule.method == "interpolation":
        return splice_by_interpolation(values, years)
    if rule.method == "extrapolation":
        return splice_by_extrapolation(values, years)
    other = _indicator(case, rule.indicator).reindex(years).to_numpy(dtype=np.float64)
    if np.isnan(other).all():
        raise DafengError.at(
            f"observations.csv:{rule.indicator}", Text("这些年份没有数值", "no number in these years"),
            Text("本地或上级的一个指标", "an indicator of the place or its parent"),
        )  # fmt: skip
    return (
        splice_by_overlap(values, other) if rule.method == "overlap" else splice_by_surrogate(values, other)
    )


def _indicator(case: Case, indicator: str) -> "pd.Series[float]":
    """Observations of an indicator by year in one unit: the place's own, else those of its nearest ancestor."""
    owner: Case | None = case
    while owner is not None:
        table = owner.table("observations")
        own = (
            (table["indicator"] == indicator) & (table["region"] == owner.city.code) & table["value"].notna()
        )
        rows = table[own].sort_values(["year", "grade"]).drop_duplicates("year")
        if len(rows):
            unit = str(rows["unit"].iloc[0])
            values = [v * factor(u, unit) for v, u in zip(rows["value"], rows["unit"], strict=True)]
            return pd.Series(values, index=rows["year"].to_numpy(dtype=int), dtype="float64")
        owner = owner.parent
    return pd.Series(dtype="float64")


def _finding(series: Mapping[str, str], lines: pd.DataFrame, how: str, gwp_set: str) -> Finding:
    tonnes = in_equivalents(lines.drop(columns="year"), gwp_set)["value"].to_numpy(dtype=np.float64)
    span = ", ".join(f"{year}: {t / 1e4:,.1f}" for year, t in zip(lines["year"], tonnes, strict=True))
    name = row_title(series["row"]) + (fuel_title(series["fuel"]) if series["fuel"] else "")
    method, *rest = how.split(" ")
    title = _TITLES.get(method.rstrip(","), method) + "".join(rest)
    return Finding(
        "series-spliced",
        Severity.WARNING,
        f"{series['row']} {series['fuel']} {series['gas']}".replace("  ", " "),
        f"{name}({series['gas']})缺年按{title}补齐(万吨CO2e){span};等级E,已公布年份未改动",
        f"{series['row']} {series['fuel']} {series['gas']}: missing years spliced by {how} (10^4 t CO2e) {span}; "
        "grade E, published years unchanged",
    )


def series_table(inventory: Inventory, account: str = "B") -> pd.DataFrame:
    """Compare the totals of `account` year by year, like with like.

    Columns: year, value_t, without (parts of the account that have no number, comma-separated), spliced_t (of
    the value, filled by `spliced`), change_t since the year before as the totals stand, like_t of it between
    cells that are estimated in both years, appeared_t and vanished_t the rest: cells estimated in one of the
    two years only.

    change_t = like_t + appeared_t − vanished_t.

    Parameters
    ----------
    inventory
        The inventory.
    account
        The account.
    """
    lines = []
    before: pd.Series[float] | None = None
    absent_before: set[tuple[str, ...]] = set()
    for total in inventory.totals(account):
        part = inventory.part(account, total.year)
        absent = set(map(tuple, part.loc[part["key"] == "NE", SERIES].to_numpy().tolist()))
        known = part[part["key"] == ""]
        now = known.groupby(SERIES)["value"].sum()
        line = {
            "year": total.year,
            "value_t": total.value_t,
            "without": ",".join(total.without),
            "spliced_t": float(known.loc[known["note"].astype(str).str.startswith("spliced by"), "value"].sum()),
            "change_t": np.nan, "like_t": np.nan, "appeared_t": np.nan, "vanished_t": np.nan,
        }  # fmt: skip
        if before is not None and len(before) and len(now):
            appeared = float(now[[key in absent_before for key in now.index]].sum())
            vanished = float(before[[key in absent for key in before.index]].sum())
            change = float(now.sum() - before.sum())
            line |= {
                "change_t": change,
                "appeared_t": appeared,
                "vanished_t": vanished,
                "like_t": change - appeared + vanished,
            }
        lines.append(line)
        before, absent_before = now, absent
    return pd.DataFrame(lines)
