"""Diagnosis of a balance: cells and splits contradicted by the other years; grade and range left."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Finding, Severity
from dafeng.inventory.analysis.implied_rates import rates_out_of_range
from dafeng.inventory.balance import identities
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.equivalents import coal_equivalents
from dafeng.inventory.balance.names import fuel_title, row_title
from dafeng.inventory.balance.outlying_cells import (
    BRANCHES,
    FROZEN,
    exchanged,
    out_of_order,
    out_of_place,
    spikes,
    split_change,
)
from dafeng.inventory.balance.refusals import BURNT
from dafeng.inventory.balance.shifted_rows import shifted_block
from dafeng.inventory.balance.vintages import other_levels, two_versions

FloatArray = NDArray[np.float64]

VISIBLE = 0.002
"""Share of the energy of the place and year below which a spike is not reported."""
LARGE = 0.01
"""Share of the energy from which a cell far off both neighbours is a spike though these do not agree: a number
in a row that is empty before and after."""
TOTALS = ("transformation_total", "final_total", "industry", "residential", "subtotal")
"""Kinds of rows that move with a part of them: no cell that has exchanged its number with it."""
BREAK = 0.10
"""Change of the final energy of a place from year to year that is reported as a break."""

_EFFECT = {
    "closure": ("D", 0.1),
    "labels-shifted": ("E", 1.0),
    "spike": ("E", 1.0),
    "exchanged": ("E", 1.0),
    "frozen-split": ("D", 0.2),
    "identical-year": ("D", 0.2),
    "total-break": ("C", 0.1),
    "vintage": ("D", 0.1),
    "vintage-break": ("C", 0.1),
    "two-versions": ("D", 0.05),
    "implied-rate": ("D", 0.05),
}
"""Kind → the grade that the cells keep at best, and the least relative half-width (expert judgement).

A vintage takes its distance from the other version where that is wider, a rate its distance from its range."""

_WORDS = {
    "closure": ("平衡恒等式不闭合", "a balance identity does not close"),
    "labels-shifted": ("行名错位", "labels are shifted"),
    "spike": ("与前后两年都不符", "contradicts both the year before and the year after"),
    "exchanged": ("两行数值互换", "two rows have exchanged their numbers"),
    "frozen-split": (
        "分行业比例与上年相同,当年没有新信息",
        "the split over branches is that of the year before: no news of this year",
    ),
    "identical-year": ("全部数值与上年相同", "all numbers are those of the year before"),
    "total-break": ("终端能源合计突变", "final energy breaks"),
    "vintage": (
        "该年口径版本不同:多数单元一同偏离前后两年(如普查修订前后的数据混用)",
        "the year is of another vintage: most cells are off both neighbours together (as figures from before and after a revision)",
    ),
    "vintage-break": (
        "自该年起口径版本改变:多数单元一同跳变并保持(如普查修订)",
        "another vintage from this year on: most cells break together and stay (as after a census revision)",
    ),
    "two-versions": (
        "文件含该年两个版本,按首次出现的计算",
        "the file has two versions of the year; the first counts",
    ),
    "implied-rate": (
        "该行投入与产出隐含的单耗超出有来源的范围,投入或产出可能有误",
        "the rate implied by input and output of the row is outside its sourced range: one of them may be wrong",
    ),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Doubt about a balance: the cells concerned, and their grade and range.

    `rows` and `fuel` empty: all of them. `energy_share` of the place and year that rests on the cells (NaN:
    not available); `grade` the best that they keep, `half_width` the least relative 95 % half-width of
    their activity.
    """

    kind: str
    region: str
    year: int
    rows: tuple[str, ...]
    fuel: str
    found: str
    energy_share: float
    grade: str
    half_width: float

    def finding(self) -> Finding:
        """Return the doubt as a finding with place, numbers, share of the energy and the grade it leaves."""
        zh, en = _WORDS[self.kind]
        share_zh, share_en = ("", "") if np.isnan(self.energy_share) else (
            f",涉及该地该年能源量的{self.energy_share:.1%}", f", {self.energy_share:.1%} of the energy of its place and year"
        )  # fmt: skip
        place = f"{self.region} {self.year}".strip()
        named = "、".join(row_title(row) for row in self.rows[:3]) + ("…" if len(self.rows) > 3 else "")
        fuel = fuel_title(self.fuel) if self.fuel else ""
        return Finding(
            f"balance-{self.kind}",
            Severity.WARNING,
            f"{place}: {self.fuel}".removesuffix(": "),
            f"{place}{fuel}{named}:{zh}({self.found}){share_zh};等级不高于{self.grade},活动水平区间至少±{self.half_width:.0%},数值未修改",
            f"{place} {self.fuel} {', '.join(self.rows[:3])}: {en} ({self.found}){share_en}; grade {self.grade} at best, activity "
            f"± {self.half_width:.0%} at least, number left unchanged",
        )


