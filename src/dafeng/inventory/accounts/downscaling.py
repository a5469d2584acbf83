"""Downscaling of the parent's energy inventory to the place: share by share, with range and grade."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError
from dafeng.inventory.balance.names import fuel_names, row_names
from dafeng.units import factor

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


@lru_cache(maxsize=8)
def shares_of(case: Case) -> pd.DataFrame:
    """Return the place's share of its parent by (row, year).

    Columns: share, low, high, grade, source, note, proxy.

    A row of proxies.csv may name a balance row, `branch:x` (all rows of that branch) or `*` (the electricity
    use of the place). A place without parent has none: its shares are 1.

    Raises: DafengError where two proxies claim the same row and year.
    """
    proxies = case.table("proxies")
    sectors = case.effective("sectors")
    named = proxies[proxies["row"].str.startswith("branch:")]
    spread = [proxies[~proxies["row"].str.startswith("branch:")]]
    for line in named.to_dict("records"):
        rows = sectors[sectors["branch"] == str(line["row"]).removeprefix("branch:")]["row"]
        spread.append(pd.DataFrame([line] * len(rows)).assign(row=rows.to_numpy()))
    table = pd.concat(spread, ignore_index=True)
    twice = table[table.duplicated(["row", "year"])]
    if len(twice):
        first = twice.iloc[0]
        raise DafengError.at(
            "proxies.csv", f"{first['row']}, {first['year']} twice", "one share a row and year"
        )
    text = {name: object for name in table.columns if table[name].dtype == "str"}
    return table.astype(text).set_index(["row", "year"]).sort_index()


@lru_cache(maxsize=8)
def _places_of(case: Case) -> dict[tuple[str, int], int]:
    """(row, year) → line of the table of shares; a pair that is not there is the line after the last."""
    return {pair: line for line, pair in enumerate(shares_of(case).index)}


def of_refinery(cells: pd.DataFrame) -> "pd.Series[bool]":
    """Check which cells belong to refining whatever their row."""
    own = (cells["row"] == REFINERY_ROW) & cells["fuel"].isin(REFINERY_FUELS)
    return own | (cells["fuel"] == "Refinery_Gas")


def downscale(cells: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Downscale the parent's cells to the place: value × share.

    Columns added: `share`, `low`, `high` (relative: 1 = the value) and `group`.

    Grade: the worse of datum and share. `key` is NE where no share is available. `group` is the share's
    row, so that all fuels of a row vary together. A place with an energy inventory of its own keeps it
    unchanged.
    """
    if len(case.table("energy")) or case.parent is None:
        return cells.assign(share=1.0, low=1.0, high=1.0, key="", group=cells["row"], proxy="")
    shares = shares_of(case)
    refinery = of_refinery(cells)
    by = np.where(refinery, REFINERY_SHARE_ROW, cells["row"])
    # each share is looked up once, not once a fuel
    pairs, at = distinct(by, cells["year"].to_numpy())
    places = _places_of(case)
    line = np.array([places.get(pair, -1) for pair in zip(*pairs, strict=True)], dtype=np.intp)[at]
    share, low, high = (
        np.append(shares[name].to_numpy(dtype=np.float64), np.nan)[line] for name in ("share", "low", "high")
    )
    proxy_grade, proxy_source, proxy = (
        np.append(shares[name].fillna(blank).to_numpy(dtype=object), blank)[line]
        for name, blank in (("grade", "E"), ("source", ""), ("proxy", ""))
    )
    none = np.isnan(share)
    low = np.where(np.isnan(low), share, low)
    high = np.where(np.isnan(high), share, high)
    positive = np.where(share > 0, share, 1.0)
    return cells.assign(
        value=cells["value"].to_numpy() * np.where(none, np.nan, share),
        share=share,
        low=np.where(share > 0, low / positive, 1.0),
        high=np.where(share > 0, high / positive, 1.0),
        key=np.where(none, "NE", ""),
        grade=np.maximum(cells["grade"].to_numpy(dtype=object), proxy_grade),
        source=cells["source"].to_numpy(dtype=object) + ";" + proxy_source,
        proxy=proxy,
        group=by,
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
