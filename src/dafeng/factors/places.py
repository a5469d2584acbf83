"""Look-up of one factor by place: from the nearest place outwards, with every fall-back reported."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dafeng.evidence import DafengError, Finding, Severity, Value
from dafeng.factors.grid import grid_title
from dafeng.factors.tables import grade, table, usable


@dataclass(frozen=True, slots=True)
class FactorRow:
    """Factor with its table row and the findings that its use entails."""

    id: str
    value: Value
    place: str
    status: str
    findings: tuple[Finding, ...] = ()


def look_up(
    name: str, places: Sequence[str], *, accept_secondary: bool = False, **conditions: str
) -> FactorRow:
    """Return the factor of table `name` that meets `conditions` at the first of `places` that has one.

    A row counts if it has a value and a usable status. Falling back to another place than the first, and a
    status that requires a warning, become findings.

    Parameters
    ----------
    name
        The factor table.
    conditions
        column=text that the row meets.
    places
        From the wanted place outwards, in the table's own spelling of `region`, e.g. ("Jiangxi", "CN",
        "default"). Another table may group places otherwise (the livestock group of Jiangxi is 华东, its grid
        is Central), so the order is specified by the caller.
    accept_secondary
        Adds rows quoted by third parties.

    Raises
    ------
    DafengError
        Where no row is usable, or where several with different values are.
    """
    frame = table(name)
    where = f"factors/{name}"
    for column, wanted in conditions.items():
        if column not in frame.columns:
            raise DafengError.at(where, f"column {column}", f"one of {', '.join(frame.columns)}")
        frame = frame[frame[column] == wanted]
    accepted = frame["status"].map(lambda s: usable(s) or (accept_secondary and s == "secondary"))
    usable_rows = frame[accepted & frame["value"].notna()]
    for place in places:
        found = usable_rows[usable_rows["region"] == place]
        if found.empty:
            continue
        if found["value"].nunique() > 1:
            raise DafengError.at(
                where,
                f"{len(found)} rows at {place} ({', '.join(found['id'])})",
                "one row",
                "add a condition, for example set= or condition=",
            )
        return _as_factor(where, found.iloc[0].to_dict(), places[0])
    blank = ", ".join(frame.loc[~(accepted & frame["value"].notna()), "id"].head(3)) or "none"
    raise DafengError.at(
        where,
        f"no usable row at {', '.join(places)} for {conditions} (rows without usable value: {blank})",
        "a row with a value and a usable status",
        "name another place or set, or supply the factor in the case",
    )


def _as_factor(where: str, row: dict[Hashable, Any], wanted: str) -> FactorRow:
    ident, place, status = str(row["id"]), str(row["region"]), str(row["status"])
    findings = []
    if place != wanted:
        findings.append(
            Finding(
                "factor-of-another-place",
                Severity.NOTE,
                f"{where}#{ident}",
                f"{grid_title(wanted)}无此因子,采用{grid_title(place)}的数值",
                f"no such factor for {wanted}; that of {place} is used",
                (ident,),
            )
        )
    if status in {"standard_copy1", "secondary"}:
        findings.append(
            Finding(
                "factor-to-be-checked",
                Severity.NOTE,
                f"{where}#{ident}",
                "因子来自单一转录或第三方引用,待核对原文",
                "the factor comes from a single transcription or a quotation; check it against the text",
                (ident,),
            )
        )
    low, high = row["unc_low"], row["unc_high"]
    number = float(row["value"])
    bounds = [float(bound) for bound in (low, high) if pd.notna(bound)]
    ranged = len(bounds) == 2 and "%" not in str(row["unc_kind"]) and bounds[0] <= number <= bounds[1]
    value = Value(
        number,
        str(row["unit"]),
        grade(status),
        f"{where}#{ident}",
        low=bounds[0] if ranged else None,
        high=bounds[1] if ranged else None,
        note=str(row["note"]),
    )
    return FactorRow(ident, value, place, status, tuple(findings))
