"""Attribution of the plan's reduction to measures, tasks, departments and counties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.compile.county_shares import Places
from dafeng.pathway.engine.ensemble import with_factor
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.methods.shapley import Shapley, shapley
from dafeng.pathway.results.parts import T_PER_MT, Estimate
from dafeng.pathway.results.shares import Attribution, Contribution

Array = NDArray[np.float64]

PERMUTATIONS = 2000
HEADLINE_YEAR = 2030
# first in and last in are reckoned for every measure and task on so many draws
END_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Responsible:
    """A task of the plan and the departments that are jointly responsible for it."""

    task: str
    name_zh: str
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wedges:
    """`reduction_t[task, year]` by task over `years`, and the attribution of the headline year."""

    years: NDArray[np.int64]
    tasks: tuple[str, ...]
    reduction_t: Array
    attribution: Attribution


def shares(
    model: Model, draws: Array, years: Sequence[int], account: str = "A", permutations: int = PERMUTATIONS, seed: int = 0,
    groups: Array | None = None, factor: Array | None = None,
) -> Shapley:  # fmt: skip
    """Compute Shapley shares [measure, year] of the reduction of `account`, every permutation pair with one
    row of `draws` and of `factor` (the model's own error [draw, year of `years`]).
    """

    def value(coalitions: Array, draw: NDArray[np.int64]) -> Array:
        found = evaluate(model, coalitions, draws[draw], years, HEADLINE_ONLY)
        return -with_factor(found, None if factor is None else factor[draw])[account]

    return shapley(value, len(model.measures), permutations, seed, max(2, len(draws)), groups)


def attribute(
    model: Model,
    draws: Array,
    responsible: Mapping[str, Responsible],
    years: Sequence[int],
    account: str = "A",
    permutations: int = PERMUTATIONS,
    seed: int = 0,
    where: Places | None = None,
    factor: Array | None = None,
    reduction_t: Array | None = None,
) -> Wedges:
    """Attribute the reduction of `account` to measures, tasks, departments and, with `where`, counties.

    Measures add up to tasks; a task is shared equally among the departments jointly responsible; a measure is
    shared among counties as `where` states. The shares close to the mean reduction of the draws used; with
    `reduction_t` [year], the mean over all samples that trajectories show, they are scaled to it. `factor`
    [sample, year of the model] is the model's own error, which trajectories contain.

    Raises: DafengError where `years` lacks the headline year's data or the model has no measures.
    """
    tasks = tuple(dict.fromkeys(measure.task for measure in model.measures))
    duty = {task: responsible[task].departments if task in responsible else () for task in tasks}
    departments = tuple(dict.fromkeys(d for task in tasks for d in duty[task]))
    membership = np.array([[float(m.task == task) for m in model.measures] for task in tasks])
    split = np.zeros((len(departments), len(tasks)))
    for column, task in enumerate(tasks):
        for department in duty[task]:
            split[departments.index(department), column] = 1.0 / len(duty[task])
    counties = np.zeros((0, len(model.measures))) if where is None else where.shares
    groups = np.concatenate([membership, split @ membership, counties])
    # one pair of orders for each draw, so that the shares close to the mean over exactly these draws
    used = draws[: permutations // 2]
    errors = None if factor is None else factor[: len(used), np.asarray(years) - model.years[0]]
    column = list(years).index(HEADLINE_YEAR)
    raw = shares(model, used, years, account, permutations, seed, groups, errors)
    found = _scaled(raw, reduction_t)
    worth, error = found.group_value[:, column], found.group_standard_error[:, column]
    ends = _first_and_last(
        model, used[:END_DRAWS], account, np.concatenate([np.eye(len(model.measures)), membership]),
        None if errors is None else errors[:END_DRAWS, [column]],
    )  # fmt: skip
    if raw.total[column]:
        ends *= found.total[column] / raw.total[column]
    n, t, d = len(model.measures), len(tasks), len(departments)
    measures = [
        Contribution(
            id=m.id, name_zh=m.name_zh, name_en=m.name_en, **_worth(found.value[k, column], found.standard_error[k, column]),
            tasks=[m.task], departments=list(duty[m.task]), grade=m.grade, basis=m.basis, **_ends(ends[:, k]),
        )
        for k, m in enumerate(model.measures)
    ]  # fmt: skip
    by_task = [
        Contribution(
            id=task, name_zh=responsible[task].name_zh if task in responsible else task, name_en=task,
            **_worth(worth[k], error[k]), tasks=[task], departments=list(duty[task]), **_ends(ends[:, n + k]),
        )
        for k, task in enumerate(tasks)
    ]  # fmt: skip
    by_department = [
        Contribution(
            id=name, name_zh=name, name_en=name, **_worth(worth[t + k], error[t + k]),
            tasks=[task for task in tasks if name in duty[task]], departments=[name],
        )
        for k, name in enumerate(departments)
    ]  # fmt: skip
    by_county = [] if where is None else [
        Contribution(id=code, name_zh=zh, name_en=en, **_worth(worth[t + d + k], error[t + d + k]), grade="D")
        for k, (code, zh, en) in enumerate(zip(where.codes, where.names_zh, where.names_en, strict=True))
    ]  # fmt: skip
    attribution = Attribution(
        account=account, quantity=f"reduction in {HEADLINE_YEAR}", permutations=found.permutations,
        total=Estimate(
            value=float(found.total[column]) / T_PER_MT,
            standard_error=float(found.total_standard_error[column]) / T_PER_MT,
        ),
        measures=_ranked(measures), tasks=_ranked(by_task), departments=_ranked(by_department),
        counties=_ranked(by_county),
    )  # fmt: skip
    return Wedges(np.asarray(years, dtype=np.int64), tasks, found.group_value[:t], attribution)


def _scaled(found: Shapley, reduction_t: Array | None) -> Shapley:
    """Scale the shares of each year to the mean reduction over all samples, where both are reductions."""
    if reduction_t is None:
        return found
    same = (found.total > 0) & (reduction_t > 0)
    ratio = np.divide(reduction_t, found.total, out=np.ones_like(reduction_t), where=same)
    return found._replace(
        value=found.value * ratio, standard_error=found.standard_error * ratio, total=found.total * ratio,
        total_standard_error=found.total_standard_error * ratio, group_value=found.group_value * ratio,
        group_standard_error=found.group_standard_error * ratio,
    )  # fmt: skip


def _worth(tonnes: float, error: float) -> dict[str, float]:
    return {"reduction": float(tonnes) / T_PER_MT, "standard_error": float(error) / T_PER_MT}


def _ends(tonnes: Array) -> dict[str, float]:
    first, last = (float(value) / T_PER_MT for value in tonnes)
    return {"first_in": first, "last_in": last}


def _ranked(rows: Sequence[Contribution]) -> list[Contribution]:
    return sorted(rows, key=lambda row: (-row.reduction, row.id))


def _first_and_last(model: Model, draws: Array, account: str, sets: Array, factor: Array | None) -> Array:
    """Compute the reduction by each set of measures [set, measure] alone, and on top of all others: [2, set],
    t, mean over `draws` with the model's own error `factor` [draw, 1].
    """
    rows = np.concatenate([np.zeros((1, sets.shape[1])), sets, 1.0 - sets, np.ones((1, sets.shape[1]))])
    found = evaluate(
        model,
        np.repeat(rows, len(draws), axis=0),
        np.tile(draws, (len(rows), 1)),
        [HEADLINE_YEAR],
        HEADLINE_ONLY,
    )
    errors = None if factor is None else np.tile(factor, (len(rows), 1))
    mean = with_factor(found, errors)[account].reshape(len(rows), len(draws)).mean(axis=1)
    alone, without = mean[1 : 1 + len(sets)], mean[1 + len(sets) : -1]
    return np.stack([mean[0] - alone, without - mean[-1]])
