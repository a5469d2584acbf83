"""Checks of an inventory for its reader: outliers, gaps to other estimates, doubtful signs."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import ESTIMATED_ENERGY, SHARES_SOURCE, Case
from dafeng.evidence import Finding, NotationKey, Severity, difference_as_shown
from dafeng.inventory.accounts.categories import CEMENT_ROW, categories
from dafeng.inventory.accounts.downscaling import distinct
from dafeng.inventory.accounts.electricity_balance import observed
from dafeng.inventory.accounts.model import ACCOUNTS, COMBUSTION, Inventory
from dafeng.inventory.accounts.raw_activities import contradictions, stated
from dafeng.inventory.analysis.carbon_balance import inventory_gas_balances
from dafeng.inventory.analysis.gdp_vintages import gdp_findings
from dafeng.inventory.analysis.time_series import spliced_processes
from dafeng.inventory.balance.names import fuel_names, fuel_title, row_names

JUMP = 4.0
"""A cell that changes by this factor in one year and moves the place's energy by 0.2 % is an outlier."""

BREAK = 0.5
"""Share of a fuel's industrial use that changes its branch within a year: a break of the statistics."""

_MANY_FUELS = 3
_VISIBLE = 0.002
REFERENCES = {"co2_ceads_city": "CEADs", "co2_edgar_v8": "EDGAR v8", "co2_ceads_province": "CEADs"}


def findings_of(inventory: Inventory, case: Case) -> list[Finding]:
    """Return the findings on the finished inventory; nothing is tuned to any of them."""
    found = _structure_breaks(inventory)
    found += _outliers(inventory, {int(finding.where.split()[-1]) for finding in found})
    found += _process_reason(inventory)
    found += _cement_without_kilns(case)
    found += _references(inventory, case)
    found += _gas_beside_coke(inventory)
    found += _import_sign(inventory)
    found += _generation_check(inventory, case)
    found += _not_estimated(inventory)
    found += _contradictory_activities(case)
    found += gdp_findings(case)
    return found


def _contradictory_activities(case: Case) -> list[Finding]:
    """Activities whose sources of one grade contradict each other: none of them is taken."""
    frame = case.table("activities")
    found = []
    for rows in contradictions(frame[frame["region"] == case.city.code]):
        name, year = str(rows.iloc[0]["activity"]), int(rows.iloc[0]["year"])
        listed = stated(rows)
        found.append(
            Finding(
                "two-sources", Severity.CONFLICT, f"activities:{name}:{year}",
                f"{name} {year}年有等级相同的不同来源:{listed};都不采用,排放为NE。请在activities.csv中删去一行或改正其等级。",
                f"Sources of one grade for {name} in {year}: {listed}; neither is taken, the emission is NE. Delete one row of "
                "activities.csv or correct its grade.",
                tuple(rows["source"]),
            )
        )  # fmt: skip
    return found


def _outliers(inventory: Inventory, broken: set[int]) -> list[Finding]:
    """Cells that jump; industrial branches only in years in which their whole split does not break."""
    series, by_year = _yearly(inventory.cells, ("row", "fuel"), "energy_tj")
    found = []
    for year in _comparable(inventory, by_year):
        before, now = by_year[year - 1], by_year[year]
        visible = np.abs(now - before) > _VISIBLE * before.sum()
        jump = (now > JUMP * before) | (before > JUMP * now)
        for i in np.flatnonzero(visible & jump):
            row, fuel = series[int(i)]
            if year in broken and row_names()[row].kind == "branch":
                continue
            change = f"{before[i]:,.0f} → {now[i]:,.0f} TJ"
            found.append(
                Finding(
                    "outlier",
                    Severity.WARNING,
                    f"{row}, {fuel}, {year}",
                    f"{row_names()[row].zh}的{fuel_names()[fuel].zh}在{year}年突变({change}),存疑,未修改",
                    f"{fuel} of {row} jumps in {year} ({change}): doubtful, left unchanged",
                    ("energy.csv",),
                )
            )
    return found


