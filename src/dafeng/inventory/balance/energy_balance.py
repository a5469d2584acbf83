"""Energy balance: read, checked and brought to one set of names, signs and units.

Its entries (`row, fuel, year, value, unit`, optionally `region`) come from a file (`reading`) or from a
case. A cell that cannot be read is refused with its place and its share of the total; all others count.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from dafeng.evidence import DafengError, Finding, Severity, Text
from dafeng.inventory.balance.entries import BLANKS, COAL_KINDS, NO_YEAR, TIDY, Entry, EntryReader
from dafeng.inventory.balance.figures import plain
from dafeng.inventory.balance.refusals import Refusals, Refused, estimated
from dafeng.inventory.balance.refusals import findings_of as refusal_findings

__all__ = ["BLANKS", "NO_YEAR", "TIDY", "Balance", "Entry", "from_entries", "plain", "without_details"]

_CELL = ("region", "year", "row", "kind", "fuel", "value", "unit", "printed", "scale", "order", "where")


@dataclass(frozen=True)
class Balance:
    """Energy balance: `cells`, one line per number.

    `cells` [region, year, row, kind, fuel, value, unit, printed, scale, order, where].

    `value` is in the fuel's unit (t, m3, TJ, MWh, tce); `printed` as in the file, `scale` the fuel units
    per printed unit; `order` the place of the row in the file. Signs are those of the file. `standard` has
    the same columns: cells that the file gives in coal equivalent besides their physical amount (both
    tables of a yearbook). `by_energy`: the amount was turned back from energy by the heating value (a file
    in TJ, tce or ktoe). `refused`: the cells that are not counted.
    """

    cells: pd.DataFrame
    findings: tuple[Finding, ...]
    standard: pd.DataFrame | None = None
    refused: tuple[Refused, ...] = ()


def from_entries(
    entries: Iterable[Entry], findings: Iterable[Finding] = (), refusals: Refusals | None = None
) -> Balance:
    """Check `entries` and bring them to ids and canonical units; `refusals` holds the cells refused so far.

    A blank value is no number and is left out, with a finding.

    Parameters
    ----------
    entries
        The entries.
    findings
        Findings so far.
    refusals
        The cells refused so far.

    Raises
    ------
    DafengError
        Where no cell is left.
    """
    found = EntryReader(Refusals() if refusals is None else refusals)
    lines = [line for entry in entries if (line := found.line(entry)) is not None]
    lines += found.coal_of_totals()
    standard = []
    for entry, line in found.in_coal_equivalent:
        if line[:3] + line[4:5] in found.physical:
            standard.append(line)
        elif not found.again(entry, line):
            lines.append(line)
            found.by_coal_equivalent.add(line[4])
            found.places_of_energy.add(line[10])
    cells = pd.DataFrame(lines, columns=list(_CELL))
    if cells.empty:
        found.refusals.raise_all()
        raise DafengError.at(
            "balance",
            Text("没有一个数值", "no number"),
            Text("至少一行一个品种", "at least one row of one fuel"),
        )
    cells["by_energy"] = cells["where"].isin(found.places_of_energy)
    cells, split = without_details(cells)
    both = pd.DataFrame(standard, columns=list(_CELL)) if standard else None
    refused = estimated(found.refusals, cells)
    told = (*findings, *found.findings(), *split, *refusal_findings(refused))
    return Balance(cells, told, both, refused)


def without_details(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Remove kinds of raw coal where their row has raw coal itself: they are its parts (其中:无烟煤)."""
    keys = ["region", "year", "row"]
    kinds = cells["fuel"].isin(COAL_KINDS)
    if not kinds.any():
        return cells, []
    whole = pd.MultiIndex.from_frame(cells[cells["fuel"] == "Raw_Coal"][keys])
    double = kinds & pd.MultiIndex.from_frame(cells[keys]).isin(whole)
    if not double.any():
        return cells, []
    finding = Finding(
        "coal-kinds-within-raw-coal",
        Severity.NOTE,
        "Raw_Coal",
        f"原煤已含无烟煤、烟煤、褐煤:{int(double.sum())}个分煤种单元不再计入",
        f"raw coal holds its kinds already: {int(double.sum())} cells of kinds of coal are not counted again",
    )
    return cells[~double].reset_index(drop=True), [finding]
