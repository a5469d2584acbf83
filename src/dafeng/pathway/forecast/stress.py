"""Stress tests: the result under single changes of assumptions, each with all terms of uncertainty."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.evaluate import IMPORT, ROWS, Result
from dafeng.pathway.engine.model import Action, Model, Parameter
from dafeng.pathway.forecast.ensemble import Ensemble
from dafeng.pathway.forecast.settings import Answer, answer
from dafeng.pathway.results.bands import CARRIED_ON, EXPECTED, PLAN
from dafeng.pathway.results.parts import T_PER_MT
from dafeng.pathway.results.peaks import Stress
from dafeng.pathway.terms import ALL_TERMS, Terms

Array = NDArray[np.float64]

DELAY_YEARS = 3
Change = Callable[[Model], Model]


def stress(
    model: Model, ensemble: Ensemble, account: str, horizon: int, seed: int, terms: Terms = ALL_TERMS,
    whole: Answer | None = None,
) -> Iterator[Stress]:  # fmt: skip
    """Yield the result as it is, then under one change at a time.

    Parameters
    ----------
    ensemble : Ensemble
        That of `model`; its rows and its model error serve every row of the table, so that rows differ by the
        change alone.
    whole : Answer
        Result of the ensemble that `ensemble` was thinned from: rows are then this result plus their own change,
        so that the first one is the headline.
    """
    still = answer(model, ensemble, account, horizon, seed, terms)
    start = whole or still

    def told(id_: str, zh: str, en: str, found: Answer) -> Stress:
        chance = {
            name: float(np.clip(start.chance[name] + (value - still.chance[name]), 0.0, 1.0))
            for name, value in found.chance.items()
        }
        return Stress(
            id=id_, name_zh=zh, name_en=en, plan=chance[PLAN], expected=chance[EXPECTED], carried_on=chance[CARRIED_ON],
            level=(start.level_t + (found.level_t - still.level_t)) / T_PER_MT,
        )  # fmt: skip

    yield told("as-is", "现有设定", "as it is", still)
    sure = np.array([float(measure.grade != "E") for measure in model.measures])
    yield told(
        "no-grade-e", "不计E级效果的措施", "measures of grade E dropped",
        answer(model, ensemble, account, horizon, seed, terms, whole=sure),
    )  # fmt: skip
    for id_, zh, en, change in CHANGES:
        yield told(id_, zh, en, answer(change(model), ensemble, account, horizon, seed, terms))
    if account == "A":
        yield told(
            "no-export-credit", "外送电不计减排", "no credit for exported power",
            answer(model, ensemble, account, horizon, seed, terms, counted=_exported),
        )  # fmt: skip


def _exported(found: Result, account: str) -> Array:
    """Compute what account A is credited for net export, to be added back, t CO2."""
    if found.sectors is None:
        raise RuntimeError(f"account {account} without its sectors")
    return np.maximum(-found.sectors[:, ROWS.index(IMPORT)], 0.0)


def _faster(pace: float) -> Change:
    """Intensities of all branches `pace` a year higher than stated, from the base year on."""

    def change(model: Model) -> Model:
        rise = np.log1p(pace) * (model.years - model.years[0])
        return _with(
            model,
            {
                id_: replace(p, central=p.central + rise)
                for id_, p in model.parameters.items()
                if id_.startswith(("fuel_intensity.", "electricity_intensity."))
            },
        )

    return change


def _delayed(model: Model) -> Model:
    """Delay all measures: each begins and ends three years later."""

    def later(action: Action) -> Action:
        path = action.path
        if action.operation in ("raise", "lower"):
            return replace(action, path=np.concatenate([np.full(DELAY_YEARS, np.nan), path[:-DELAY_YEARS]]))
        return replace(action, path=np.concatenate([np.full(DELAY_YEARS, path[0]), path[:-DELAY_YEARS]]))

    return _with(
        model,
        {
            id_: replace(p, actions=tuple(later(action) for action in p.actions))
            for id_, p in model.parameters.items()
            if p.actions
        },
    )


def _nothing_delivered(model: Model) -> Model:
    """Nothing is delivered to date: all of each stated effect is still to come."""

    def whole(action: Action) -> Action:
        left = 1.0 - model.measures[action.measure].delivered_to_date
        if action.operation not in ("add", "multiply") or not 0.0 < left < 1.0:
            return action
        neutral = 1.0 if action.operation == "multiply" else 0.0
        return replace(action, path=neutral + (action.path - neutral) / left)

    changed = {
        id_: replace(p, actions=tuple(whole(action) for action in p.actions))
        for id_, p in model.parameters.items()
        if p.actions
    }
    return _with(model, changed)


def _no_overlaps(model: Model) -> Model:
    """Measures of a group save in full side by side."""
    return replace(model, overlaps=())


def _held(parameter: str) -> Change:
    """`parameter` stays from `as_of` on what it is then."""

    def change(model: Model) -> Model:
        found = model.parameters.get(parameter)
        if found is None or found.formula is not None:
            return model
        last = model.as_of - int(model.years[0])
        central = np.where(model.years > model.as_of, found.central[last], found.central)
        return _with(model, {parameter: replace(found, central=central)})

    return change


def _with(model: Model, changed: dict[str, Parameter]) -> Model:
    return replace(model, parameters={**model.parameters, **changed})


CHANGES: tuple[tuple[str, str, str, Change], ...] = (
    ("growth-0.7", "强度每年高0.7%", "intensities +0.7 %/a", _faster(0.007)),
    ("growth-2", "强度每年高2%", "intensities +2 %/a", _faster(0.02)),
    ("delivered-0", "至今未落实(效果全部待实现)", "nothing delivered to date", _nothing_delivered),
    ("no-overlaps", "不扣除措施重叠", "overlaps of measures not taken off", _no_overlaps),
    ("delay-3", "各项措施推迟三年", "measures three years later", _delayed),
    ("hours", "煤电利用小时保持不变", "hours of coal units stay", _held("thermal_hours")),
    ("grid-factor", "电网因子保持不变", "grid factor stays", _held("grid_factor")),
)
