"""Published allocation methods for an amount of emissions or energy; each returns weights or amounts by part.

Axis order: target or year, then part. Amounts share one unit; a method that needs a datum which a part does
not have raises and names the part. No method is the right one: the results are shown side by side
(`propose`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Text, catalogue

FloatArray = NDArray[np.float64]


TITLES: Mapping[str, Text] = {
    "base": Text("基期量", "amount in the base year"),
    "history": Text("历史年份平均量", "mean amount of past years"),
    "people": Text("基期人口(人)", "persons in the base year"),
    "people_target": Text("目标年人口(人)", "persons in the target year"),
    "gdp": Text("基期生产总值(不变价)", "GDP of the base year at constant prices"),
    "gdp_target": Text("目标年生产总值(不变价)", "GDP of the target year at constant prices"),
    "output": Text("目标年产量", "output of the target year"),
    "benchmark": Text("单位产品基准", "amount per product"),
    "potential": Text("可减量", "amount that can be avoided"),
    "cost": Text("单位减排成本(元)", "CNY per amount avoided"),
    "manual": Text("人工设定量", "amount set by hand"),
}
"""Columns of `Parts` with their titles."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Input data of the parts [part]; NaN where a datum is missing.

    `base` amount in the base year; `history` mean amount of past years; `people` and `people_target` persons
    now and in the target year; `gdp` and `gdp_target` CNY at constant prices; `output` product of the target
    year; `benchmark` amount per product; `potential` amount that can be avoided and `cost` CNY per amount
    avoided; `manual` amounts set by hand.
    """

    ids: tuple[str, ...]
    base: FloatArray
    history: FloatArray
    people: FloatArray
    people_target: FloatArray
    gdp: FloatArray
    gdp_target: FloatArray
    output: FloatArray
    benchmark: FloatArray
    potential: FloatArray
    cost: FloatArray
    manual: FloatArray

    def need(self, method: str, *names: str) -> tuple[FloatArray, ...]:
        """Return the columns `names`. Raises: DafengError naming each part that lacks one of them."""
        columns = tuple(getattr(self, name) for name in names)
        missing = {
            name: [part for part, value in zip(self.ids, column, strict=True) if not np.isfinite(value)]
            for name, column in zip(names, columns, strict=True)
        }
        missing = {name: absent for name, absent in missing.items() if absent}
        if missing:
            listed = [f"{part}:{name}" for name, absent in missing.items() for part in absent]
            few = ", ".join(listed[:3]) + (" …" if len(listed) > 3 else "")
            zh = "、".join(TITLES[name].zh for name in missing)
            everywhere = all(len(absent) == len(self.ids) for absent in missing.values())
            parts = len({part for absent in missing.values() for part in absent})
            count = "各单元均" if everywhere else f"{len(self.ids)}个单元中{parts}个"
            found = Text(f"{count}缺{zh}", f"no number at {few}")
            expected = catalogue("dafeng.assessment").both(
                "problem.columns_of_every_part", names=", ".join(names)
            )
            raise DafengError.at(f"cascade:{method}", found, expected, "fill the cells or leave the method out")  # fmt: skip
        return columns


@dataclass(frozen=True, slots=True)
class Settings:
    """Parameters of the allocation methods.

    `reserve` share kept by the city (benchmark), `elasticity` of the capability to pay,
    `convergence` from 0 (present amounts per head) to 1 (equal amounts per head)."""

    reserve: float = 0.0
    elasticity: float = 1.0
    convergence: float = 0.5


def equal_decline(total: FloatArray, parts: Parts, settings: Settings) -> FloatArray:  # noqa: ARG001 - one signature
    """Return amounts that fall (or rise) from the base at one rate: grandfathering."""
    (base,) = parts.need("equal_decline", "base")
    return _scaled(total, base)


def historical_share(total: FloatArray, parts: Parts, settings: Settings) -> FloatArray:  # noqa: ARG001 - one signature
    """Return amounts in proportion to the mean of past years."""
    (history,) = parts.need("historical_share", "history")
    return _scaled(total, history)


def capability(total: FloatArray, parts: Parts, settings: Settings) -> FloatArray:
    """Return the base less a reduction in proportion to base × (GDP per head)^elasticity.

    Parts with a higher capability to pay reduce more.

    Where the total exceeds the base there is nothing to cut and the growth goes by population.
    """
    base, people, gdp = parts.need("capability", "base", "people", "gdp")
    cut = base.sum() - total
    burden = base * (gdp / people) ** settings.elasticity
    lowered = base - np.maximum(cut, 0.0)[..., None] * burden / burden.sum()
    raised = np.maximum(-cut, 0.0)[..., None] * people / people.sum()
    return np.asarray(np.maximum(lowered, 0.0) + raised)


def benchmark(total: FloatArray, parts: Parts, settings: Settings) -> FloatArray:
    """Return benchmark × output, scaled down where it exceeds the total less the reserve.

    Shape of the energy-use rights of Fujian (2020): benchmark × output × control factor with a reserve of the
    administration; the control factor is what scales the sum to the total. It never scales up: what is not
    needed stays in the reserve.
    """
    rate, output = parts.need("benchmark", "benchmark", "output")
    wanted = rate * output
    available = total * (1.0 - settings.reserve)
    factor = np.minimum(1.0, np.divide(available, wanted.sum()))
    return np.asarray(factor[..., None] * wanted)


def convergence_per_head(total: FloatArray, parts: Parts, settings: Settings) -> FloatArray:
    """Return amounts by contraction and convergence.

    Amounts per head are on the way from the present ones to equal ones, times population.
    """
    base, people, later = parts.need("convergence_per_head", "base", "people", "people_target")
    own = base / people
    equal = total[..., None] / later.sum()
    grown = own * (total / (own * later).sum())[..., None]
    return np.asarray(later * ((1.0 - settings.convergence) * grown + settings.convergence * equal))


def least_cost(total: FloatArray, parts: Parts, settings: Settings) -> FloatArray:  # noqa: ARG001 - one signature
    """Return the base less the cheapest potentials that together reach the total, by rising cost.

    Raises: DafengError where all potentials together do not reach the total.
    """
    base, potential, cost = parts.need("least_cost", "base", "potential", "cost")
    cut = base.sum() - total
    if (cut > potential.sum() + 1e-9).any():
        raise DafengError.at(
            "cascade:least_cost", f"potentials of {potential.sum():g}", f"at least the reduction, {cut.max():g}", "add measures or raise the total"
        )  # fmt: skip
    order = np.argsort(cost, kind="stable")
    before = np.cumsum(potential[order]) - potential[order]
    used = np.clip(np.maximum(cut, 0.0)[..., None] - before, 0.0, potential[order])
    lowered = np.empty_like(used)
    lowered[..., order] = used
    return np.asarray(base - lowered + np.maximum(-cut, 0.0)[..., None] * base / base.sum())


def manual(total: FloatArray, parts: Parts, settings: Settings) -> FloatArray:  # noqa: ARG001 - one signature
    """Return the amounts set by hand. Raises: DafengError where they do not add up to the total."""
    (amounts,) = parts.need("manual", "manual")
    gap = float(np.max(np.abs(amounts.sum() - total)))
    if gap > 1e-6 * max(1.0, float(np.max(total))):
        raise DafengError.at("cascade:manual", f"amounts that add up to {amounts.sum():g}", f"{float(np.max(total)):g}", f"the difference is {gap:g}")  # fmt: skip
    return np.broadcast_to(amounts, (*total.shape, amounts.size)).copy()


def _scaled(total: FloatArray, weights: FloatArray) -> FloatArray:
    if not weights.sum() > 0:
        raise DafengError.at("cascade", "weights that are all zero", "a part with an amount above 0")
    return np.asarray(total[..., None] * weights / weights.sum())


METHODS: Mapping[str, Callable[[FloatArray, Parts, Settings], FloatArray]] = {
    "equal_decline": equal_decline,
    "historical_share": historical_share,
    "capability": capability,
    "benchmark": benchmark,
    "convergence_per_head": convergence_per_head,
    "least_cost": least_cost,
    "manual": manual,
}
"""Name → method; a further method is one function with this signature and a row here."""

WHOLE = frozenset(METHODS) - {"benchmark"}
"""Methods that hand out the whole total; what the others leave is the reserve of the city."""
