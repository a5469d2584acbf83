"""Rows of a register's form from the meters of a unit, each figure with its coverage.

Which field of which register holds which sum is in `tables/prefill.csv`. A figure is filled in where every reading has a
factor and at least 90 % of the expected readings are there; otherwise the cell is empty, with the reason and what was
measured. The other fields of the form stay for the unit to fill in.
"""

import calendar
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dafeng.evidence import DafengError, NotationKey
from dafeng.metering.judge.coverage import MIN_COVERAGE, covered_share
from dafeng.metering.judge.question import By, Period, Question
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.master_data import media
from dafeng.metering.store.store import Store
from dafeng.metering.tables import packaged
from dafeng.units import factor


def prefill(store: Store, register: str, unit: str, period: str) -> dict[str, Any]:
    """Return the row of `register` for a unit and a year (2025) or a month (2025-03), with the coverage of each field.

    Raises: DafengError for another register, an unknown unit or a period that the form does not have.
    """
    fields = [row for row in packaged("prefill") if row["register"] == register]
    if not fields:
        known = sorted({row["register"] for row in packaged("prefill")})
        raise DafengError.at("register", register, ", ".join(known), "add its fields to tables/prefill.csv")
    units = {row["id"]: row for row in store.registry().tables["units"]}
    if unit not in units:
        raise DafengError.at("unit", unit, "the id of a unit of the registry")
    first, last = _span(period, fields[0]["period"])
    span = Period.YEAR if fields[0]["period"] == "year" else Period.MONTH
    totals = next(
        (row for row in rollup(store, Question(By.UNIT, span, first, last, unit)) if row["group"] == unit),
        None,
    )
    parts = _by_medium(store, unit, first, last, span)
    cells = [_cell(row, totals, parts) for row in fields]
    head = {fields[0]["key"]: units[unit]["credit_code"], fields[0]["period"]: period}
    return {
        "register": register, "child": fields[0]["child"], "unit": unit, "period": period,
        "record": head | {cell["field"]: cell["value"] for cell in cells}, "coverage": cells,
    }  # fmt: skip


def compare_entered(cells: Sequence[Mapping[str, Any]], entered: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Compare the figures that a unit entered with those of its meters.

    Parameters
    ----------
    cells
        `coverage` of `prefill`.
    entered
        Figures by field, in the units of the form.

    Returns
    -------
    Each cell with `entered` and `difference`, the relative difference to what was measured; None where a side is missing
    or nothing was measured.
    """
    compared = []
    for cell in cells:
        measured, found = cell["value"], entered.get(cell["field"])
        both = isinstance(found, int | float) and measured is not None and measured != 0
        compared.append({**cell, "entered": found, "difference": found / measured - 1 if both else None})
    return compared


def _span(period: str, length: str) -> tuple[date, date]:
    try:
        if length == "year":
            year = int(period) if len(period) == 4 else 0
            return date(year, 1, 1), date(year + 1, 1, 1)
        first = date.fromisoformat(f"{period}-01")
        return first, date.fromordinal(first.toordinal() + calendar.monthrange(first.year, first.month)[1])
    except (ValueError, OverflowError) as error:
        expected = "a year as 2025" if length == "year" else "a month as 2025-03"
        raise DafengError.at("period", period, expected) from error


def _by_medium(
    store: Store, unit: str, first: date, last: date, span: Period
) -> dict[str, list[dict[str, Any]]]:
    """Sums of the counted points of the unit by medium, in the unit of the medium."""
    counted = {
        str(row["number"]): row["medium"]
        for row in store.rows("SELECT number, medium FROM point WHERE counted AND owner = ?", [unit])
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rollup(store, Question(By.POINT, span, first, last, unit, versions=True)):
        if row["group"] in counted and row["expected"]:
            found.setdefault(counted[row["group"]], []).append(row)
    return found


def _cell(row: Any, totals: dict[str, Any] | None, parts: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """One field: its value, or the key NE and why; readings, expected, coverage and origin."""
    names = [name for name in row["media"].split(";") if name]
    if row["quantity"] == "amount":
        sums = [one for name in names for one in parts.get(name, [])]
        value = sum(one["quantity"] or 0.0 for one in sums) * factor(media()[names[0]]["unit"], row["unit"])
    else:
        sums = [totals] if totals and totals["expected"] else []
        plain = sums[0][row["quantity"]] if sums else None
        value = None if plain is None else plain * factor("tce", row["unit"])
    coverage, expected = covered_share(sums), sum(one["expected"] for one in sums)
    reason = _why_not(value, sums, coverage)
    synthetic, readings = (sum(one[name] for one in sums) for name in ("synthetic", "readings"))
    return {
        "field": row["field"], "value": None if reason else value, "unit": row["unit"], "measured": value if sums else None,
        "readings": readings, "expected": expected, "coverage": coverage, "estimated": sum(one["estimated"] for one in sums),
        "origin": "none" if not readings else "synthetic" if synthetic == readings else "mixed" if synthetic else "measured",
        "key": NotationKey.NE.value if reason else None, "reason": reason,
    }  # fmt: skip


def _why_not(value: float | None, sums: list[dict[str, Any]], coverage: float | None) -> str:
    if not sums:
        return "无该品种的计量点 · no metering point of this kind"
    if coverage is None or coverage < MIN_COVERAGE:
        share = f"{coverage or 0:.0%}"
        return f"完整率 {share}，低于 {MIN_COVERAGE:.0%} · coverage {share} is below {MIN_COVERAGE:.0%}"
    return "" if value is not None else "有读数缺当时的系数 · a reading has no factor of its date"
