"""Cells of a balance that are refused: what was read, what was expected, and their share of the total."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import isfinite, isnan

import pandas as pd

from dafeng.evidence import DafengError, Finding, Problem, Severity, Text
from dafeng.inventory.balance.equivalents import coal_equivalents
from dafeng.inventory.balance.names import find_fuel, find_row

BURNT = frozenset({"final", "branch", "industry", "residential", "power_input", "heat_input", "own_use"})
"""Kinds of rows whose energy makes up what a place burns; a branch is part of industry."""

_TOGETHER = ("kind", "found", "expected", "mend")
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Refused:
    """Cell that is not counted, with its place.

    Region, year, row, fuel and amount as far as they were read.

    `amount` in fuel units (NaN: not available). `share` is its estimated share of the energy of its region
    and year, from `basis`: number (its own), rest_of_total (what the other rows leave of the total), other_places or
    other_years (the median of the same cell there), unknown.
    """

    where: str
    found: str | Text
    expected: str | Text
    mend: str | Text = ""
    kind: str = "cell"
    region: str = ""
    year: int = 0
    row: str = ""
    fuel: str = ""
    amount: float = float("nan")
    share: float = float("nan")
    basis: str = "unknown"

    def problem(self) -> Problem:
        """Return the cell as a problem of the file."""
        return Problem(self.where, self.found, self.expected, self.mend)

    def as_dict(self) -> dict[str, object]:
        """Return plain data with the sentences in both languages; `share` null where it is not available."""
        return {
            **self.problem().as_dict(),
            "region": self.region,
            "year": self.year or None,
            "row": self.row,
            "fuel": self.fuel,
            "share": None if isnan(self.share) else self.share,
            "basis": self.basis,
        }


@dataclass
class Refusals:
    """Refused cells of a file, in the order in which they were met."""

    cells: list[Refused] = field(default_factory=list)

    def __iter__(self) -> Iterator[Refused]:
        return iter(self.cells)

    def add(
        self, where: str, found: str | Text, expected: str | Text, mend: str | Text = "", **more: object
    ) -> None:
        """Refuse a cell; `more` are fields of `Refused`."""
        self.cells.append(replace(Refused(where, found, expected, mend), **more))  # type: ignore[arg-type]

    def raise_all(self) -> None:
        """Raise DafengError with one problem for each cause, at its first place.

        Nothing where there is none.
        """
        problems = []
        for cells in _by_cause(self.cells).values():
            first = cells[0].problem()
            rest = len(cells) - 1
            if rest:
                zh, en = (getattr(first.found, side, first.found) for side in ("zh", "en"))
                more = Text(f"{zh}(另有{rest}处)", f"{en} (also at {rest} more places)")
                first = Problem(first.where, more, first.expected, first.mend)
            problems.append(first)
        if problems:
            raise DafengError(problems)


def estimated(refused: Iterable[Refused], cells: pd.DataFrame) -> tuple[Refused, ...]:
    """Estimate the share of each refused cell in the energy of its region and year.

    Its own number counts where it could be read; else what the other rows of its total leave of it, where no other
    of them is refused; else the median share of the same row and fuel in the other regions, or in the other years of
    the region; else the share is not available.
    """
    refused = tuple(refused)
    alone = Counter((cell.region, cell.year, cell.fuel) for cell in refused)
    rates = coal_equivalents()
    burnt = cells[cells["kind"].isin(BURNT)]
    energy = burnt.assign(tce=burnt["value"].abs() * burnt["fuel"].map(rates))
    energy = energy[~energy["fuel"].isin(("Electricity", "Heat"))]
    parts = energy[energy["kind"] != "industry"] if (energy["kind"] == "branch").any() else energy
    totals = parts.groupby(["region", "year"])["tce"].sum()
    shares = energy.set_index(["region", "year"])
    shares = shares.assign(share=shares["tce"] / totals.reindex(shares.index)).reset_index()
    return tuple(
        _estimated(
            cell,
            shares,
            totals,
            rates,
            _rest_of_total(cell, cells) if alone[cell.region, cell.year, cell.fuel] == 1 else float("nan"),
        )
        for cell in refused
    )


def _estimated(
    cell: Refused, shares: pd.DataFrame, totals: "pd.Series[float]", rates: dict[str, float], rest: float
) -> Refused:
    row, fuel = find_row(cell.row), find_fuel(cell.fuel)
    if row is None or fuel is None:
        return cell
    total = float(totals.get((cell.region, cell.year), float("nan")))
    for basis, amount in (("number", cell.amount), ("rest_of_total", rest)):
        if isfinite(amount) and fuel.fuel in rates and total > 0:
            own = abs(amount) * rates[fuel.fuel]
            return replace(cell, share=own / (total + own), basis=basis)
    same = shares[(shares["row"] == row.row) & (shares["fuel"] == fuel.fuel)]
    for basis, others in (
        ("other_places", same[(same["year"] == cell.year) & (same["region"] != cell.region)]),
        ("other_years", same[(same["year"] != cell.year) & (same["region"] == cell.region)]),
    ):
        if len(others):
            return replace(cell, share=float(others["share"].median()), basis=basis)
    return cell


def _rest_of_total(cell: Refused, cells: pd.DataFrame) -> float:
    """What the other rows leave of the total that holds the cell [fuel unit]; NaN without a total or a rest."""
    row, fuel = find_row(cell.row), find_fuel(cell.fuel)
    if row is None or fuel is None:
        return float("nan")
    here = cells[(cells["region"] == cell.region) & (cells["year"] == cell.year)]
    kinds = set(here["kind"]) | {row.kind}
    here = here[here["fuel"] == fuel.fuel]
    whole, parts = "industry", {"branch"}
    if row.kind != "branch" or "industry" not in kinds:
        # CEADs has branches and no row of industry
        whole, parts = "final_total", {"final", "industry" if "industry" in kinds else "branch"}
        parts |= set() if {"Urban", "Rural"} & {*here["row"], row.row} else {"residential"}
    total, others = here[here["kind"] == whole], here[here["kind"].isin(parts)]
    if row.kind not in parts or len(total) != 1:
        return float("nan")
    rest = float(total["value"].iloc[0]) - float(others["value"].sum())
    return rest if rest >= 0 else float("nan")


def findings_of(refused: Iterable[Refused]) -> list[Finding]:
    """Return one warning for each cause: the cells that are not counted and their share of the total."""
    return [_finding(cells) for cells in _by_cause(refused).values()]


def _by_cause(refused: Iterable[Refused]) -> dict[tuple[str, ...], list[Refused]]:
    found: dict[tuple[str, ...], list[Refused]] = {}
    for cell in refused:
        found.setdefault(tuple(str(getattr(cell, name)) for name in _TOGETHER), []).append(cell)
    return found


_BASIS = {
    "number": ("按其数值估计", "by its own number"),
    "rest_of_total": ("按合计减其余各行估计", "by what the other rows leave of the total"),
    "other_places": ("按其他地区同一单元估计", "by the same cell of other places"),
    "other_years": ("按其他年份同一单元估计", "by the same cell of other years"),
    "unknown": ("占比无法估计", "share not known"),
}


def _finding(cells: list[Refused]) -> Finding:
    first = cells[0].problem()
    places = "、".join(cell.where for cell in cells[1 : _LISTED + 1]) + (
        "…" if len(cells) > _LISTED + 1 else ""
    )
    known = [cell.share for cell in cells if isfinite(cell.share)]
    zh, en = _BASIS[cells[0].basis]
    if known:
        most = max(known)
        zh, en = (
            f"约占该地该年能源量的{most:.2%}({zh})",
            f"about {most:.2%} of the energy of its place and year ({en})",
        )
    also_zh, also_en = (f";同样:{places}", f"; also {places}") if places else ("", "")
    return Finding(
        "cell-refused",
        Severity.WARNING,
        cells[0].where,
        f"拒收{len(cells)}个单元,其余照算:{first.sentence('zh')}{zh}{also_zh}",
        f"{len(cells)} cell(s) refused, all others counted: {first.sentence('en')} {en}{also_en}",
    )
