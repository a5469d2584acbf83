"""What each measure, task, department and county takes of the plan's reduction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.analysis.results import Attribution, Share
from dafeng.pathway.compile.county_shares import Places
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.methods.shapley import Shapley, shapley

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
    groups: Array | None = None,
) -> Shapley:  # fmt: skip
    """Shapley shares [measure, year] of the reduction of `account`, every permutation pair with one row of `draws`."""

    def value(coalitions: Array, draw: NDArray[np.int64]) -> Array:
        found = evaluate(model, coalitions, draws[draw], years, HEADLINE_ONLY)
        return -found.accounts[account]

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
) -> Wedges:
    """Reduction of `account` by measure, task, department and, with `where`, county.

    Measures add up to tasks; a task is shared equally among the departments jointly responsible; a measure is
    shared among counties as `where` says. The shares close to the mean reduction of the draws used.

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
    found = shares(model, used, years, account, permutations, seed, groups)
    column = list(years).index(HEADLINE_YEAR)
    worth, error = found.group_value[:, column], found.group_standard_error[:, column]
    ends = _first_and_last(
        model, used[:END_DRAWS], account, np.concatenate([np.eye(len(model.measures)), membership])
    )
    n, t, d = len(model.measures), len(tasks), len(departments)
    measures = [
        Share(
            "measure", m.id, m.name_zh, m.name_en, float(found.value[k, column]), float(found.standard_error[k, column]),
            (m.task,), duty[m.task], m.grade, m.basis, *map(float, ends[:, k]),
        )
        for k, m in enumerate(model.measures)
    ]  # fmt: skip
    by_task = [
        Share(
            "task", task, responsible[task].name_zh if task in responsible else task, task, float(worth[k]),
            float(error[k]), (task,), duty[task], "", "", *map(float, ends[:, n + k]),
        )
        for k, task in enumerate(tasks)
    ]  # fmt: skip
    by_department = [
        Share(
            "department", name, name, name, float(worth[t + k]), float(error[t + k]),
            tuple(task for task in tasks if name in duty[task]), (name,),
        )
        for k, name in enumerate(departments)
    ]  # fmt: skip
    by_county = [] if where is None else [
        Share("county", code, zh, en, float(worth[t + d + k]), float(error[t + d + k]), grade="D")
        for k, (code, zh, en) in enumerate(zip(where.codes, where.names_zh, where.names_en, strict=True))
    ]  # fmt: skip
    ranked = [
        tuple(sorted(group, key=lambda s: -s.reduction_t))
        for group in (measures, by_task, by_department, by_county)
    ]
    attribution = Attribution(
        account, f"reduction in {HEADLINE_YEAR}", float(found.total[column]), float(found.total_standard_error[column]),
        ranked[0], ranked[1], ranked[2], found.permutations, ranked[3],
    )  # fmt: skip
    return Wedges(np.asarray(years, dtype=np.int64), tasks, found.group_value[:t], attribution)


def _first_and_last(model: Model, draws: Array, account: str, sets: Array) -> Array:
    """What each set of measures [set, measure] takes off alone, and on top of all others: [2, set], t, mean over `draws`."""
    rows = np.concatenate([np.zeros((1, sets.shape[1])), sets, 1.0 - sets, np.ones((1, sets.shape[1]))])
    found = evaluate(
        model,
        np.repeat(rows, len(draws), axis=0),
        np.tile(draws, (len(rows), 1)),
        [HEADLINE_YEAR],
        HEADLINE_ONLY,
    )
    mean = found.accounts[account].reshape(len(rows), len(draws)).mean(axis=1)
    alone, without = mean[1 : 1 + len(sets)], mean[1 + len(sets) : -1]
    return np.stack([mean[0] - alone, without - mean[-1]])