def _comparable(inventory: Inventory, by_year: Collection[int]) -> list[int]:
    """Years that the year before may be compared with: both there, both measured or both estimated."""
    source = inventory.cells["source"].to_numpy(dtype=object)
    estimates = [text for text in set(source.tolist()) if ESTIMATED_ENERGY in str(text)]
    burnt = (inventory.cells["category"] == COMBUSTION).to_numpy() & np.isin(source, estimates)
    estimated = set(inventory.cells["year"].to_numpy()[burnt].tolist()) if estimates else set()
    return [
        year
        for year in inventory.years[1:]
        if {year - 1, year} <= set(by_year) and (year in estimated) == (year - 1 in estimated)
    ]


def _yearly(
    cells: pd.DataFrame, names: tuple[str, str], value: str, **only: str
) -> tuple[list[tuple[str, str]], dict[int, NDArray[np.float64]]]:
    """Sum `value` of combustion by two texts and year: the pairs in their order, and the sums of all pairs by year."""
    # columns one by one: a filter of all of them takes more than what is done here
    chosen = np.flatnonzero(cells["category"].to_numpy(dtype=object) == COMBUSTION)
    for name, text in only.items():
        chosen = chosen[cells[name].to_numpy(dtype=object)[chosen] == text]
    texts, at = distinct(*(cells[name].to_numpy(dtype=object)[chosen] for name in names))
    pairs = list(zip(*texts, strict=True))
    order = sorted(range(len(pairs)), key=pairs.__getitem__)
    rank = np.argsort(order) if order else np.zeros(0, dtype=np.intp)
    years, when = np.unique(cells["year"].to_numpy(dtype=np.int64)[chosen], return_inverse=True)
    sums = np.bincount(
        when * len(pairs) + rank[at],
        np.nan_to_num(cells[value].to_numpy(dtype=np.float64)[chosen]),
        len(years) * len(pairs),
    ).reshape(len(years), len(pairs))
    return [pairs[i] for i in order], dict(zip(years.tolist(), sums, strict=True))


def reference_table(inventory: Inventory, case: Case) -> pd.DataFrame:
    """Compare the inventory with other estimates [reference, year].

    Columns: theirs and ours in t CO2, account, gap = ours − theirs.

    CEADs counts energy and cement process in the territory, EDGAR fossil CO2 and processes: both are compared
    with the CO2 of account B. Like with like: where the processes of a year are not estimated and can be spliced,
    ours holds them spliced (`process_spliced_t`). They are never used to tune.

    Parameters
    ----------
    inventory
        The inventory.
    case
        The case.
    """
    found = _observed_references(case)
    known = {int(y) for series in found.values() for y in series.index} & set(inventory.years)
    table = pd.DataFrame(_beside(inventory, found, sorted(known)), columns=_BESIDE)
    table["gap_t"] = table["ours_t"] - table["theirs_t"]
    return table


_BESIDE = ["reference", "indicator", "year", "theirs_t", "ours_t", "low_t", "high_t", "process_spliced_t"]


def _observed_references(case: Case) -> dict[str, "pd.Series[float]"]:
    return {name: observed(case, name, case.city.code, "tCO2") for name in REFERENCES}


