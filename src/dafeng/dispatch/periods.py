"""Typical days or weeks instead of a whole year, and their loss of accuracy.

Periods are clustered by tsam (Hoffmann et al. 2020, doi 10.3390/en13030641) over every series of the system;
each typical period represents those of its cluster. Storage is cyclic within each, so what it carries from one
to the next is lost: the error against the full horizon measures that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import tsam

from dafeng.dispatch.formulation import MOVES
from dafeng.dispatch.formulation.balance import demand
from dafeng.dispatch.operate import solve
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import SWITCHED
from dafeng.evidence import DafengError, Text

DAY = 24
WEEK = 168


@dataclass(frozen=True)
class Periods:
    """Typical periods of a horizon: first snapshot, how many periods each represents, error of the series.

    `error` is the root mean square error of all series, per unit of their range.
    """

    length: int
    starts: tuple[int, ...]
    weights: tuple[float, ...]
    error: float


@dataclass(frozen=True)
class TypicalPeriods:
    """Systems of the typical periods [period], and the clustering that they come from."""

    systems: tuple[System, ...]
    periods: Periods

    def solve(self, threads: int | None = None) -> tuple[Solution, ...]:
        """Solve each typical period, weighted by what it represents. Raises: as `solve`."""
        return tuple(solve(system, threads=threads) for system in self.systems)


def choose_periods(system: System, count: int, length: int) -> Periods:
    """Cluster the days or weeks of `system` (single hours) into `count` typical ones.

    Of several weeks, the one with the highest load represents itself: what is sized on medoids alone
    lacks the peak. Hours beyond the last whole week are represented by all in their proportion.

    Parameters
    ----------
    system : System
        Checked system.
    count : int
        Number of typical periods.
    length : int
        Snapshots of a period: `DAY` or `WEEK`.

    Raises
    ------
    DafengError
        For a horizon without whole periods, and a count that it does not have.
    """
    hours = len(system.snapshots)
    whole = hours // length
    if not (system.weightings["objective"] == 1.0).all() or not whole or (length == DAY and hours % DAY):
        expected = (
            Text("整日的逐小时数据", "whole days of single hours")
            if length == DAY
            else Text("至少一整周的逐小时数据", "whole weeks of single hours, one or more")
        )
        raise DafengError.at(system.name, f"{hours} snapshots", expected)
    if not 1 <= count <= whole:
        raise DafengError.at("count", str(count), f"1 to {whole}")
    values = _series(system).iloc[: whole * length]
    cells = values.to_numpy().reshape(whole, length, -1)
    alone = _peak(system, whole) if length == WEEK and 1 < count < whole else None
    left = np.array([period for period in range(whole) if period != alone])
    wanted = count - (alone is not None)
    clustering = tsam.aggregate(
        _dated(pd.DataFrame(cells[left].reshape(len(left) * length, -1), columns=values.columns)),
        wanted,
        period_duration=length,
        cluster=tsam.ClusterConfig(method="hierarchical", representation="medoid"),
        preserve_column_means=False,
    )
    order = np.asarray(clustering.cluster_assignments)
    centres = [int(left[period]) for period in clustering.clustering.cluster_centers or ()]
    members = [float((order == cluster).sum()) for cluster in range(wanted)]
    stands_for = np.arange(whole)
    stands_for[left] = [centres[cluster] for cluster in order]
    if alone is not None:
        centres, members = [*centres, alone], [*members, 1.0]
    spread = np.maximum(np.ptp(values.to_numpy(), axis=0), 1e-12)
    error = float(np.sqrt((((cells[stands_for] - cells) / spread) ** 2).mean()))
    scale = hours / (whole * length)
    return Periods(
        length, tuple(length * period for period in centres), tuple(scale * one for one in members), error
    )


def _series(system: System) -> pd.DataFrame:
    """Every series of the system once [snapshot, series]."""
    labels = {f"{c}|{a}|{n}": (c, a, n) for (c, a), frame in system.series.items() for n in frame.columns}
    joined = pd.DataFrame({key: system.series[c, a][n].to_numpy() for key, (c, a, n) in labels.items()})
    return joined.loc[:, ~joined.T.duplicated().to_numpy()]


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.date_range("2001-01-01", periods=len(frame), freq="h"))


def _peak(system: System, whole: int) -> int:
    """Number of the week with the highest load."""
    load = demand(system).sum(axis=1).to_numpy()[: whole * WEEK]
    return int(np.argmax(load)) // WEEK


def typical_periods(system: System, count: int, length: int = DAY) -> TypicalPeriods:
    """Cluster the days or weeks of `system` (given capacities) into `count` typical ones.

    Energy limits over the horizon are shared out by the weights of the periods.

    Parameters
    ----------
    system : System
        Checked system.
    count : int
        Number of typical periods.
    length : int, default DAY
        Snapshots of a period: `DAY` or `WEEK`.

    Raises
    ------
    DafengError
        As `choose_periods`; for extendable capacity, or for limits over the whole horizon, which periods on
        their own cannot keep.
    """
    periods = choose_periods(system, count, length)
    if len(system.table("global_constraints")):
        raise DafengError.at(
            "global_constraints", "a limit over the horizon", "none", "solve the full horizon"
        )
    if any(len(system.extendable(c)) for c in ("generators", "links", "lines", "storage_units", "stores")):
        raise DafengError.at(
            system.name, "extendable capacity", "given capacities", "expand on the full horizon"
        )
    chosen = zip(periods.starts, periods.weights, strict=True)
    return TypicalPeriods(tuple(_period(system, start, length, weight) for start, weight in chosen), periods)


def _period(system: System, start: int, length: int, weight: float) -> System:
    part = slice(start, start + length)
    limits = system.tables["generators"]
    share = length * weight / len(system.snapshots)
    generators = limits.assign(e_sum_min=limits["e_sum_min"] * share, e_sum_max=limits["e_sum_max"] * share)
    # starts are counted by the time, not by the hour: their cost carries the weight
    moves = {(c, a): weight for c in SWITCHED for _, a, hourly in MOVES if not hourly}
    scaled = scaled_costs(system.with_table("generators", generators), moves)
    weights = pd.DataFrame(weight, index=np.arange(length), columns=["objective", "generators"]).assign(
        stores=1.0
    )
    return replace(
        scaled,
        name=f"{system.name} {'day' if length == DAY else 'week'} {start // length + 1} × {weight:g}",
        snapshots=system.snapshots[part],
        weightings=weights,
        series={key: frame.iloc[part].reset_index(drop=True) for key, frame in scaled.series.items()},
    )


def scaled_costs(system: System, factors: Mapping[tuple[str, str], float]) -> System:
    """Return `system` with cost attributes multiplied by `factors` [(component, attribute)], series too."""
    tables, series = dict(system.tables), dict(system.series)
    for (component, attribute), factor in factors.items():
        table = tables[component]
        if len(table):
            tables[component] = table.assign(**{attribute: table[attribute].astype(float) * factor})
        if (component, attribute) in series:
            series[component, attribute] = series[component, attribute] * factor
    return replace(system, tables=tables, series=series)


def typical_summary(
    system: System, count: int, *, length: int = DAY, compare: bool = False, threads: int | None = None
) -> dict[str, Any]:
    """Return cost, CO2 and curtailment of `system` over `count` typical periods, with the clustering's error.

    With `compare`, the whole horizon is solved too and `error` holds the relative errors. Raises: as
    `typical_periods`, `solve`.

    Parameters
    ----------
    system : System
        Checked system.
    count : int
        Number of typical periods.
    length : int, default DAY
        Snapshots of a period: `DAY` or `WEEK`.
    compare : bool, default False
        Whether the whole horizon is solved too.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    """
    typical = typical_periods(system, count, length)
    told = _totals(typical.solve(threads))
    kind = "days" if length == DAY else "weeks"
    result: dict[str, Any] = {
        "system": system.name,
        f"typical_{kind}": count,
        f"{kind}_each_stands_for": list(typical.periods.weights),
        "profile_rms_error": typical.periods.error,
        **told,
    }
    if compare:
        exact = _totals((solve(system, threads=threads),))
        result["exact"] = exact
        result["error"] = _errors(told, exact)
    return result


def _errors(told: Mapping[str, float], exact: Mapping[str, float]) -> dict[str, float]:
    return {key: told[key] / value - 1.0 if value else told[key] for key, value in exact.items()}


def _totals(solutions: tuple[Solution, ...]) -> dict[str, float]:
    return {
        "total_cost": float(sum(s.total_cost for s in solutions)),
        "co2_t": float(sum(s.emissions().sum() for s in solutions)),
        "curtailment_mwh": float(sum(s.curtailment().sum() for s in solutions)),
    }
