"""Targets of a plan as bounds on quantities of the model, to test whether they can be reached together."""

from dafeng.assessment.indicators import indicator_of
from dafeng.assessment.rules import bounds, comparable
from dafeng.assessment.together import LEVELS
from dafeng.case import Case
from dafeng.pathway import Requirement, quantity_units


def requirements(case: Case) -> list[Requirement]:
    """Return each target of `case` after `as_of` with a figure that the model holds, without the peak itself.

    Changes against a baseline and indicators outside the model are left out.

    Parameters
    ----------
    case
        Loaded case with a plan.

    Returns
    -------
    Requirements in the unit of the target.
    """
    units = quantity_units()
    found = []
    for target in case.plan.targets if case.plan is not None else ():
        quantity = indicator_of(target.indicator).model
        unit = target.unit or "1"
        fits = quantity in units and target.value is not None and target.comparator in LEVELS
        if (
            not fits
            or target.year is None
            or target.year <= case.city.as_of
            or not comparable(unit, units[quantity])
        ):
            continue
        low, high = bounds(target)
        found.append(
            Requirement(f"{target.locator} {target.indicator}", quantity, target.year, low, high, unit)
        )
    return found