def _beside(
    inventory: Inventory, found: Mapping[str, "pd.Series[float]"], years: list[int]
) -> list[dict[str, Any]]:
    """References of `years` with the inventory's own value next to them."""
    ours = {total.year: total for total in inventory.totals("B", years)}
    lines: list[dict[str, Any]] = []
    names = ["year", "category", "gas", "key", "value_t"]
    cells = inventory.cells[names][np.isin(inventory.cells["year"].to_numpy(), years)]
    counted = cells["category"].isin(ACCOUNTS["B"]) & (cells["gas"] == "CO2") & (cells["key"] == "")
    co2_of = cells[counted].groupby("year")["value_t"].sum()
    processes = spliced_processes(inventory)
    for year in years:
        added = processes.get(year, 0.0)
        co2 = float(co2_of.get(year, 0.0)) + added
        for indicator, series in found.items():
            if year in series.index:
                theirs = float(series[year])
                lines.append(
                    {
                        "reference": REFERENCES[indicator],
                        "indicator": indicator,
                        "year": year,
                        "theirs_t": theirs,
                        "ours_t": co2,
                        "low_t": ours[year].low_t + added,
                        "high_t": ours[year].high_t + added,
                        "process_spliced_t": added,
                    }
                )
    return lines


def _references(inventory: Inventory, case: Case) -> list[Finding]:
    observed_by = _observed_references(case)
    within = {
        name: {int(y) for y in series.index} & set(inventory.years) for name, series in observed_by.items()
    }
    counts = Counter(year for years in within.values() for year in years)
    # the latest year of each, and the latest that several speak of: the others tell nothing here
    asked = {max(years) for years in within.values() if years}
    asked |= {max((year for year, count in counts.items() if count > 1), default=0)} - {0}
    lines = _beside(inventory, observed_by, sorted(asked))
    latest = {line["reference"]: line for line in sorted(lines, key=lambda line: int(line["year"]))}
    found = []
    for name, line in latest.items():
        year, ours, theirs = int(line["year"]), line["ours_t"] / 1e6, line["theirs_t"] / 1e6
        inside = line["low_t"] <= line["theirs_t"] <= line["high_t"]
        added = float(line["process_spliced_t"])
        told = ("", "") if not added else (
            f"(含按趋势外推的工业过程{added / 1e4:,.0f},口径一致)", f" (with {added / 1e6:.1f} of processes spliced, so that like is compared with like)"
        )  # fmt: skip
        found.append(
            Finding(
                "reference-gap",
                Severity.NOTE if inside else Severity.CONFLICT,
                f"{name} {year}",
                f"{year}年B口径的CO2为{100 * ours:,.0f}万吨{told[0]},{name}为{100 * theirs:,.0f},相差{difference_as_shown(100 * ours, 100 * theirs, 0):+,.0f};未据此调整",
                f"CO2 of account B in {year} is {ours:.1f} Mt{told[1]}, {name} {theirs:.1f}: gap {difference_as_shown(ours, theirs, 1):+.1f}; "
                "nothing is tuned to it",
                (str(line["indicator"]),),
            )
        )
    by_year: dict[int, list[tuple[str, float]]] = {}
    for line in lines:
        by_year.setdefault(int(line["year"]), []).append((str(line["reference"]), float(line["theirs_t"])))
    shared = [year for year, names in by_year.items() if len(names) > 1]
    if shared:
        year = max(shared)
        listed = ", ".join(f"{name} {theirs / 1e6:.1f}" for name, theirs in by_year[year])
        listed_zh = "、".join(f"{name} {theirs / 1e4:,.0f}" for name, theirs in by_year[year])
        found.append(
            Finding(
                "references-disagree",
                Severity.CONFLICT,
                str(year),
                f"{year}年各家估算相互矛盾(万吨CO2):{listed_zh}",
                f"estimates of {year} disagree (Mt CO2): {listed}",
            )
        )
    return found


