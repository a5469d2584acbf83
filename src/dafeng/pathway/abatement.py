"""Marginal abatement cost curves and what they do not show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, Finding, Severity

Array = NDArray[np.float64]
# emissions in t of the measures that are in, coalition[row, measure] of 0 and 1 -> [row]
Emissions = Callable[[Array], Array]


class CurveMethod(StrEnum):
    """How a measure's tonnes are counted (Sathaye & Meyers 1995, as named in LEAP's help).

    PARTIAL: each measure alone against the baseline. RETROSPECTIVE: ranked by its partial cost, each
    against the baseline with all cheaper measures already in. INTEGRATED: the order itself is found step
    by step, the cheapest next measure against what is already in.
    """

    PARTIAL = "partial"
    RETROSPECTIVE = "retrospective"
    INTEGRATED = "integrated"


@dataclass(frozen=True, slots=True)
class Abatement:
    """A measure: `reduction_t` against the baseline alone (t), `cost` net of savings (CNY), None where no sourced cost exists."""

    id: str
    reduction_t: float
    cost: float | None


@dataclass(frozen=True, slots=True)
class CostCurve:
    """The curve in rising order: marginal cost (CNY/t), tonnes and their running sum; what is left out; findings."""

    order: tuple[str, ...]
    marginal_cost: Array
    reduction_t: Array
    cumulative_t: Array
    cost: Array
    left_out: tuple[str, ...]
    left_out_t: float
    findings: tuple[Finding, ...]

    @property
    def total_cost(self) -> float:
        """CNY; equals the area under the curve."""
        return float(self.cost.sum())

    def cost_at(self, tonnes: float) -> float:
        """Cost of the first `tonnes` along the curve, CNY. Raises: DafengError beyond the curve's end."""
        end = float(self.cumulative_t[-1]) if self.cumulative_t.size else 0.0
        if not 0 <= tonnes <= end * (1 + 1e-12):
            raise DafengError.at("cost_at", f"{tonnes} t", f"0 to {end} t, the tonnes of the curve")
        before = self.cumulative_t - self.reduction_t
        return float((self.marginal_cost * np.clip(tonnes - before, 0, self.reduction_t)).sum())

    def marginal_at(self, tonnes: float) -> float:
        """Marginal cost at `tonnes`, CNY/t. Raises: DafengError beyond the curve's end."""
        self.cost_at(tonnes)
        index = int(np.searchsorted(self.cumulative_t, tonnes * (1 - 1e-12)))
        return float(self.marginal_cost[min(index, self.marginal_cost.size - 1)])


def annuity(capex: ArrayLike, rate: float, life: float) -> Array:
    """Yearly cost of `capex` (CNY) at real `rate` over `life` years. Raises: DafengError for rate < 0 or life <= 0."""
    if rate < 0 or life <= 0:
        raise DafengError.at("annuity", f"rate {rate}, life {life}", "rate >= 0, life > 0")
    factor = 1 / life if rate == 0 else rate / -np.expm1(-life * np.log1p(rate))
    return np.asarray(np.asarray(capex, dtype=float) * factor)


def abatement_cost_curve(
    measures: Sequence[Abatement | tuple[str, float, float | None]],
    method: CurveMethod | str = CurveMethod.PARTIAL,
    emissions: Emissions | None = None,
) -> CostCurve:
    """The marginal abatement cost curve of `measures`.

    Parameters: `measures` as `Abatement` or as (id, tonnes, cost); `emissions(coalitions[row, measure])` gives t for any set of the measures; it is needed for
    the retrospective and the integrated curve, which count each tonne once. Measures without a cost, and
    those that save nothing, stay out of the curve and are listed with their tonnes.

    Returns: a curve whose area is the total cost. A finding warns where a cost is negative: dividing a
    saving by few tonnes makes it look better than the same saving with many (Taylor 2012, Energy Policy
    48:430; Ward 2014, 73:820), so the order among them means nothing.

    Raises: DafengError for an unknown method, a duplicate id, or a missing `emissions`.
    """
    method = _method(method)
    known = [m if isinstance(m, Abatement) else Abatement(*m) for m in measures]
    ids = [measure.id for measure in known]
    if len(set(ids)) != len(ids):
        raise DafengError.at("measures", "an id given twice", "each measure once")
    kept = [m for m, measure in enumerate(known) if measure.cost is not None and measure.reduction_t > 0]
    rest = [measure for m, measure in enumerate(known) if m not in kept]
    cost = np.array([float(measure.cost or 0.0) for measure in known])
    alone = np.array([measure.reduction_t for measure in known], dtype=float)
    if method is CurveMethod.PARTIAL:
        order = sorted(kept, key=lambda m: cost[m] / alone[m])
        tonnes = alone[order]
    elif emissions is None:
        raise DafengError.at("emissions", "none", f"a function for the {method.value} curve")
    elif method is CurveMethod.RETROSPECTIVE:
        order = sorted(kept, key=lambda m: cost[m] / alone[m])
        tonnes = _in_order(order, len(known), emissions)
    else:
        order, tonnes = _integrated(kept, cost, emissions)
    return _curve(known, order, tonnes, cost, rest)


