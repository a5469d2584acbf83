"""Plausibility of the paths: falls per GDP of each path and baseline, beside national aims and what provinces did.

Three baselines are kept apart. *Policy as carried on* are the trends, which contain what the plan has delivered
since its start; measures count against it. *Frozen* keeps efficiency, fuels, the grid and green power at those of
`as_of`. *No plan* takes out of the trends the yearly pace at which the plan has delivered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import packaged_rows
from dafeng.pathway.engine.evaluate import evaluate
from dafeng.pathway.engine.model import Model, Parameter
from dafeng.pathway.results.bands import CARRIED_ON, EXPECTED, PLAN, Indicator
from dafeng.pathway.results.peaks import PathFall, PolicyAim

Array = NDArray[np.float64]

YEARS = 5
FROZEN = "frozen"
WITHOUT_DELIVERED = "without_delivered"
NAMES: Mapping[str, tuple[str, str]] = {
    PLAN: ("有方案", "with the plan"),
    EXPECTED: ("部分落实", "partly delivered"),
    CARRIED_ON: ("政策延续", "policy as carried on"),
    WITHOUT_DELIVERED: ("无方案", "no plan"),
    FROZEN: ("技术冻结", "frozen"),
}
HELD_RATES = ("fuel_intensity.", "electricity_intensity.")
HELD_LEVELS = (
    "saving.", "electricity_saving.", "new_saving.", "electrify.", "new_electric.", "gas_for_coal.", "low_carbon_fuel.",
    "process.", "eaf_share", "grid_factor", "wind_solar_mw", "biomass_mw", "hydro_mwh",
)  # fmt: skip


@cache
def past_falls() -> Mapping[str, Mapping[str, str]]:
    """Return what provinces did in five years, by quantity: mean, best tenth and best change (`past_falls.csv`)."""
    return {row["quantity"]: row for row in packaged_rows("dafeng.pathway", "past_falls.csv")}


def path_falls(
    model: Model, indicators: Mapping[str, Indicator], aims: list[PolicyAim]
) -> Iterator[PathFall]:
    """Yield the change per GDP from `as_of` over five years of each path, and which provinces have done as much.

    Scenarios count with the median of their samples; the baselines *frozen* and *no plan*, which have no samples of
    their own, with that of policy as carried on and their own change in the central case.

    Parameters
    ----------
    model : Model
        Compiled model.
    indicators : mapping
        Quantities per GDP in each scenario.
    aims : list of PolicyAim
        Issued aims beside the scenarios, for the aim of the same five years.
    """
    first, last = model.as_of, model.as_of + YEARS
    for quantity, row in past_falls().items():
        indicator = indicators.get(quantity)
        if indicator is None or not {first, last} <= set(indicator.years.tolist()):
            continue
        changes = {
            name: float(np.median(indicator.at(name, last) / indicator.at(name, first))) - 1.0
            for name in (PLAN, EXPECTED, CARRIED_ON) if name in indicator.values
        }  # fmt: skip
        if CARRIED_ON in changes:
            start = _change(model, quantity, first, last)
            for name, other in ((WITHOUT_DELIVERED, without_delivered(model)), (FROZEN, frozen(model))):
                own = (1.0 + _change(other, quantity, first, last)) / (1.0 + start)
                changes[name] = (1.0 + changes[CARRIED_ON]) * own - 1.0
        tenth, best = float(row["tenth"]), float(row["best"])
        aim = next(
            (a.aim for a in aims if (a.quantity, a.from_year, a.to_year) == (quantity, first, last)), None
        )
        for name, change in changes.items():
            yield PathFall(
                path=name, name_zh=NAMES[name][0], name_en=NAMES[name][1], quantity=quantity, quantity_zh=row["zh"],
                quantity_en=row["en"], from_year=first, to_year=last, change=change, yearly=(1.0 + change) ** (1.0 / YEARS) - 1.0,
                aim=aim, mean=float(row["mean"]), tenth=tenth, best=best, best_zh=row["best_zh"], best_en=row["best_en"],
                reached="none" if change < best else ("tenth" if change < tenth else "many"),
                source=row["source"], grade=row["grade"],
            )  # fmt: skip


def frozen(model: Model) -> Model:
    """Return `model` with efficiency, fuels, the grid factor and green power as they are in `as_of`."""
    changed = {}
    for id_, found in model.parameters.items():
        if found.formula is None and found.turnover is None and id_.startswith((*HELD_RATES, *HELD_LEVELS)):
            held = found.central[model.as_of - int(model.years[0])]
            changed[id_] = replace(found, central=np.where(model.years > model.as_of, held, found.central))
    return replace(model, parameters={**model.parameters, **changed})


def without_delivered(model: Model) -> Model:
    """Return `model` without the yearly pace at which its measures have delivered since their start.

    The trends carry on that pace: the delivered part of a stated effect over the years from the start to `as_of`.
    Taken out from `as_of` on for as many years as the plan lasts there (to its figure of `as_of` + 5), then held.
    """
    column = min(model.as_of + YEARS - int(model.years[0]), model.years.size - 1)
    changed: dict[str, Parameter] = {}
    for id_, found in model.parameters.items():
        if found.formula is not None:
            continue
        central = found.central
        for action in found.actions:
            measure = model.measures[action.measure]
            delivered = measure.delivered_to_date
            if not 0.0 < delivered < 1.0 or action.operation not in ("add", "multiply"):
                continue
            span = max(model.as_of - measure.start + 1, 1)
            ramp = np.clip(model.years - model.as_of, 0, YEARS) / span * delivered / (1.0 - delivered)
            end = float(action.path[column])
            central = (
                central - ramp * end if action.operation == "add" else central * (1.0 - ramp * (end - 1.0))
            )
        if central is not found.central:
            changed[id_] = replace(found, central=central)
    return replace(model, parameters={**model.parameters, **changed})


def _change(model: Model, quantity: str, first: int, last: int) -> float:
    """Relative change of `quantity` between two years in the central case without measures to come."""
    found = evaluate(model, model.delivery(0.0), np.zeros((1, len(model.drivers))), [first, last])
    values = found.quantities[quantity][0]
    return float(values[1] / values[0]) - 1.0