def diagnose(balance: Balance) -> list[Diagnosis]:
    """Check a balance against itself and its other years; nothing is corrected.

    Closure of the identities, shifted labels, spikes against both neighbouring years, exchanged cells, splits
    over branches and whole fuels carried over from the year before, breaks of final energy, years of another
    vintage, years in two versions and implied rates outside their range (of measured years). Years need not follow
    each other without a gap; a spike needs the year before and the year after. Where `cells` says which are
    `estimated`, years with estimates are compared with each other alone, and measured years likewise: the step from an
    estimate to a measurement is no doubt about either.

    Parameters
    ----------
    balance
        The energy balance.
    """
    if "estimated" not in balance.cells:
        return _of_series(balance)
    kinds = balance.cells.groupby("year")["estimated"].transform("any")
    return [
        doubt
        for _, part in balance.cells.groupby(kinds, sort=True)
        for doubt in _of_series(replace(balance, cells=part.reset_index(drop=True)))
    ]


def _of_series(balance: Balance) -> list[Diagnosis]:
    """Doubts about years that are all measured or all estimated."""
    cells = balance.cells
    rates = coal_equivalents()
    tce = cells["value"].abs() * cells["fuel"].map(rates).fillna(0.0)
    burning = cells["kind"].isin(BURNT - {"industry"} if (cells["kind"] == "branch").any() else BURNT)
    energy = tce[burning].groupby([cells["region"], cells["year"]]).sum()
    found = _closure(balance)
    for (region, fuel), part in cells.groupby(["region", "fuel"], sort=True):
        if part["year"].nunique() == 1:
            continue
        table = part.pivot_table(index=["kind", "row"], columns="year", values="value", aggfunc="sum").fillna(
            0.0
        )
        rate = rates.get(str(fuel), 0.0)
        of_year = {int(year): float(energy.get((region, year), np.nan)) for year in table.columns}
        found += _of_fuel(str(region), str(fuel), table, rate, of_year)
    found = _across_fuels(cells, rates, energy, found)
    cells = cells.assign(tce=tce)
    found = _shifted_rows(cells, found)
    totals, parts = (cells[cells["kind"].isin(kinds)] for kinds in (("final_total",), ("final", "branch")))
    told = _vintages(balance, parts if len(parts) else totals, energy) + _rates(cells, burning, energy)
    # the break into and out of a year of another vintage is that vintage
    off = {
        (d.region, d.year + after)
        for d in told
        for after in ((0, 1) if d.kind == "vintage" else (0,))
        if d.kind not in ("two-versions", "implied-rate")
    }
    return (
        found + told + [d for d in _breaks(totals if len(totals) else parts) if (d.region, d.year) not in off]
    )


def _vintages(balance: Balance, final: pd.DataFrame, energy: "pd.Series[float]") -> list[Diagnosis]:
    found = []
    for one in [*other_levels(final), *two_versions(balance.cells, balance.refused)]:
        share = 1.0
        if one.rows:
            cells = balance.cells
            mine = cells[
                (cells["region"] == one.region)
                & (cells["year"] == one.year)
                & cells["row"].isin(one.rows)
                & (cells["fuel"] == one.fuel)
            ]
            tce = float(mine["value"].abs().sum()) * coal_equivalents().get(one.fuel, 0.0)
            share = tce / float(energy.get((one.region, one.year), np.nan))
        grade, least = _EFFECT[one.kind]
        change = float(np.expm1(one.change))
        told = f"{change:+.1%},{one.cells}个单元 cells"
        width = min(max(least, abs(change)), 1.0)
        found.append(Diagnosis(one.kind, one.region, one.year, one.rows, one.fuel, told, share, grade, width))
    return found


def _rates(cells: pd.DataFrame, burning: "pd.Series[bool]", energy: "pd.Series[float]") -> list[Diagnosis]:
    """Implied rates outside their range; an estimated row is a share of other places, with a range of its own."""
    found, (grade, least) = [], _EFFECT["implied-rate"]
    burnt = cells[burning].groupby(["region", "year", "row"])["tce"].sum()
    measured = cells[~cells["estimated"].to_numpy(dtype=bool)] if "estimated" in cells else cells
    for region, year, row, told, off in rates_out_of_range(measured):
        share = float(burnt.get((region, year, row), np.nan)) / float(energy.get((region, year), np.nan))
        width = min(max(least, off), 1.0)
        found.append(Diagnosis("implied-rate", region, year, (row,), "", told, share, grade, width))
    return found


