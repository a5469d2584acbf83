"""Data model of an hourly system: component tables, time series, weights of the snapshots."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from dafeng.dispatch.vocabulary import NOMINAL, SWITCHED, attributes, link_ports
from dafeng.factors import capital_recovery_factor

HOURS_PER_YEAR = 8760.0
"""Hours to which yearly costs refer (annuities and fixed operation)."""

SNAPSHOT = "snapshot"
NAME = "name"


@dataclass(frozen=True)
class System:
    """Checked system. Tables carry every attribute of the vocabulary, defaults filled in.

    `snapshots` [snapshot] are hours (or blocks of hours) of whatever label; `weightings` has the columns
    objective, stores and generators: how many hours a snapshot represents in costs, in storage and in
    energy sums. `series[(component, attribute)]` [snapshot, name] overrides the static column for the names
    it has. `notes` (id → text) and `synthetic` travel with every result.
    """

    name: str
    snapshots: pd.Index
    weightings: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    series: Mapping[tuple[str, str], pd.DataFrame] = field(default_factory=dict)
    currency: str = "CNY"
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    path: Path | None = None

    def table(self, component: str, active: bool = True) -> pd.DataFrame:
        """Return the table of `component` [name, attribute].

        Only what takes part in the problem if `active`.
        """
        table = self.tables[component]
        if active and "active" in table.columns:
            return table[table["active"].astype(bool)]
        return table

    def names(self, component: str) -> pd.Index:
        return self.table(component).index

    def values(self, component: str, attribute: str, names: pd.Index | None = None) -> xr.DataArray:
        """Return `attribute` of `component`.

        [name], or [snapshot, name] where any of the names has a series.
        """
        names = self.names(component) if names is None else names
        static = self._static(component, attribute, names)
        varying = self.series.get((component, attribute))
        chosen = [] if varying is None else [name for name in names if name in varying.columns]
        if varying is None or not chosen:
            return xr.DataArray(static, coords={NAME: names.to_numpy()}, dims=[NAME])
        dense: NDArray[np.float64] = np.repeat(static[None, :], len(self.snapshots), axis=0)
        dense[:, names.get_indexer(pd.Index(chosen))] = varying[chosen].to_numpy(float)
        return xr.DataArray(
            dense,
            coords={SNAPSHOT: np.arange(len(self.snapshots)), NAME: names.to_numpy()},
            dims=[SNAPSHOT, NAME],
        )

    def dense(self, component: str, attribute: str, names: pd.Index | None = None) -> NDArray[np.float64]:
        """Return the values as `values` does, always [snapshot, name]."""
        values = self.values(component, attribute, names)
        array: NDArray[np.float64] = np.asarray(values, dtype=float)
        return array if array.ndim == 2 else np.repeat(array[None, :], len(self.snapshots), axis=0)

    def _static(self, component: str, attribute: str, names: pd.Index) -> NDArray[np.float64]:
        table = self.tables[component]
        if attribute not in table.columns:
            base = attribute.rstrip("0123456789")
            default = attributes(component)[base].default
            return np.full(len(names), float(default))
        column: NDArray[np.float64] = table.loc[names, attribute].to_numpy(float)
        return column

    def weight(self, kind: str) -> xr.DataArray:
        """Return the weights [snapshot] of `kind` (objective, stores or generators), in hours."""
        return xr.DataArray(
            self.weightings[kind].to_numpy(float),
            coords={SNAPSHOT: np.arange(len(self.snapshots))},
            dims=[SNAPSHOT],
        )

    def extendable(self, component: str) -> pd.Index:
        table = self.table(component)
        return table.index[table[f"{NOMINAL[component]}_extendable"].astype(bool)]

    def fixed(self, component: str) -> pd.Index:
        return self.names(component).difference(self.extendable(component), sort=False)

    def committable(self, component: str = "generators") -> pd.Index:
        if component not in SWITCHED:
            return pd.Index([])
        table = self.table(component)
        return table.index[table["committable"].astype(bool)]

    def maintainable(self, component: str) -> pd.Index:
        if component not in SWITCHED:
            return pd.Index([])
        table = self.table(component)
        return table.index[table["maintainable"].astype(bool)]

    def output_ports(self) -> list[str]:
        """Return the suffixes of the links' outputs, `""` for bus1."""
        return link_ports(list(self.tables["links"].columns))

    def periodic_cost(self, component: str, names: pd.Index) -> pd.Series:
        """Return the fixed cost per unit of capacity over the horizon, CNY/MW [name].

        With `overnight_cost`: capital recovery factor (discount_rate, lifetime) × overnight_cost × years
        modelled; without: `capital_cost` as given. `fom_cost` is added to both, as given. Source: the
        convention of PyPSA 1.4.
        """
        table = self.table(component).loc[names]
        overnight = table["overnight_cost"].to_numpy(float)
        years = float(self.weightings["objective"].sum()) / HOURS_PER_YEAR
        factor = capital_recovery_factor(table["discount_rate"], table["lifetime"])
        annual = np.where(
            np.isnan(overnight), table["capital_cost"].to_numpy(float), overnight * factor * years
        )
        return pd.Series(annual + table["fom_cost"].to_numpy(float), index=names)

    def with_table(self, component: str, table: pd.DataFrame) -> "System":
        return replace(self, tables={**self.tables, component: table})

    def hours(self) -> float:
        return float(self.weightings["objective"].sum())
