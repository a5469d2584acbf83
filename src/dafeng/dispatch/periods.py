"""Typical days instead of a whole year, and their loss of accuracy.

Days are clustered by tsam (Hoffmann et al. 2020, doi 10.3390/en13030641) over every series of the system;
each typical day represents the days of its cluster. Storage is cyclic within each day, so seasonal storage
is lost: the error against the full year measures that.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import tsam

from dafeng.dispatch.operate import solve
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.evidence import DafengError

DAY = 24


@dataclass(frozen=True)
class TypicalDays:
    """Typical days: solutions [day], the days each represents, and the clustering's error per series."""

    systems: tuple[System, ...]
    weights: tuple[float, ...]
    profile_error: float

    def solve(self, threads: int | None = None) -> tuple[Solution, ...]:
        """Solve each typical day, weighted by the days it represents. Raises: as `solve`."""
        return tuple(solve(system, threads=threads) for system in self.systems)


def typical_days(system: System, count: int) -> TypicalDays:
    """Cluster the days of `system` (hourly, whole days, given capacities) into `count` typical days.

    `profile_error` is the root mean square error of all series, per unit of their range. Energy limits over
    the horizon are shared out by the days' weights.

    Parameters
    ----------
    system : System
        Checked system.
    count : int
        Number of typical days.

    Raises
    ------
    DafengError
        For another horizon, for extendable capacity, or for limits over the whole horizon, which days on
        their own cannot keep.
    """
    hours = len(system.snapshots)
    if hours % DAY or not (system.weightings["objective"] == 1.0).all():
        raise DafengError.at(system.name, f"{hours} snapshots", "whole days of single hours")
    days = hours // DAY
    if not 1 <= count <= days:
        raise DafengError.at("count", str(count), f"1 to {days}")
    if len(system.table("global_constraints")):
        raise DafengError.at(
            "global_constraints", "a limit over the horizon", "none", "solve the full horizon"
        )
    if any(len(system.extendable(c)) for c in ("generators", "links", "lines", "storage_units", "stores")):
        raise DafengError.at(
            system.name, "extendable capacity", "given capacities", "expand on the full horizon"
        )
    labels = {f"{c}|{a}|{n}": (c, a, n) for (c, a), frame in system.series.items() for n in frame.columns}
    joined = pd.DataFrame({key: system.series[c, a][n].to_numpy() for key, (c, a, n) in labels.items()})
    joined.index = pd.date_range("2001-01-01", periods=hours, freq="h")
    unique = joined.loc[:, ~joined.T.duplicated().to_numpy()]
    clustering = tsam.aggregate(
        unique,
        count,
        period_duration=DAY,
        cluster=tsam.ClusterConfig(method="hierarchical", representation="medoid"),
        preserve_column_means=False,
    )
    order = np.asarray(clustering.cluster_assignments)
    centres = [int(day) for day in clustering.clustering.cluster_centers or ()]
    weights = [float((order == cluster).sum()) for cluster in range(count)]
    systems = tuple(
        _day(system, centre, weight, hours) for centre, weight in zip(centres, weights, strict=True)
    )
    represented = np.concatenate(
        [unique.to_numpy()[centres[c] * DAY : (centres[c] + 1) * DAY] for c in order]
    )
    spread = np.maximum(np.ptp(unique.to_numpy(), axis=0), 1e-12)
    error = float(np.sqrt((((represented - unique.to_numpy()) / spread) ** 2).mean()))
    return TypicalDays(systems, tuple(weights), error)


def _day(system: System, day: int, weight: float, hours: int) -> System:
    part = slice(day * DAY, (day + 1) * DAY)
    limits = system.tables["generators"]
    share = DAY * weight / hours
    tables = {
        **system.tables,
        "generators": limits.assign(
            e_sum_min=limits["e_sum_min"] * share, e_sum_max=limits["e_sum_max"] * share
        ),
    }
    weights = pd.DataFrame(weight, index=np.arange(DAY), columns=["objective", "generators"]).assign(
        stores=1.0
    )
    return replace(
        system,
        name=f"{system.name} day {day + 1} × {weight:g}",
        snapshots=system.snapshots[part],
        weightings=weights,
        tables=tables,
        series={key: frame.iloc[part].reset_index(drop=True) for key, frame in system.series.items()},
    )


def typical_summary(
    system: System, count: int, *, compare: bool = False, threads: int | None = None
) -> dict[str, Any]:
    """Return cost, CO2 and curtailment of `system` over `count` typical days, with the clustering's error.

    With `compare`, the whole horizon is solved too and `error` holds the relative errors. Raises: as
    `typical_days`, `solve`.

    Parameters
    ----------
    system : System
        Checked system.
    count : int
        Number of typical days.
    compare : bool, default False
        Whether the whole horizon is solved too.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    """
    days = typical_days(system, count)
    told = _totals(days.solve(threads))
    result: dict[str, Any] = {
        "system": system.name,
        "typical_days": count,
        "days_each_stands_for": list(days.weights),
        "profile_rms_error": days.profile_error,
        **told,
    }
    if compare:
        exact = _totals((solve(system, threads=threads),))
        result["exact"] = exact
        result["error"] = {k: told[k] / v - 1.0 if v else told[k] for k, v in exact.items()}
    return result


def _totals(solutions: tuple[Solution, ...]) -> dict[str, float]:
    return {
        "total_cost": float(sum(s.total_cost for s in solutions)),
        "co2_t": float(sum(s.emissions().sum() for s in solutions)),
        "curtailment_mwh": float(sum(s.curtailment().sum() for s in solutions)),
    }