def _diagnosis(
    kind: str, region: str, year: int, rows: Iterable[str], fuel: str, found: str, energy_share: float
) -> Diagnosis:
    return Diagnosis(kind, region, year, tuple(rows), fuel, found, energy_share, *_EFFECT[kind])


def _closure(balance: Balance) -> list[Diagnosis]:
    found = []
    for (region, year), part in balance.cells.groupby(["region", "year"], sort=True):
        rows, fuels, values = identities.matrix(part)
        if identities.shifted_labels(rows, fuels, values) is not None:
            found.append(_diagnosis("labels-shifted", str(region), int(str(year)), (), "", "", np.nan))
            continue
        _, failing = identities.residuals(rows, fuels, values)
        by_fuel: dict[str, list[str]] = {}
        for r in failing:
            by_fuel.setdefault(r.fuel, []).append(f"{r.identity} {r.found:,.2f} ≠ {r.expected:,.2f}")
        for fuel, told in by_fuel.items():
            found.append(
                _diagnosis("closure", str(region), int(str(year)), (), fuel, "; ".join(told), np.nan)
            )
    return found


def _of_fuel(
    region: str, fuel: str, table: pd.DataFrame, rate: float, energy: dict[int, float]
) -> list[Diagnosis]:
    """Spikes, exchanged cells and carried-over splits of one fuel; `table` [row, year] in fuel units."""
    found: list[Diagnosis] = []
    years = [int(y) for y in table.columns]
    values = table.to_numpy(dtype=np.float64)
    rows = [str(row) for _, row in table.index]
    branch = np.array([kind == "branch" for kind, _ in table.index])
    amounts = np.array(
        [kind not in ("difference", "consumption_total", "supply_total") for kind, _ in table.index]
    )
    parts = amounts & np.array([kind not in TOTALS for kind, _ in table.index])
    for i, year in enumerate(years):
        size = energy[year] if energy[year] > 0 else np.nan
        if 0 < i < len(years) - 1 and years[i + 1] - years[i - 1] == 2:
            around = (values[:, i - 1], values[:, i], values[:, i + 1])
            found += _told_spikes(region, fuel, year, rows, around, amounts, parts, rate / size)
        if i and years[i] - years[i - 1] == 1:
            found += _carried_over(region, fuel, year, values[:, i - 1], values[:, i], branch, rate / size)
    return found


def _told_spikes(
    region: str, fuel: str, year: int, rows: list[str], values: tuple[FloatArray, FloatArray, FloatArray],
    amounts: NDArray[np.bool_], parts: NDArray[np.bool_], per_unit: float,
) -> list[Diagnosis]:  # fmt: skip
    """Spikes and exchanged cells (`parts` of totals alone) of one fuel and year; `per_unit` is the share of the energy of one fuel unit."""
    before, now, after = values
    middle = (before + after) / 2
    visible = amounts & (np.abs(now - before) * np.nan_to_num(per_unit) > VISIBLE)
    large = amounts & (
        np.minimum(np.abs(now - before), np.abs(now - after)) * np.nan_to_num(per_unit) > LARGE
    )
    found: list[Diagnosis] = []
    taken: set[int] = set()
    for i, j in exchanged(before, now, after, visible & parts):
        told = f"{now[i]:,.0f} ⇄ {now[j]:,.0f}"
        share = float((np.abs(now[i]) + np.abs(now[j])) * per_unit)
        found.append(_diagnosis("exchanged", region, year, (rows[i], rows[j]), fuel, told, share))
        taken |= {i, j}
    alone = (spikes(before, now, after) & visible) | (out_of_place(before, now, after) & large)
    for i in np.flatnonzero(alone).tolist():
        if i not in taken:
            told = f"{before[i]:,.0f} → {now[i]:,.0f} → {after[i]:,.0f}"
            share = float(max(abs(now[i]), abs(middle[i])) * per_unit)
            found.append(_diagnosis("spike", region, year, (rows[i],), fuel, told, share))
    return found


