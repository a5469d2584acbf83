"""Aims of dual control that hold for a place: assigned ones first, else those of the nearest level."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dafeng.assessment.answers import answer_of, with_issued
from dafeng.assessment.budgets.budget import QUANTITY as BUDGET
from dafeng.assessment.indicators import indicator_of
from dafeng.assessment.judging import answers_of
from dafeng.assessment.targets.issued import Issued
from dafeng.case import Case
from dafeng.factors import aims_in_force
from dafeng.plan import Comparator
from dafeng.units import convert, kind

FIVE = 5
ASSIGNED = "assigned"
QUANTITIES = {"co2": ("co2_per_gdp", "co2_intensity"), "energy": ("energy_per_gdp", "energy_intensity")}
"""Controlled quantity → its id in the table of aims, and the quantity of the model."""


@dataclass(frozen=True, slots=True)
class ControlAim:
    """Aim of one quantity of dual control over a period.

    `first` is the year before the period, whose level the fall refers to; `kind` fall [1 of that level] or amount
    [t CO2] in the year `last`; `level` assigned, CN, or the code of the province or city that issued it; `bound` floor
    or stretch.
    """

    id: str
    quantity: str
    zh: str
    en: str
    kind: str
    first: int
    last: int
    value: float
    level: str
    binding: bool
    bound: str
    document: str
    issued: str
    source: str
    grade: str


def period_of(year: int) -> tuple[int, int]:
    """Return the first and last year of the five-year plan that contains a year.

    >>> period_of(2025), period_of(2026)
    ((2021, 2025), (2026, 2030))
    """
    first = (year - 1) // FIVE * FIVE + 1
    return first, first + FIVE - 1


def control_aims(case: Case, on: date, rows: Iterable[Issued] = ()) -> list[ControlAim]:
    """Return the aims of CO2 and energy per GDP, and carbon budgets, of the five-year plans around `as_of`.

    Parameters
    ----------
    case : Case
    on : date
        Day of judgement: what is issued later does not exist yet.
    rows : iterable of Issued
        Values in force of the register `issued_targets`.

    Returns
    -------
    list of ControlAim
        By period; where a value is assigned to the city, the aim of an upper level for the same quantity and years is
        left out. Binding and cumulative aims come first.
    """
    assigned = [*_of_records(case, rows, on), *_of_plan(case, on)]
    found: list[ControlAim] = []
    for first, last in dict.fromkeys((period_of(case.city.as_of), period_of(case.city.as_of + 1))):
        for quantity in QUANTITIES:
            own = [one for one in assigned if one.quantity == quantity and first <= one.last <= last]
            # an assigned value stands for the upper level's aim of its kind and span; one of a single year stays
            taken = {(one.kind, one.first, one.last) for one in own}
            upper = _of_levels(case, quantity, (first, last), on)
            found += [*_once(own), *(one for one in upper if (one.kind, one.first, one.last) not in taken)]
    return sorted(
        found,
        key=lambda aim: (period_of(aim.last), aim.quantity, aim.kind == "amount", not aim.binding, aim.bound, aim.first - aim.last),
    )  # fmt: skip


def _of_levels(case: Case, quantity: str, period: tuple[int, int], on: date) -> list[ControlAim]:
    issued = {
        aim.id: aim
        for year in range(period[0], period[1] + 1)
        for aim in aims_in_force(QUANTITIES[quantity][0], case.city.code, year, on)
    }
    return [
        ControlAim(
            aim.id, quantity, aim.zh, aim.en, "amount" if aim.kind == "amount" else "fall", aim.period_from - 1, aim.period_to,
            aim.value, aim.place, aim.binding, "floor" if aim.binding else "stretch", aim.document, str(aim.issued), aim.source,
            str(aim.grade),
        )
        for aim in issued.values()
    ]  # fmt: skip


def _of_plan(case: Case, on: date) -> list[ControlAim]:
    """Falls per GDP in per cent that the plan names or answers.csv assigns."""
    found = []
    rows = answers_of(case)
    for target in case.plan.targets if case.plan is not None else ():
        quantity = _quantity(indicator_of(target.indicator).model)
        if quantity is None or target.year is None:
            continue
        row = answer_of(target, rows).issued_now
        filled = target if row is None else with_issued(target, row)
        late = row is not None and row.issued_on > str(on)
        if filled.comparator is not Comparator.FALL or filled.unit != "%" or filled.value is None or late:
            continue
        document = (row.document or row.source) if row is not None else ""
        found.append(
            ControlAim(
                f"{target.locator} {target.indicator}", quantity, target.indicator, indicator_of(target.indicator).en, "fall",
                filled.baseline_year or period_of(target.year)[0] - 1, target.year, filled.value / 100, ASSIGNED,
                target.nature != "expected", "stretch" if target.stretch else "floor",
                document or (case.plan.document_number or case.plan.title if case.plan else ""),
                row.issued_on if row is not None else "", row.source if row is not None else "", "A",
            )
        )  # fmt: skip
    return found


def _of_records(case: Case, rows: Iterable[Issued], on: date) -> list[ControlAim]:
    """Falls per GDP and carbon budgets of the city in the register `issued_targets`."""
    found = []
    for row in rows:
        if row.level != "city" or row.node != case.city.code or (row.issued_on or on) > on:
            continue
        budget = row.quantity == BUDGET and kind(row.unit) == kind("tCO2")
        quantity = "co2" if budget else _quantity(indicator_of(row.quantity).model)
        if quantity is None or (not budget and (row.sense != "up" or kind(row.unit) != kind("1"))):
            continue
        first, last = period_of(row.year)
        value = float(convert(row.value, row.unit, "tCO2" if budget else "1"))
        found.append(
            ControlAim(
                row.place, quantity, row.quantity, row.quantity, "amount" if budget else "fall",
                first - 1 if budget or row.year == last else row.year - 1, row.year, value, ASSIGNED,
                row.modality == "binding", row.bound, row.document, str(row.issued_on or ""), row.place, "A",
            )
        )  # fmt: skip
    return found


def _quantity(model: str) -> str | None:
    return next((name for name, (_, id_) in QUANTITIES.items() if id_ == model), None)


def _once(aims: Sequence[ControlAim]) -> list[ControlAim]:
    """Return one aim for each kind, span and bound: the register comes before the case's table."""
    kept: dict[tuple[str, int, int, str], ControlAim] = {}
    for aim in aims:
        kept.setdefault((aim.kind, aim.first, aim.last, aim.bound), aim)
    return list(kept.values())
