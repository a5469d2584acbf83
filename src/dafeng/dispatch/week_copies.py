"""Copies of a grid for weeks of years, joined to one system: each has buses and units of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dafeng.dispatch.checks import complete_tables
from dafeng.dispatch.formulation import MOVES, RUNNING
from dafeng.dispatch.periods import scaled_costs
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS, SWITCHED
from dafeng.evidence import Problems

COSTS = tuple(
    dict.fromkeys(
        [*((component, attribute) for component, _, attribute in RUNNING)]
        + [(component, attribute) for component in SWITCHED for _, attribute, _ in MOVES]
    )
)
"""Attributes that cost by use, by component."""
RATE = "co2_emissions"


@dataclass(frozen=True)
class Copy:
    """One week of the grid `system` of a year: its first snapshot, the weeks it represents, its present value."""

    system: System
    year: int
    number: int
    start: int
    weight: float
    value: float

    @property
    def tag(self) -> str:
        """Return the last part of every name of the copy."""
        return f" {self.year}/{self.number}"

    def name(self, name: str) -> str:
        """Return the name of a component or carrier in the copy."""
        return f"{name}{self.tag}"

    def taken(self, length: int) -> System:
        """Return the week with names of its own and costs of all that it represents."""
        scale = self.weight * self.value
        part = scaled_costs(self.system, dict.fromkeys(COSTS, scale))
        share = length / len(self.system.snapshots)
        tables = {}
        for component in COMPONENTS:
            table = part.tables[component]
            named = table.set_axis(
                pd.Index([self.name(str(n)) for n in table.index], name="name", dtype=object)
            )
            for column in named.columns:
                if column == "carrier" or column.startswith("bus"):
                    named[column] = [self.name(str(cell)) if cell else cell for cell in named[column]]
            tables[component] = named
        tables["generators"] = tables["generators"].assign(
            **{name: tables["generators"][name] * share for name in ("e_sum_min", "e_sum_max")}
        )
        # what a cap of the year counts: the CO2 of all weeks that this one represents
        tables["carriers"][limit_of(self.year)] = tables["carriers"][RATE].astype(float) * self.weight
        rows = slice(self.start, self.start + length)
        series = {
            key: frame.iloc[rows].reset_index(drop=True).rename(columns=lambda name: self.name(str(name)))
            for key, frame in part.series.items()
        }
        return replace(part, tables=tables, series=series)


def limit_of(year: int) -> str:
    """Return the name of the cap of a year, also the column of carriers that it counts."""
    return f"co2 {year}"


def joined(copies: Sequence[Copy], length: int, caps: Mapping[int, float]) -> System:
    """Join the copies to one system of `length` snapshots, with a cap of CO2 for each year of `caps` [t].

    Parameters
    ----------
    copies : sequence of Copy
        Weeks of years.
    length : int
        Snapshots of a week.
    caps : mapping
        Caps by year, t.
    """
    parts = [copy.taken(length) for copy in copies]
    tables = {component: pd.concat([part.tables[component] for part in parts]) for component in COMPONENTS}
    counted = [column for column in tables["carriers"].columns if column.startswith("co2 ")]
    tables["carriers"][counted] = tables["carriers"][counted].fillna(0.0)
    rows = [
        {"name": limit_of(year), "type": "primary_energy", "carrier_attribute": limit_of(year), "sense": "<=", "constant": cap}
        for year, cap in caps.items()
    ]  # fmt: skip
    limits = pd.DataFrame(rows).set_index("name") if rows else pd.DataFrame()
    tables["global_constraints"] = complete_tables({"global_constraints": limits}, Problems(), {})[
        "global_constraints"
    ]
    keys = dict.fromkeys(key for part in parts for key in part.series)
    first = parts[0]
    return replace(
        first,
        name=f"{first.name} …",
        snapshots=pd.RangeIndex(length),
        weightings=pd.DataFrame(1.0, index=np.arange(length), columns=["objective", "stores", "generators"]),
        tables=tables,
        series={
            key: pd.concat([part.series[key] for part in parts if key in part.series], axis=1) for key in keys
        },
    )
