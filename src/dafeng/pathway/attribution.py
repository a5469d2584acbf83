"""What each measure, task and department takes of the plan's reduction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.evaluation import HEADLINE_ONLY, evaluate
from dafeng.pathway.model import Model
from dafeng.pathway.projection import Attribution, Share
from dafeng.pathway.shapley import Shapley, shapley

Array = NDArray[np.float64]

PERMUTATIONS = 2000
HEADLINE_YEAR = 2030


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
) -> Wedges:
    """Reduction of `account` by measure, task and department.

    Measures add up to tasks; a task is shared equally among the departments jointly responsible. The
    shares close to the mean reduction of the draws used.

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
    groups = np.concatenate([membership, split @ membership])
    # one pair of orders for each draw, so that the shares close to the mean over exactly these draws
    used = draws[: permutations // 2]
    found = shares(model, used, years, account, permutations, seed, groups)
    column = list(years).index(HEADLINE_YEAR)
    attribution = _attribution(model, found, column, account, tasks, departments, duty, responsible)
    return Wedges(np.asarray(years, dtype=np.int64), tasks, found.group_value[: len(tasks)], attribution)


def _attribution(
    model: Model, found: Shapley, column: int, account: str, tasks: tuple[str, ...], departments: tuple[str, ...],
    duty: Mapping[str, tuple[str, ...]], responsible: Mapping[str, Responsible],
) -> Attribution:  # fmt: skip
    measures = [
        Share(
            "measure", m.id, m.name_zh, m.name_en, float(found.value[k, column]), float(found.standard_error[k, column]),
            (m.task,), duty[m.task], m.grade, m.basis,
        )
        for k, m in enumerate(model.measures)
    ]  # fmt: skip
    worth, error = found.group_value[:, column], found.group_standard_error[:, column]
    by_task = [
        Share(
            "task",
            t,
            responsible[t].name_zh if t in responsible else t,
            t,
            float(worth[k]),
            float(error[k]),
            (t,),
            duty[t],
        )
        for k, t in enumerate(tasks)
    ]
    by_department = [
        Share(
            "department", d, d, d, float(worth[len(tasks) + k]), float(error[len(tasks) + k]),
            tuple(t for t in tasks if d in duty[t]), (d,),
        )
        for k, d in enumerate(departments)
    ]  # fmt: skip
    ranked = [
        tuple(sorted(group, key=lambda s: -s.reduction_t)) for group in (measures, by_task, by_department)
    ]
    return Attribution(
        account,
        f"reduction in {HEADLINE_YEAR}",
        float(found.total[column]),
        float(found.total_standard_error[column]),
        ranked[0],
        ranked[1],
        ranked[2],
        found.permutations,
    )