def _across_fuels(
    cells: pd.DataFrame, rates: dict[str, float], energy: "pd.Series[float]", found: list[Diagnosis]
) -> list[Diagnosis]:
    """Add the fuels of a row that have exchanged their printed numbers, in place of the two spikes."""
    swapped: list[Diagnosis] = []
    for region, part in cells[~cells["kind"].isin(TOTALS)].groupby("region", sort=True):
        table = part.pivot_table(
            index=["row", "fuel"], columns="year", values=["printed", "value"], aggfunc="sum"
        ).fillna(0.0)
        row_of = table.index.get_level_values("row").to_numpy(dtype=object)
        fuel_of = table.index.get_level_values("fuel").to_numpy(dtype=object)
        rate = np.array([rates.get(str(fuel), 0.0) for fuel in fuel_of])
        years = sorted({int(year) for year in part["year"].unique()})
        printed, value = (np.asarray(table[name], dtype=np.float64) for name in ("printed", "value"))
        for k in range(1, len(years) - 1):
            size = float(energy.get((region, years[k]), np.nan))
            if years[k + 1] - years[k - 1] != 2 or not size > 0:
                continue
            before, now, after = printed[:, k - 1], printed[:, k], printed[:, k + 1]
            tce = np.abs(value[:, [k - 1, k]]).max(axis=1) * rate / size
            off = np.flatnonzero(out_of_order(before, now, after) & (tce > VISIBLE))
            for row in dict.fromkeys(row_of[off]):
                of_row = off[row_of[off] == row]
                pairs = exchanged(before[of_row], now[of_row], after[of_row], np.full(len(of_row), True))
                for i, j in ((int(of_row[i]), int(of_row[j])) for i, j in pairs):
                    told = f"{fuel_title(str(fuel_of[i]))} {now[i]:,.0f} ⇄ {fuel_title(str(fuel_of[j]))} {now[j]:,.0f}"
                    swapped += [
                        _diagnosis(
                            "exchanged",
                            str(region),
                            years[k],
                            (str(row),),
                            str(fuel_of[c]),
                            told,
                            float(tce[c]),
                        )
                        for c in (i, j)
                    ]
    gone = {(d.region, d.year, d.rows, d.fuel) for d in swapped}
    return [d for d in found if d.kind != "spike" or (d.region, d.year, d.rows, d.fuel) not in gone] + swapped


def _shifted_rows(cells: pd.DataFrame, found: list[Diagnosis]) -> list[Diagnosis]:
    """Add years whose rows of final use stand some lines off, in place of the spikes that this makes."""
    shifted: list[Diagnosis] = []
    known = {(d.region, d.year) for d in found if d.kind == "labels-shifted"}
    for region, part in cells[cells["kind"].isin(("branch", "final"))].groupby("region", sort=True):
        table = part.pivot_table(index="row", columns="year", values="tce", aggfunc="sum").fillna(0.0)
        table = table.loc[part.groupby("row")["order"].min().sort_values(kind="stable").index]
        by_year = {int(year): table[year].to_numpy(dtype=np.float64) for year in table.columns}
        for year, now in by_year.items():
            if year - 1 not in by_year or year + 1 not in by_year or (str(region), year) in known:
                continue
            block = shifted_block(by_year[year - 1], now, by_year[year + 1])
            if block is not None:
                first, last, lines = block
                rows = tuple(str(row) for row in table.index[first : last + 1])
                told = f"{row_title(rows[0])}…{row_title(rows[-1])} {lines:+d}行 lines"
                share = float(now[first : last + 1].sum() / now.sum())
                shifted.append(_diagnosis("labels-shifted", str(region), year, rows, "", told, share))
    off = {(d.region, d.year): set(d.rows) for d in shifted}
    cell = ("spike", "exchanged")
    kept = [d for d in found if d.kind not in cell or not set(d.rows) & off.get((d.region, d.year), set())]
    return kept + shifted


def _carried_over(
    region: str,
    fuel: str,
    year: int,
    before: FloatArray,
    now: FloatArray,
    branch: NDArray[np.bool_],
    per_unit: float,
) -> list[Diagnosis]:
    used = now != 0
    if used.sum() > BRANCHES and np.array_equal(before, now):
        told = f"{int(used.sum())}行 rows"
        return [
            _diagnosis("identical-year", region, year, (), fuel, told, float(np.abs(now).max() * per_unit))
        ]
    a, b = before[branch], now[branch]
    if np.count_nonzero(b) < BRANCHES or not a.sum() > 0 or not b.sum() > 0:
        return []
    change, moved = split_change(a, b)
    if change >= FROZEN:
        return []
    told = f"{np.count_nonzero(b)}个行业,比例变化至多{change:.0e}" + (
        f",另有{moved}个变动 moved" if moved else ""
    )
    return [_diagnosis("frozen-split", region, year, (), fuel, told, float(b.sum() * per_unit))]


def _breaks(final: pd.DataFrame) -> list[Diagnosis]:
    """Years whose final energy is more than a tenth off the year before."""
    totals = final.groupby(["region", "year"])["tce"].sum()
    found = []
    for region, series in totals.groupby(level="region"):
        years, amounts = series.index.get_level_values("year").tolist(), series.to_numpy()
        for i in range(1, len(years)):
            if years[i] - years[i - 1] == 1 and amounts[i - 1] > 0:
                change = amounts[i] / amounts[i - 1] - 1
                if abs(change) > BREAK:
                    found.append(
                        _diagnosis("total-break", str(region), int(years[i]), (), "", f"{change:+.1%}", 1.0)
                    )
    return found
