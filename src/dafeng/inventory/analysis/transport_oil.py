"""Oil of vehicles outside the transport row of the balance: moved to road transport by shares with their range."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from dafeng.evidence import DafengError, Finding, Problems, Severity, Text, packaged_rows
from dafeng.inventory.accounts.model import COMBUSTION, TRACE, Inventory
from dafeng.inventory.accounts.trace_gas import trace_cells
from dafeng.inventory.balance.names import find_fuel
from dafeng.inventory.balance.own_tables import named_lines
from dafeng.inventory.equations.uncertainty import combine_product

ROAD = "Road transport"
GROUPS = ("industry", "services", "residential", "agriculture")
_GROUP_OF = {
    "agriculture": "agriculture", "buildings_public": "services", "buildings_urban": "residential",
    "buildings_rural": "residential",
}  # fmt: skip
_NOT_MOVED = frozenset({"transport", "power", "heat", "refining", "coking"})
COLUMNS = ("rows", "fuel", "share", "low", "high")


@dataclass(frozen=True, slots=True)
class OilShare:
    """Share of a fuel of a group of rows that vehicles burn, with its 95 % range."""

    group: str
    fuel: str
    share: float
    low: float
    high: float
    source: str
    grade: str


def oil_shares(path: Path | None = None) -> tuple[OilShare, ...]:
    """Return the shares of the package, or those of a CSV: rows, fuel, share, low, high (source, grade).

    Parameters
    ----------
    path
        A CSV of one's own.

    Raises
    ------
    DafengError
        With all problems: missing columns, unknown groups and fuels, shares outside 0–1 or their range, a
        group and fuel twice.
    """
    if path is None:
        rows = list(packaged_rows("dafeng.inventory", "data/transport_oil.csv"))
        name = "transport_oil.csv"
    else:
        if not path.is_file():
            raise DafengError.at(str(path), Text("文件不存在", "no such file"), Text("CSV文件", "a CSV file"))
        reader = named_lines(path)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            told = Text(f"没有列{'、'.join(missing)}", f"no column {', '.join(missing)}")
            raise DafengError.at(f"{path.name}:1", told, ", ".join(COLUMNS))
        rows, name = list(reader), path.name
    problems = Problems()
    found: list[OilShare] = []
    for number, row in enumerate(rows, start=2):
        share = _share(row, f"{name}:{number}", problems)
        if share is not None and any((s.group, s.fuel) == (share.group, share.fuel) for s in found):
            told = Text(f"{share.group}、{share.fuel}再次出现", f"{share.group}, {share.fuel} again")
            problems.add(f"{name}:{number}", told, Text("每组每品种一行", "one line a group and fuel"))
        elif share is not None:
            found.append(share)
    problems.raise_if_any()
    return tuple(found)


def _fraction(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _share(row: Mapping[str, str | None], where: str, problems: Problems) -> OilShare | None:
    texts = {column: (row.get(column) or "").strip() for column in (*COLUMNS, "source", "grade")}
    fuel = find_fuel(texts["fuel"])
    before = len(list(problems))
    if texts["rows"] not in GROUPS:
        problems.add(f"{where}:rows", texts["rows"] or Text("空白", "nothing"), ", ".join(GROUPS))
    if fuel is None:
        problems.add(
            f"{where}:fuel",
            texts["fuel"] or Text("空白", "nothing"),
            Text("能源平衡表的品种", "a fuel of the energy balance"),
        )
    try:
        low, share, high = (_fraction(texts[name]) for name in ("low", "share", "high"))
    except ValueError:
        low, share, high = 1.0, 0.0, 0.0
    if not 0 <= low <= share <= high <= 1:
        told = f"{texts['low']}, {texts['share']}, {texts['high']}"
        expected = Text("0 ≤ 下限 ≤ 份额 ≤ 上限 ≤ 1", "0 ≤ low ≤ share ≤ high ≤ 1")
        mend = Text("份额不超过1(100%);按大小排列", "a share is at most 1 (100 %); put them in order")
        problems.add(f"{where}:share", told, expected, mend)
    if len(list(problems)) > before or fuel is None:
        return None
    return OilShare(
        texts["rows"], fuel.fuel, share, low, high, texts["source"] or where, texts["grade"] or "E"
    )


def moved_to_transport(inventory: Inventory, shares: tuple[OilShare, ...]) -> Inventory:
    """Return the inventory with the oil of vehicles in road transport; every total of CO2 is unchanged.

    Each cell of a group keeps (1 − share) of its activity and emission; the rest is a cell of the row `Road
    transport`. CH4 and N2O are computed again with the factors of vehicles. The range takes in that of the share.

    Parameters
    ----------
    inventory
        The inventory.
    shares
        Shares of `oil_shares`.
    """
    of = {(s.group, s.fuel): s for s in shares}
    cells = inventory.cells.reset_index(drop=True)
    burnt = (cells["category"] == COMBUSTION) & (cells["key"] == "")
    groups = [_group(str(branch)) for branch in cells["branch"]]
    chosen = [
        of.get((g, str(f))) if b else None for g, f, b in zip(groups, cells["fuel"], burnt, strict=True)
    ]
    part = np.array([0.0 if s is None else s.share for s in chosen])
    moved = part > 0
    if not moved.any():
        return inventory
    taken = cells[moved].copy()
    spread = {
        end: np.array(
            [0.0 if s is None or not s.share else abs(getattr(s, end) / s.share - 1) for s in chosen]
        )[moved]
        for end in ("low", "high")
    }
    kept = cells.copy()
    for column in ("activity", "energy_tj", "value_t", "low_t", "high_t"):
        kept[column] = cells[column] * (1.0 - part)
        taken[column] = cells.loc[moved, column] * part[moved]
    size = taken["value_t"].to_numpy()
    safe = np.where(size > 0, size, 1.0)
    down = combine_product(np.stack([1 - taken["low_t"] / safe, spread["low"]], axis=-1))
    up = combine_product(np.stack([taken["high_t"] / safe - 1, spread["high"]], axis=-1))
    origin = taken["row"].to_numpy()
    taken = taken.assign(
        row=ROAD, branch="transport", sector="transport", low_t=size * (1 - np.minimum(down, 1.0)), high_t=size * (1 + up),
        grade="E", note=[f"vehicles of {row}" for row in origin],
    )  # fmt: skip
    taken = _by_fuel(taken)
    kept = kept[~(moved & (part >= 1.0))]
    combustion = pd.concat([kept[kept["category"] == COMBUSTION], taken], ignore_index=True)
    others = kept[~kept["category"].isin((COMBUSTION, TRACE))]
    whole = pd.concat([combustion, trace_cells(combustion), others], ignore_index=True)[
        list(inventory.cells.columns)
    ]
    tonnes = float(taken["value_t"].sum())
    finding = Finding(
        "oil-moved-to-transport", Severity.NOTE, ROAD,
        f"按份额将其他行业的车用油移入道路运输:各年合计{tonnes / 1e4:,.1f}万吨CO2(等级E);各口径CO2总量不变",
        f"oil of vehicles in other rows moved to road transport by shares: {tonnes / 1e4:,.1f} 10^4 t CO2 in all years (grade E); "
        "totals of CO2 unchanged",
    )  # fmt: skip
    return replace(inventory, cells=whole).with_findings([finding])


def _by_fuel(taken: pd.DataFrame) -> pd.DataFrame:
    """One cell a year and fuel: deviations of the shares add up, since one convention gives them all."""
    first = taken.drop_duplicates(["year", "fuel"]).set_index(["year", "fuel"])
    numbers = ["activity", "energy_tj", "value_t", "low_t", "high_t"]
    sums = taken.groupby(["year", "fuel"], sort=False)[numbers].sum()
    notes = taken.groupby(["year", "fuel"], sort=False)["note"].agg(lambda n: ", ".join(dict.fromkeys(n)))
    first[numbers] = sums
    return first.assign(note=notes, emission_factor=sums["value_t"] / sums["activity"]).reset_index()


def _group(branch: str) -> str:
    return "" if branch in _NOT_MOVED or not branch else _GROUP_OF.get(branch, "industry")