def _structure_breaks(inventory: Inventory) -> list[Finding]:
    """Fuels whose split over the industrial branches changes from one year to the next by more than half."""
    found = []
    series, by_year = _yearly(inventory.cells, ("fuel", "row"), "activity", sector="industry")
    fuel_of, names = pd.factorize(np.array([fuel for fuel, _ in series], dtype=object))
    shares = {}
    for year, used in by_year.items():
        total = np.bincount(fuel_of, used, len(names))[fuel_of]
        shares[year] = np.divide(used, total, out=np.full(len(used), np.nan), where=total != 0.0)
    for year in _comparable(inventory, shares):
        change = np.nan_to_num(np.abs(shares[year] - shares[year - 1]))
        moved = np.bincount(fuel_of, change, len(names)) / 2
        fuels = [str(fuel) for fuel, part in zip(names, moved, strict=True) if part > BREAK]
        if len(fuels) >= _MANY_FUELS:
            found.append(
                Finding(
                    "branch-structure-break",
                    Severity.WARNING,
                    f"energy.csv {year}",
                    f"{year}年起分行业结构断裂({'、'.join(map(fuel_title, fuels))}):按行业看趋势不可靠,合计仍可用",
                    f"the split over branches breaks in {year} ({', '.join(fuels)}): trends by branch are not "
                    "reliable, totals are",
                    ("energy.csv",),
                )
            )
    return found


def _cement_without_kilns(case: Case) -> list[Finding]:
    """Cement of the province split by population: a city of kilns may lie several times too low, which no range here holds."""
    proxies = case.table("proxies")
    here = (proxies["row"] == CEMENT_ROW) & (proxies["source"] == SHARES_SOURCE) & (proxies["year"] == case.city.base_year)  # fmt: skip
    if not here.any():
        return []
    return [
        Finding(
            "cement-without-kilns", Severity.WARNING, f"proxies.csv:{CEMENT_ROW}",
            "全省水泥按常住人口分到各市(没有可随软件提供的窑列表):水泥窑集中的市可能低数倍(EDGAR为云浮、贵港、清远、黄石起草值的4–6倍),"
            "区间不含这一误差;请填熟料或水泥产量(dafeng data form)",
            "the cement of the province is split by population (no list of kilns may be shipped): a city with many kilns may lie several times "
            "too low (EDGAR has 4 to 6 times the draft of Yunfu, Guigang, Qingyuan and Huangshi), which the range does not hold; "
            "give the output of clinker or cement (dafeng data form)",
            ("proxies.csv",),
        )
    ]  # fmt: skip


def _process_reason(inventory: Inventory) -> list[Finding]:
    process = inventory.cells[(inventory.cells["row"].to_numpy(dtype=object) == CEMENT_ROW)]
    absent = process[process["key"] == "NE"]
    if absent.empty:
        return []
    years = ", ".join(str(y) for y in absent["year"])
    reason = "; ".join(dict.fromkeys(str(n) for n in absent["note"] if n))
    # a note of the data in English alone is for the English sentence
    reason_zh = "" if reason.isascii() else f":{reason}"
    reason_en = f": {reason}" if reason else ""
    return [
        Finding(
            "process-not-estimated",
            Severity.WARNING,
            f"process {years}",
            f"{years}年水泥过程排放未估算(NE),B口径因此偏低{reason_zh}",
            f"cement process emissions of {years} not estimated (NE), account B is low by them{reason_en}",
            ("co2_ceads_process",),
        )
    ]


