"""Marginal abatement cost curves and their limitations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, Finding, NotationKey, Problems, Severity
from dafeng.factors import capital_recovery_factor
from dafeng.pathway.methods.checks import finite

Array = NDArray[np.float64]
# emissions in t of the measures that are in, coalition[row, measure] of 0 and 1 -> [row]
Emissions = Callable[[Array], Array]


class CurveMethod(StrEnum):
    """Accounting method of a measure's tonnes (Sathaye & Meyers 1995, as named in LEAP's help).

    PARTIAL: each measure alone against the baseline. RETROSPECTIVE: ranked by its partial cost, each
    against the baseline with all cheaper measures already in. INTEGRATED: the order itself is determined step
    by step, the cheapest next measure against what is already in.
    """

    PARTIAL = "partial"
    RETROSPECTIVE = "retrospective"
    INTEGRATED = "integrated"


@dataclass(frozen=True, slots=True)
class Abatement:
    """Abatement measure: `reduction_t` against the baseline alone (t), `cost` net of savings (CNY), None
    where no sourced cost exists.
    """

    id: str
    reduction_t: float
    cost: float | None


@dataclass(frozen=True, slots=True)
class CostCurve:
    """Cost curve in rising order: marginal cost (CNY/t), tonnes and their running sum; what is left out;
    findings.
    """

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
        """Return the total cost in CNY; equals the area under the curve."""
        return float(self.cost.sum())

    def cost_at(self, tonnes: float) -> float:
        """Return the cost of the first `tonnes` along the curve, CNY. Raises: DafengError beyond the curve's
        end.
        """
        end = float(self.cumulative_t[-1]) if self.cumulative_t.size else 0.0
        tonnes = float(finite("cost_at", tonnes, "tonnes along the curve"))
        if not 0 <= tonnes <= end * (1 + 1e-12):
            raise DafengError.at("cost_at", f"{tonnes} t", f"0 to {end} t, the tonnes of the curve")
        before = self.cumulative_t - self.reduction_t
        return float((self.marginal_cost * np.clip(tonnes - before, 0, self.reduction_t)).sum())

    def marginal_at(self, tonnes: float) -> float:
        """Return the marginal cost at `tonnes`, CNY/t. Raises: DafengError beyond the curve's end."""
        if not self.order:
            raise DafengError.at("marginal_at", "an empty curve", "a curve with a measure of known cost")
        self.cost_at(tonnes)
        index = int(np.searchsorted(self.cumulative_t, tonnes * (1 - 1e-12)))
        return float(self.marginal_cost[min(index, self.marginal_cost.size - 1)])


def annuity(capex: ArrayLike, rate: float, life: float) -> Array:
    """Compute the yearly cost of `capex` (CNY) at real `rate` over `life` years.

    Parameters
    ----------
    capex
        Investment, any shape [CNY].
    rate
        Real discount rate [1/a], 0 or more.
    life
        Service life [a], above 0.

    Returns
    -------
    Yearly cost, shape of `capex` [CNY/a].

    Raises
    ------
    DafengError
        For rate < 0 or life <= 0.
    """
    invested = finite("annuity: capex", capex, "CNY")
    if not (np.isfinite([rate, life]).all() and rate >= 0 and life > 0):
        raise DafengError.at("annuity", f"rate {rate}, life {life}", "rate >= 0, life > 0")
    return np.asarray(invested * capital_recovery_factor(rate, life))


def abatement_cost_curve(
    measures: Sequence[Abatement | tuple[str, float, float | str | None] | Mapping[str, Any]],
    method: CurveMethod | str = CurveMethod.PARTIAL,
    emissions: Emissions | None = None,
) -> CostCurve:
    """Compute the marginal abatement cost curve of `measures`.

    Measures without a cost, and those that save nothing, stay out of the curve; `left_out_t` sums the tonnes
    that those without a cost save. A finding warns where a cost is negative: dividing a saving by few tonnes
    makes it look better than the same saving with many (Taylor 2012; Ward 2014), so the order among them
    means nothing.

    Parameters
    ----------
    measures : sequence [measure]
        As `Abatement`, as (id, tonnes, cost) or as {id, reduction_t, cost}, cost in CNY net of savings, None
        or "NE" where no sourced cost exists.
    method : CurveMethod or str
        The partial curve counts each measure alone, so its sum overstates what they save together; the
        retrospective and the integrated curve count each tonne once.
    emissions : callable
        `emissions(coalitions[row, measure])` gives t for any set of the measures; it is needed for the
        retrospective and the integrated curve.

    Returns
    -------
    CostCurve
        A curve whose area is the total cost.

    Raises
    ------
    DafengError
        For an unknown method, a missing `emissions`, and with every measure that is given twice, lacks a
        field or has NaN for a number.

    References
    ----------
    Taylor 2012, Energy Policy 48:430; Ward 2014, Energy Policy 73:820.
    """
    method = _method(method)
    known = _known(measures)
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


def _known(measures: Sequence[Any]) -> list[Abatement]:
    """`measures` checked, all that is wrong at once."""
    problems, known = Problems(), list[Abatement]()
    for number, given in enumerate(measures, start=1):
        where = f"measures: {number}"
        try:
            found = (
                given
                if isinstance(given, Abatement)
                else Abatement(**given)
                if isinstance(given, Mapping)
                else Abatement(*given)
            )
        except TypeError:
            problems.add(where, repr(given), "Abatement, (id, tonnes, cost) or {id, reduction_t, cost}")
            continue
        where = f"{where} ({found.id})"
        try:
            tonnes = float(finite(f"{where}: reduction_t", found.reduction_t, "t against the baseline alone"))
            unknown = found.cost is None or str(found.cost) == NotationKey.NE
            wanted = "CNY net of savings, or None (NE) where no sourced cost exists"
            cost = None if unknown else float(finite(f"{where}: cost", found.cost, wanted))
            known.append(Abatement(str(found.id), tonnes, cost))
        except DafengError as error:
            problems.extend(error.problems)
        except TypeError:
            problems.add(where, repr(given), "one number of tonnes and one of CNY")
        if any(other.id == str(found.id) for other in known[:-1]):
            problems.add(where, "an id given twice", "each measure once")
    problems.raise_if_any()
    return known


def _method(method: CurveMethod | str) -> CurveMethod:
    try:
        return CurveMethod(method)
    except ValueError as error:
        raise DafengError.at("method", str(method), ", ".join(CurveMethod)) from error


def _in_order(order: Sequence[int], n: int, emissions: Emissions) -> Array:
    rows = np.zeros((len(order) + 1, n))
    for step, measure in enumerate(order, start=1):
        rows[step:, measure] = 1.0
    return np.asarray(-np.diff(_worth(emissions, rows)))


def _worth(emissions: Emissions, rows: Array) -> Array:
    worth = finite("emissions", emissions(rows), "t for each row")
    if worth.shape != (len(rows),):
        raise DafengError.at("emissions", f"shape {worth.shape}", f"t for each of the {len(rows)} rows")
    return worth


def _integrated(kept: Sequence[int], cost: Array, emissions: Emissions) -> tuple[list[int], Array]:
    state = np.zeros(cost.size)
    open_measures, order, tonnes = list(kept), [], []
    while open_measures:
        rows = np.repeat(state[None, :], len(open_measures) + 1, axis=0)
        rows[np.arange(len(open_measures)), open_measures] = 1.0
        worth = _worth(emissions, rows)
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
    left_out = float(sum(max(measure.reduction_t, 0.0) for measure in rest))
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
