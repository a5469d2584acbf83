"""Downscaling of the parent's energy inventory to the place: share by share, with range and grade."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import ESTIMATED_ENERGY, SHARES_SOURCE, Case, estimate_range
from dafeng.evidence import DafengError
from dafeng.inventory.balance.names import fuel_names, row_names
from dafeng.units import factor

FloatArray = NDArray[np.float64]

REFINERY_ROW = "Petroleum Processing and Coking"
REFINERY_SHARE_ROW = "Petroleum Refineries"
REFINERY_FUELS = frozenset(
    {"Refinery_Gas", "Fuel_Oil", "Crude_Oil", "Other_Petroleum_Products", "Naphtha", "Petroleum_Coke", "LPG"}
)
"""Fuels that only a refinery burns in the row of petroleum processing and coking: they go with refining.
Refinery gas goes with it in every row: it is not shipped, and a province's branches take over a part of its
only refinery's gas in some editions."""


def energy_cells(energy: pd.DataFrame) -> pd.DataFrame:
    """Return the case's energy table as balance cells.

    Columns: region, year, row, kind, fuel, value, unit, grade, source.

    Notation keys are left out (missing is not zero). Raises: DafengError for a row or a unit that does not
    fit.
    """
    known = energy[energy["value"].notna()]
    rows, fuels = row_names(), fuel_names()
    unknown = sorted(set(known["row"]) - set(rows))
    if unknown:
        raise DafengError.at("energy.csv:row", ", ".join(unknown), "rows of the energy balance")
    pairs = known[["fuel", "unit"]].drop_duplicates()
    scale = {(f, u): factor(u, fuels[f].kind) for f, u in pairs.itertuples(index=False, name=None)}
    keys = list(zip(known["fuel"], known["unit"], strict=True))
    return pd.DataFrame(
        {
            "region": "",
            "year": known["year"].astype("int64"),
            "row": known["row"],
            "kind": known["row"].map({name: r.kind for name, r in rows.items()}),
            "fuel": known["fuel"],
            "value": known["value"].to_numpy() * np.array([scale[key] for key in keys]),
            "unit": known["fuel"].map({name: f.kind for name, f in fuels.items()}),
            "grade": known["grade"],
            "source": known["source"],
        }
    )


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of a place of its parent: `lines` (row, year) → line of the columns; the line after the last is blank.

    `rows` that have a share in some year; `numbers` share, low, high (NaN where blank) and `texts` grade (E where
    blank), source, note and proxy, each [line].
    """

    lines: Mapping[tuple[str, int], int]
    rows: frozenset[str]
    numbers: Mapping[str, FloatArray]
    texts: Mapping[str, NDArray[np.object_]]

    def at(self, pairs: Iterable[tuple[str, int]]) -> NDArray[np.intp]:
        """Return the line of each pair of row and year."""
        return np.array([self.lines.get(pair, -1) for pair in pairs], dtype=np.intp)

    def of_row(self, row: str, years: Iterable[int]) -> tuple[FloatArray, FloatArray, FloatArray] | None:
        """Return share, low and high [year] of `row`, NaN in a year without one; None where no year has one."""
        if row not in self.rows:
            return None
        line = self.at((row, year) for year in years)
        return self.numbers["share"][line], self.numbers["low"][line], self.numbers["high"][line]


@lru_cache(maxsize=8)
def shares_of(case: Case) -> Shares:
    """Return the place's shares of its parent by row and year.

    A row of proxies.csv may name a balance row, `branch:x` (all rows of that branch) or `*` (the electricity
    use of the place). A place without parent has none: its shares are 1.

    Raises: DafengError where two proxies claim the same row and year.
    """
    proxies = case.table("proxies")
    rows = proxies["row"].to_numpy(dtype=object)
    years = proxies["year"].to_numpy(dtype=np.int64).tolist()
    branches = [i for i, row in enumerate(rows) if row.startswith("branch:")]
    order = [i for i, row in enumerate(rows) if not row.startswith("branch:")]
    pairs = [(rows[i], years[i]) for i in order]
    if branches:
        sectors = case.effective("sectors")
        of_branch: dict[str, list[str]] = {}
        for row, branch in zip(sectors["row"], sectors["branch"], strict=True):
            of_branch.setdefault(branch, []).append(row)
        for i in branches:
            spread = of_branch.get(rows[i].removeprefix("branch:"), [])
            order += [i] * len(spread)
            pairs += [(row, years[i]) for row in spread]
    lines: dict[tuple[str, int], int] = {}
    for number, pair in enumerate(pairs):
        if pair in lines:
            raise DafengError.at("proxies.csv", f"{pair[0]}, {pair[1]} twice", "one share a row and year")
        lines[pair] = number
    line = np.array(order, dtype=np.intp)
    numbers = {
        name: np.append(proxies[name].to_numpy(dtype=np.float64)[line], np.nan)
        for name in ("share", "low", "high")
    }
    texts = {
        name: np.append(proxies[name].to_numpy(dtype=object)[line], blank)
        for name, blank in (("grade", "E"), ("source", ""), ("note", "no share"), ("proxy", ""))
    }
    return Shares(lines, frozenset(row for row, _ in lines), numbers, texts)


def of_refinery(cells: pd.DataFrame) -> "pd.Series[bool]":
    """Check which cells belong to refining whatever their row."""
    own = (cells["row"] == REFINERY_ROW) & cells["fuel"].isin(REFINERY_FUELS)
    return own | (cells["fuel"] == "Refinery_Gas")


@dataclass(frozen=True, slots=True)
class ShareKeys:
    """Shares that cells take: `row` of each cell, the distinct `pairs` of row and year, and which of them each is."""

    row: NDArray[np.object_]
    pairs: tuple[tuple[str, int], ...]
    at: NDArray[np.intp]


def share_keys(cells: pd.DataFrame) -> ShareKeys:
    """Return the shares that the parent's `cells` take: each is looked up once, not once a fuel."""
    by = np.where(of_refinery(cells), REFINERY_SHARE_ROW, cells["row"])
    (rows, years), at = distinct(by, cells["year"].to_numpy())
    return ShareKeys(by, tuple(zip(rows.tolist(), years.tolist(), strict=True)), at)


