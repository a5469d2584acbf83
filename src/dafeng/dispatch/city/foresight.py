"""Expansion over several years on typical weeks: decided year by year, or at once with perfect foresight.

    min  sum_y w(y) [ operation(y) + sum_{b <= y} annuity(b) (C(b) - C(b-1)) ]
    0 <= C(y) - C(y-1) <= limit(y),   C(before the first year) = 0

C(y) is the capacity added until y, by kind; w(y) the present value of the years that y represents: from y to the
next year modelled, the last as long as the one before it (one year where it is alone). Myopic: the years one after
the other, each without w, what is built given. Both have the same limits and are judged by the same sum, so perfect
foresight is never dearer; the difference is what not looking ahead costs.

Each year is represented by the same typical weeks (`periods`), each a copy of the grid of its own, so that neither
storage nor ramps pass from one week to the next. Units may be partly on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import linopy
import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.grid import CityGrid, city_grid
from dafeng.dispatch.city.runs import overrides_in
from dafeng.dispatch.city.tables import PROVINCE
from dafeng.dispatch.operate import solve_prepared
from dafeng.dispatch.periods import WEEK, Periods, choose_periods
from dafeng.dispatch.solution import Solution, costs
from dafeng.dispatch.solve import Prepared
from dafeng.dispatch.week_copies import Copy, joined
from dafeng.evidence import DafengError, Text, track

KINDS = {"wind": "generators", "solar": "generators", "storage": "storage_units"}
"""What may be built, and the component of its candidate `new KIND`."""
APPROACHES = ("myopic", "foresight")


@dataclass(frozen=True)
class Expansion:
    """Expansion of one approach: results by year.

    Columns of `table`: year, added_KIND_mw (built in that year), operation and annuities [CNY a year], co2_t,
    unserved_mwh; `present_value` is the sum of the objective above [CNY of the first year].
    """

    approach: str
    table: pd.DataFrame
    present_value: float


@dataclass(frozen=True)
class Comparison:
    """Myopic expansion and perfect foresight on the same weeks, in the order of `APPROACHES`."""

    periods: Periods
    expansions: tuple[Expansion, ...]

    @property
    def saving(self) -> float:
        """Return what looking ahead saves, CNY of the first year."""
        myopic, foresight = self.expansions
        return myopic.present_value - foresight.present_value

    def table(self) -> pd.DataFrame:
        """Return the years of both approaches, one row per year and approach."""
        return pd.concat(
            [one.table.assign(approach=one.approach) for one in self.expansions], ignore_index=True
        )

    def summary(self) -> dict[str, Any]:
        """Return the comparison as plain numbers."""
        return {
            "typical_weeks": len(self.periods.starts),
            "weeks_each_stands_for": list(self.periods.weights),
            "profile_rms_error": self.periods.error,
            "years": self.table().to_dict("records"),
            "present_value": {one.approach: one.present_value for one in self.expansions},
            "foresight_saves": self.saving,
        }


@dataclass(frozen=True)
class _Year:
    grid: CityGrid
    limits: Mapping[str, float]
    annuities: Mapping[str, float]
    value: float

    @property
    def year(self) -> int:
        return self.grid.year


def compare_foresight(
    case: Case,
    years: Sequence[int],
    *,
    weeks: int = 4,
    cap_t: float | None = None,
    threads: int | None = None,
    each: Callable[[str, int], None] | None = None,
    **options: Any,
) -> Comparison:
    """Expand the grid of `case` over `years` on typical weeks, myopic and with perfect foresight.

    A cap counts as in `run_city`; the CO2 of the province without it is that of the expansion with perfect
    foresight and no cap, for both.

    Parameters
    ----------
    case : Case
        Loaded case.
    years : sequence of int
        Calendar years, two or more.
    weeks : int, default 4
        Number of typical weeks.
    cap_t : float, optional
        Limit of the CO2 of each year, t.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    each : callable, optional
        Called before each problem with its approach and year (0: all years).
    **options : Any
        Options of `city_grid` without limits and horizon.

    Raises
    ------
    DafengError
        For fewer than two years, and from the grid.
    """
    ordered = sorted(set(years))
    if len(ordered) < FEWEST_YEARS:
        raise DafengError.at(
            "--year", ", ".join(map(str, ordered)), Text("至少两个年份", "two years or more"),
            Text("再给一个 --year", "give one more --year"),
        )  # fmt: skip
    modelled = _years(case, ordered, options)
    periods = choose_periods(modelled[0].grid.system, weeks, WEEK)
    plan = _Plan(periods, threads, each)
    caps: dict[int, float] = {}
    if cap_t is not None:
        around = plan.expand("foresight", modelled, {})[1]
        caps = {year: cap_t + co2 for year, co2 in around.items()}
    myopic = plan.expand("myopic", modelled, caps)[0]
    foresight = plan.expand("foresight", modelled, caps)[0]
    return Comparison(periods, (myopic, foresight))


FEWEST_YEARS = 2


def _years(case: Case, years: Sequence[int], options: Mapping[str, Any]) -> list[_Year]:
    spans = np.diff(years)
    stands_for = [*spans, spans[-1]]
    overrides = options.get("overrides") or {}
    rest = {key: value for key, value in options.items() if key != "overrides"}
    since, found = case.city.as_of, []
    for year, length in zip(years, stands_for, strict=True):
        grid = city_grid(
            case, year, expand=True, build_years=max(0, year - since), overrides=overrides_in(overrides, year), **rest
        )  # fmt: skip
        since = max(since, year)
        rows = {kind: grid.system.table(component).loc[f"new {kind}"] for kind, component in KINDS.items()}
        annuities = {
            kind: float(grid.system.periodic_cost(component, pd.Index([f"new {kind}"])).iloc[0])
            for kind, component in KINDS.items()
        }
        rate = float(str(rows["solar"]["discount_rate"]))
        began = year - years[0]
        value = float(sum((1.0 + rate) ** -(began + k) for k in range(int(length))))
        limits = {kind: float(str(row["p_nom_max"])) for kind, row in rows.items()}
        found.append(_Year(grid, limits, annuities, value))
    return found


@dataclass(frozen=True)
class _Plan:
    periods: Periods
    threads: int | None
    each: Callable[[str, int], None] | None

    def expand(
        self, approach: str, years: Sequence[_Year], caps: Mapping[int, float]
    ) -> tuple[Expansion, dict[int, float]]:
        """Expand over `years`; also the CO2 of the province by year, t."""
        rows, around = [], {}
        built = dict.fromkeys(KINDS, 0.0)
        groups = [list(years)] if approach == "foresight" else [[year] for year in years]
        for group in track(approach, groups):
            if self.each is not None:
                self.each(approach, group[0].year if len(group) == 1 else 0)
            copies = self._copies(group, weighted=len(group) > 1)
            solution = self._solve(group, copies, built, caps)
            for year in group:
                row, province = _row(year, copies, solution)
                rows.append(row)
                around[year.year] = province
            built = {kind: float(rows[-1][f"total_{kind}_mw"]) for kind in KINDS}
        table = pd.DataFrame(rows)
        return _expansion(approach, years, table), around

    def _copies(self, years: Sequence[_Year], *, weighted: bool) -> list[Copy]:
        return [
            Copy(year.grid.system, year.year, number, start, weight, year.value if weighted else 1.0)
            for year in years
            for number, (start, weight) in enumerate(
                zip(self.periods.starts, self.periods.weights, strict=True), start=1
            )
        ]

    def _solve(
        self,
        years: Sequence[_Year],
        copies: Sequence[Copy],
        built: Mapping[str, float],
        caps: Mapping[int, float],
    ) -> Solution:
        """Solve the years of `copies` at once, beyond what is built."""
        system = joined(copies, WEEK, {year.year: caps[year.year] for year in years if year.year in caps})
        values = [copies[len(self.periods.starts) * i].value for i in range(len(years))]
        for kind, component in KINDS.items():
            table = system.tables[component].copy()
            for number, year in enumerate(years):
                # what is built in a year is paid in it and all that follow; C(y) counts in C(y+1) - C(y) too
                cost = year.annuities[kind] * sum(values[number:])
                if number + 1 < len(years):
                    cost -= years[number + 1].annuities[kind] * sum(values[number + 1 :])
                names = [copy.name(f"new {kind}") for copy in copies if copy.year == year.year]
                table.loc[names, ["overnight_cost", "fom_cost", "capital_cost"]] = [np.nan, 0.0, 0.0]
                table.loc[names, ["p_nom_min", "p_nom_max"]] = [built[kind], np.inf]
                table.loc[names[0], "capital_cost"] = cost
            system = system.with_table(component, table)
        prepared = Prepared(
            system, threads=self.threads, extend=lambda model: _link(model, years, copies, built)
        )
        return solve_prepared(prepared)


def _link(
    model: linopy.Model, years: Sequence[_Year], copies: Sequence[Copy], built: Mapping[str, float]
) -> None:
    """Add the constraints between the capacities: equal in all weeks of a year, rising by the limit at most."""
    for kind, component in KINDS.items():
        capacity = model.variables[f"{component}-p_nom"]
        before: linopy.Variable | None = None
        for year in years:
            names = [copy.name(f"new {kind}") for copy in copies if copy.year == year.year]
            first = capacity.sel(name=names[0], drop=True)
            for name in names[1:]:
                same = capacity.sel(name=name, drop=True)
                model.add_constraints(same - first == 0, name=f"{component}-same-{name}")
            limit = year.limits[kind]
            if before is None:
                model.add_constraints(first <= built[kind] + limit, name=f"{component}-rise-{names[0]}")
            else:
                model.add_constraints(first - before >= 0, name=f"{component}-stays-{names[0]}")
                model.add_constraints(first - before <= limit, name=f"{component}-rise-{names[0]}")
            before = first


def _row(year: _Year, copies: Sequence[Copy], solution: Solution) -> tuple[dict[str, float], float]:
    """Results of a year from its weeks, and the CO2 of the province, t."""
    mine = [copy for copy in copies if copy.year == year.year]
    table = costs(solution)
    running = table[table["kind"] != "fixed"].groupby("name")["cost"].sum()
    energy, emitted = solution.generation(), solution.emissions()
    generators = solution.system.table("generators")
    operation = co2 = unserved = province = 0.0
    for copy in mine:
        own = generators.index[generators.index.str.endswith(copy.tag)]
        operation += float(running[running.index.str.endswith(copy.tag)].sum()) / copy.value
        co2 += copy.weight * float(emitted.reindex(own).sum())
        there = own[generators.loc[own, "bus"].eq(copy.name(PROVINCE))]
        province += copy.weight * float(emitted.reindex(there).sum())
        lost = own[generators.loc[own, "carrier"].eq(copy.name("lost"))]
        unserved += copy.weight * float(energy[lost].sum())
    row: dict[str, float] = {
        "year": year.year,
        "operation": operation,
        "co2_t": co2,
        "unserved_mwh": unserved,
    }
    for kind, component in KINDS.items():
        row[f"total_{kind}_mw"] = float(solution.capacities[component][mine[0].name(f"new {kind}")])
    return row, province


def _expansion(approach: str, years: Sequence[_Year], table: pd.DataFrame) -> Expansion:
    """Add what is built in each year and the annuities to the results."""
    annuities = np.zeros(len(years))
    for kind in KINDS:
        added = np.diff(table[f"total_{kind}_mw"].to_numpy(float), prepend=0.0)
        table[f"added_{kind}_mw"] = added
        annuities += np.cumsum([year.annuities[kind] * mw for year, mw in zip(years, added, strict=True)])
    table["annuities"] = annuities
    value = sum(year.value * float(table["operation"][i] + annuities[i]) for i, year in enumerate(years))
    columns = [
        "year",
        *(f"added_{kind}_mw" for kind in KINDS),
        "operation",
        "annuities",
        "co2_t",
        "unserved_mwh",
    ]
    return Expansion(approach, table[columns], value)


__all__ = ["APPROACHES", "Comparison", "Expansion", "compare_foresight"]