def _gas_beside_coke(inventory: Inventory) -> list[Finding]:
    """CO2 of furnace gases counted again with coke and coal, by the carbon balance of the furnaces: told, not deducted."""
    balances = [balance for balance in inventory_gas_balances(inventory) if balance.twice_t > 0]
    if not balances:
        return []
    of = min(balances, key=lambda balance: abs(balance.year - inventory.base_year))
    cells = inventory.cells[["year", "gas", "category", "value_t"]]
    now = cells[cells["year"].to_numpy() == of.year]
    total = now["value_t"][(now["gas"] == "CO2") & now["category"].isin(ACCOUNTS["A"])].sum()
    share = of.twice_t / total if total > 0 else float("nan")
    span = f"{balances[0].year}–{balances[-1].year}"
    twice, low, high, without = (
        value / 1e4 for value in (of.twice_t, of.low_t, of.high_t, total - of.twice_t)
    )
    least, most = (pick(balance.twice_t for balance in balances) / 1e4 for pick in (min, max))
    fuel, gas = of.fuel_carbon_t / 1e4, of.gas_carbon_t / 1e4
    return [
        Finding(
            "byproduct-gas-beside-coke",
            Severity.WARNING,
            f"steel {of.year}",
            f"高炉、转炉煤气与其焦炭、煤并列计入:{of.year}年重复{twice:,.0f}万吨CO2({low:,.0f}–{high:,.0f},A口径的{share:.1%}),"
            f"{span}年{least:,.0f}–{most:,.0f}万吨;炉内碳平衡:焦炭和煤含碳{fuel:,.0f}万吨,煤气含碳{gas:,.0f}万吨;"
            f"扣除后A口径为{without:,.0f}万吨,公布值不改",
            f"gases of blast furnaces and converters are counted with their coke and coal: {twice:,.0f} × 10⁴ t CO2 twice in {of.year} "
            f"({low:,.0f}–{high:,.0f}, {share:.1%} of account A), {least:,.0f}–{most:,.0f} in {span}; carbon of the furnaces: {fuel:,.0f} × 10⁴ t "
            f"in coke and coal, {gas:,.0f} in the gases; without them account A is {without:,.0f}, the stated value is unchanged",
            ("energy.csv",),
        )
    ]


def _import_sign(inventory: Inventory) -> list[Finding]:
    power = inventory.power
    open_years = power[(power["net_import_low_mwh"] < 0) & (power["net_import_high_mwh"] > 0)]
    if open_years.empty:
        return []
    listed = ", ".join(str(y) for y in open_years.index)
    return [
        Finding(
            "import-sign-open",
            Severity.WARNING,
            f"electricity {listed}",
            f"{listed}年净调入电量的区间跨零:调入还是调出尚不能判定(本市用电量未公布)",
            f"net electricity import of {listed} has a range across zero: import or export cannot be told, the "
            "city's electricity use is not published",
        )
    ]


def _generation_check(inventory: Inventory, case: Case) -> list[Finding]:
    seen = observed(case, "electricity_generation_above_scale", case.city.code, "MWh")
    if seen.empty or inventory.power["generation_mwh"].isna().all():
        return []
    ours = inventory.power["generation_mwh"].dropna()
    year, first = int(ours.index[-1]), int(seen.index[0])
    return [
        Finding(
            "generation-check",
            Severity.NOTE,
            f"electricity {first}",
            f"估算{year}年发电{ours.iloc[-1] / 1e6:.1f} TWh;公布的{first}年规上发电{seen.iloc[0] / 1e6:.1f} TWh"
            "(期间新机组投产,仅作核对)",
            f"estimated generation of {year} {ours.iloc[-1] / 1e6:.1f} TWh; published above-scale generation of "
            f"{first} {seen.iloc[0] / 1e6:.1f} TWh (new units came between: a check only)",
        )
    ]


def _not_estimated(inventory: Inventory) -> list[Finding]:
    absent = inventory.cells[inventory.cells["key"].to_numpy(dtype=object) == NotationKey.NE.value]
    base = absent[absent["year"] == min(inventory.years, key=lambda y: abs(y - inventory.base_year))]
    titles = {c.id: (c.zh, c.en) for c in categories()}
    fuels = {f.fuel: (f.zh, f.fuel) for f in fuel_names().values()}
    process = ("水泥工艺过程", "cement process")
    named = [
        fuels[fuel] if fuel else titles.get(row, process)
        for row, fuel in zip(base["row"], base["fuel"], strict=True)
    ]
    names = list(dict.fromkeys(named))
    if not names:
        return []
    return [
        Finding(
            "not-estimated",
            Severity.WARNING,
            "account B",
            f"未估算(NE),不按零计:{'、'.join(zh for zh, _ in names)}",
            f"not estimated (NE), never counted as zero: {', '.join(en for _, en in names)}",
        )
    ]