def downscale(cells: pd.DataFrame, case: Case, keys: ShareKeys | None = None) -> pd.DataFrame:
    """Downscale the parent's cells to the place: value × share.

    Columns added: `share`, `low`, `high` (relative: 1 = the value) and `group`.

    Grade: the worse of datum and share. `key` is NE where no share is available. `group` is the share's
    row, so that all fuels of a row vary together; drafted shares of one place are one group, as their spread
    is that of its total. A place with an energy inventory of its own keeps it
    unchanged; fuels that were estimated from official totals (a drafted municipality) are one group with the range
    of the estimate, electricity is such a total itself. `keys`: those of the cells, where they were looked up before.
    """
    if len(case.table("energy")) or case.parent is None:
        estimated = (cells["source"] == ESTIMATED_ENERGY) & (cells["fuel"] != "Electricity")
        low, high = (np.where(estimated, end, 1.0) for end in estimate_range())
        group = cells["row"].where(~estimated, ESTIMATED_ENERGY)
        return cells.assign(share=1.0, low=low, high=high, key="", group=group, proxy="")
    shares, keys = shares_of(case), keys or share_keys(cells)
    lines = shares.at(keys.pairs)
    share, low, high = (shares.numbers[name][lines] for name in ("share", "low", "high"))
    none = np.isnan(share)
    low, high = np.where(np.isnan(low), share, low), np.where(np.isnan(high), share, high)
    positive = np.where(share > 0, share, 1.0)
    low, high = (np.where(share > 0, end / positive, 1.0) for end in (low, high))
    grade, source, proxy = (shares.texts[name][lines][keys.at] for name in ("grade", "source", "proxy"))
    kept = {name: cells[name].to_numpy() for name in cells.columns}
    return pd.DataFrame(
        {
            **kept,
            "value": kept["value"] * share[keys.at],
            "grade": np.maximum(cells["grade"].to_numpy(dtype=object), grade),
            "source": cells["source"].to_numpy(dtype=object) + ";" + source,
            "share": share[keys.at],
            "low": low[keys.at],
            "high": high[keys.at],
            "key": np.where(none, "NE", "").astype(object)[keys.at],
            "group": np.where(source == SHARES_SOURCE, SHARES_SOURCE, keys.row),
            "proxy": proxy,
        },
        index=cells.index,
    )


def distinct(*columns: NDArray[Any]) -> tuple[list[NDArray[Any]], NDArray[np.intp]]:
    """Return the distinct rows of `columns` as columns, and which of them each row is."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code, values = pd.factorize(column)
        codes = codes * (len(values) + 1) + code
    at, _ = pd.factorize(codes)
    first = np.flatnonzero(~pd.Series(at).duplicated().to_numpy())
    return [column[first] for column in columns], at