def _method(method: CurveMethod | str) -> CurveMethod:
    try:
        return CurveMethod(method)
    except ValueError as error:
        raise DafengError.at("method", str(method), ", ".join(CurveMethod)) from error


def _in_order(order: Sequence[int], n: int, emissions: Emissions) -> Array:
    rows = np.zeros((len(order) + 1, n))
    for step, measure in enumerate(order, start=1):
        rows[step:, measure] = 1.0
    return np.asarray(-np.diff(np.asarray(emissions(rows), dtype=float)))


def _integrated(kept: Sequence[int], cost: Array, emissions: Emissions) -> tuple[list[int], Array]:
    state = np.zeros(cost.size)
    open_measures, order, tonnes = list(kept), [], []
    while open_measures:
        rows = np.repeat(state[None, :], len(open_measures) + 1, axis=0)
        rows[np.arange(len(open_measures)), open_measures] = 1.0
        worth = np.asarray(emissions(rows), dtype=float)
        saved = worth[-1] - worth[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(saved > 0, cost[open_measures] / saved, np.inf)
        best = int(np.argmin(ratio))
        order.append(open_measures.pop(best))
        tonnes.append(float(saved[best]))
        state[order[-1]] = 1.0
    return order, np.array(tonnes)


def _curve(
    measures: Sequence[Abatement], order: Sequence[int], tonnes: Array, cost: Array, rest: Sequence[Abatement]
) -> CostCurve:
    useful = tonnes > 0
    rest = [*rest, *(measures[m] for m, use in zip(order, useful, strict=True) if not use)]
    order = [m for m, use in zip(order, useful, strict=True) if use]
    tonnes = tonnes[useful]
    marginal = cost[order] / tonnes
    # interaction can lift a measure above the next in a fixed order: the curve itself must rise
    rank = np.argsort(marginal, kind="stable")
    order, tonnes, marginal = [order[k] for k in rank], tonnes[rank], marginal[rank]
    findings = []
    negative = [measures[m].id for m in order if cost[m] < 0]
    if negative:
        findings.append(
            Finding(
                "macc-negative-cost",
                Severity.WARNING,
                ", ".join(negative),
                "净成本为负的措施之间按元/吨排序没有意义:节省额相同而减排量小的反而排在前面",
                "Among measures of negative cost the ranking by CNY/t means nothing: the same saving with fewer tonnes comes first",
            )
        )
    left_out = float(sum(measure.reduction_t for measure in rest))
    if rest:
        findings.append(
            Finding(
                "macc-left-out",
                Severity.NOTE,
                ", ".join(measure.id for measure in rest),
                f"{len(rest)}项措施没有有来源的成本或没有减排量,未列入曲线,涉及{left_out:.6g}吨",
                f"{len(rest)} measures without a sourced cost or without tonnes stay out of the curve: {left_out:.6g} t",
            )
        )
    return CostCurve(
        tuple(measures[m].id for m in order),
        marginal,
        tonnes,
        np.cumsum(tonnes),
        cost[order],
        tuple(measure.id for measure in rest),
        left_out,
        tuple(findings),
    )
