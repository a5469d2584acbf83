"""Operation of the coal units: hours, minimum output, starts by unit, from the numbers of units that are on."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.dispatch.city.plants import Cluster
from dafeng.dispatch.solution import Solution

LOW_MW = 500.0
"""Output of a city's fleet below which an hour is counted as low."""


@dataclass(frozen=True)
class CoalOperation:
    """Operation of the coal units of a place over the horizon.

    `least_over_minimum` is the smallest output while units are on over their technical minimum (1 or more
    where it is kept; None where none is on); `starts` by unit.
    """

    hours_zero: int
    hours_low: int
    least_over_minimum: float | None
    largest_rise_mw: float
    full_load_hours: float
    starts: pd.Series


def coal_operation(solution: Solution, clusters: Sequence[Cluster]) -> CoalOperation:
    """Summarise the operation of `clusters`.

    Parameters
    ----------
    solution : Solution
        Solution with whole numbers of units.
    clusters : sequence of Cluster
        Clusters of one place.
    """
    names = [cluster.name for cluster in clusters]
    power = solution.flows["generators-p"][names].to_numpy(float)
    status = solution.flows["generators-status"][names].round().to_numpy(float)
    table = solution.system.table("generators").loc[names]
    size = (table["p_nom"] / table["unit_count"]).to_numpy(float)
    least = status * size * table["p_min_pu"].to_numpy(float)
    running = least > 0
    total = power.sum(axis=1)
    weight = solution.system.weightings["generators"].to_numpy(float)
    capacity = float(table["p_nom"].sum())
    starts = pd.concat([starts_by_unit(status[:, i], clusters[i]) for i in range(len(names))])
    return CoalOperation(
        int(weight[total < 1.0].sum()),
        int(weight[total < LOW_MW].sum()),
        float((power[running] / least[running]).min()) if running.any() else None,
        float(np.diff(total).max(initial=0.0)),
        float((total * weight).sum()) / capacity if capacity else 0.0,
        starts,
    )


def starts_by_unit(on: NDArray[np.float64], cluster: Cluster) -> pd.Series:
    """Share the starts of a cluster out over its units [unit id].

    The unit that has been off longest starts first, the one that has run longest stops first: the rule that
    wears units alike; the model itself knows their number only.

    Parameters
    ----------
    on : ndarray [snapshot]
        Number of units on.
    cluster : Cluster
        The cluster.
    """
    numbers = np.rint(on).astype(int)
    names = [name for name, _ in cluster.units]
    running, resting = deque(names[: numbers[0]]), deque(names[numbers[0] :])
    starts = dict.fromkeys(names, 0)
    for change in np.diff(numbers):
        for _ in range(int(change)):
            unit = resting.popleft()
            starts[unit] += 1
            running.append(unit)
        for _ in range(-int(change)):
            resting.append(running.popleft())
    return pd.Series(starts, dtype=float)
