"""Costs of a case's measures, where the tables state them, and their marginal abatement cost curve.

A measure's yearly cost is that of measures.csv, or follows from costs.csv and prices.csv by a rule
(cost_rules.csv): capacity (annuity of what is built, by year, and fixed operation, less the power at a price)
or fuel (the dearer fuel less the one that it replaces; equipment is not in it). Whatever lacks a figure is
NE, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError, packaged_rows
from dafeng.factors import DEFAULT_SET, fuel_factors
from dafeng.pathway.compile.prices import Prices, Quoted
from dafeng.pathway.engine.base import COAL, INDUSTRY
from dafeng.pathway.engine.evaluate import ACCOUNTS, HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.program import factor_of, segment_quantity
from dafeng.pathway.methods.abatement import Abatement, CostCurve, CurveMethod, abatement_cost_curve, annuity
from dafeng.units import GJ_PER_TCE

Array = NDArray[np.float64]

# real rate where costs.csv has rivals of equal standing (0.06 and 0.08); the choice is told with the curve
RATE = 0.06
GJ_PER_TJ = 1000.0


@dataclass(frozen=True, slots=True)
class MeasureCost:
    """Cost of a measure in `year`, CNY a year net of savings, at full delivery without any other measure.

    `cost` is None where it is not estimated, with the `reason`; `investment` by year in CNY where capital is
    available, in the money of the source. `sources` are ids of sources.csv, `grade` the worst of them.
    """

    id: str
    cost: float | None
    investment: Mapping[int, float]
    sources: tuple[str, ...]
    grade: str
    reason: str


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of all measures in `year` at the real discount `rate`, and the method of the curve made of them."""

    year: int
    rate: float
    method: str
    measures: tuple[MeasureCost, ...]


@cache
def _rules() -> tuple[Mapping[str, str], ...]:
    return packaged_rows("dafeng.pathway", "cost_rules.csv")


def measure_costs(case: Case, model: Model, year: int = 2030, rate: float = RATE) -> tuple[MeasureCost, ...]:
    """Compute the cost of every measure of the model in `year`, in the central case, real discount `rate`.

    Parameters
    ----------
    case
        Loaded case with costs.csv and prices.csv.
    model
        Compiled model of the case.
    year
        Year of the costs.
    rate
        Real discount rate [1/a].

    Returns
    -------
    Cost of each measure [CNY/a], or the reason why it has none.

    Raises
    ------
    DafengError
        For a year that is not modelled or not after `as_of`, a rate below 0, and units of costs.csv or
        prices.csv that do not fit.
    """
    if not model.as_of < year <= model.years[-1]:
        raise DafengError.at("year", str(year), f"a year from {model.as_of + 1} to {model.years[-1]}")
    if not 0 <= rate < 1:
        raise DafengError.at("rate", str(rate), "a real discount rate from 0 to below 1", "6 % is 0.06")
    table = case.table("measures").drop_duplicates("id").set_index("id")
    acts: dict[int, list[str]] = {k: [] for k in range(len(model.measures))}
    for id_, parameter in model.parameters.items():
        for action in parameter.actions:
            acts[action.measure].append(id_)
    prices, found = Prices(case), []
    for k, measure in enumerate(model.measures):
        stated = float(table.loc[measure.id, "cost"])  # type: ignore[arg-type]  # a number column
        if np.isfinite(stated):
            found.append(MeasureCost(measure.id, stated, {}, (measure.source,), measure.grade, ""))
            continue
        alone = np.zeros((2, len(model.measures)))
        alone[1, k] = 1.0
        parts = [_by_rule(id_, model, alone, prices, year, rate) for id_ in dict.fromkeys(acts[k])]
        found.append(_together(measure.id, parts))
    return tuple(found)


def _together(id_: str, parts: list[MeasureCost]) -> MeasureCost:
    """Combine the costs of a measure's actions: a measure is costed where all of them are."""
    reasons = tuple(dict.fromkeys(part.reason for part in parts if part.cost is None))
    if reasons:
        return MeasureCost(id_, None, {}, (), "E", "; ".join(reasons))
    investment: dict[int, float] = {}
    for part in parts:
        for year, amount in part.investment.items():
            investment[year] = investment.get(year, 0.0) + amount
    sources = tuple(dict.fromkeys(source for part in parts for source in part.sources))
    return MeasureCost(
        id_, sum(part.cost or 0.0 for part in parts), investment, sources, max(p.grade for p in parts), ""
    )


def _by_rule(id_: str, model: Model, alone: Array, prices: Prices, year: int, rate: float) -> MeasureCost:
    head, _, segment = id_.partition(".")
    rules = [rule for rule in _rules() if rule["parameter"] == (head if segment else id_)]
    if not rules:
        return _unknown(id_, f"no sourced cost of what moves {id_}")
    if rules[0]["rule"] == "capacity":
        return _capacity(id_, rules, model, alone, prices, year, rate)
    return _fuel(id_, segment, rules[0], model, alone, prices, year)


def _unknown(id_: str, reason: str) -> MeasureCost:
    return MeasureCost(id_, None, {}, (), "E", reason)


def _capacity(
    id_: str,
    rules: list[Mapping[str, str]],
    model: Model,
    alone: Array,
    prices: Prices,
    year: int,
    rate: float,
) -> MeasureCost:
    """Units built up to `year`: annuity of each year's and their fixed operation, less their power at a
    price.
    """
    years = np.arange(model.as_of, year + 1)
    draws = np.zeros((2, len(model.drivers)))
    paths = Paths(model, years - model.years[0])
    paths.chunk(alone, draws)
    capacity = np.broadcast_to(paths.sure(id_), (2, years.size))
    generation = evaluate(model, alone, draws, years).quantities["wind_solar_generation"]
    cost, investment, quoted = 0.0, dict.fromkeys((int(y) for y in years[1:]), 0.0), list[Quoted]()
    for rule in rules:
        share = np.broadcast_to(_share(rule["share"], paths), (2, years.size))
        built = np.maximum(np.diff((capacity * share)[1] - (capacity * share)[0]), 0.0)
        figures = {
            "capex": prices.technology(rule["technology"], "capex_yuan_per_kw", "CNY/MW"),
            "operation": prices.technology(rule["technology"], "fixed_om_yuan_per_kw_year", "CNY/MW/a"),
            "life": prices.technology(rule["technology"], "lifetime_years", "a"),
        }
        missing = [name for name, figure in figures.items() if figure is None]
        capex, operation, life = figures["capex"], figures["operation"], figures["life"]
        if capex is None or operation is None or life is None:
            return _unknown(id_, f"no {', '.join(missing)} of {rule['technology']} in costs.csv")
        spent = [float(mw * capex.at(y)) for mw, y in zip(built, years[1:], strict=True)]
        for y, amount in zip(years[1:], spent, strict=True):
            investment[int(y)] += amount
        cost += float(annuity(sum(spent), rate, life.at(year))) + float(built.sum()) * operation.at(year)
        quoted += [capex, operation, life]
    price = prices.price(rules[0]["price"], "CNY/MWh")
    if price is None:
        return _unknown(id_, f"no {rules[0]['price']} in prices.csv")
    cost -= float(generation[1, -1] - generation[0, -1]) * price.at(year)
    return _costed(id_, cost, investment, [*quoted, price])


def _share(name: str, paths: Paths) -> Array:
    return 1.0 - paths.sure(name.removeprefix("1-")) if name.startswith("1-") else paths.sure(name)


def _fuel(
    id_: str, segment: str, rule: Mapping[str, str], model: Model, alone: Array, prices: Prices, year: int
) -> MeasureCost:
    """Gas that takes the place of coal in industry, at what both cost; TJ from the CO2 that the model saves."""
    if segment not in INDUSTRY:
        return _unknown(id_, f"prices of fuels for {segment} are not in prices.csv")
    gas, coal = prices.price(rule["price"], "CNY/m3"), prices.price(rule["against"], "CNY/tce")
    if gas is None or coal is None:
        return _unknown(id_, f"no {rule['price'] if gas is None else rule['against']} in prices.csv")
    column = np.array([year - model.years[0]])
    paths = Paths(model, column)
    paths.chunk(alone, np.zeros((2, len(model.drivers))))
    position = model.base.segments.index(segment)
    burnt = segment_quantity(model, paths, column, "co2_t", segment)
    energy, carbon = model.base.energy_tj[position, COAL], model.base.co2_t[position, COAL]
    if energy <= 0 or burnt.shape[0] < 2:
        return _costed(id_, 0.0, {}, [gas, coal])
    switched = float(burnt[0, 0] - burnt[1, 0]) / (carbon / energy - factor_of("natural_gas"))
    per_tj = gas.at(year) / float(str(fuel_factors(DEFAULT_SET).loc["natural_gas", "ncv"]))
    dearer = per_tj - coal.at(year) / GJ_PER_TCE * GJ_PER_TJ
    return _costed(id_, switched * dearer, {}, [gas, coal])


def _costed(id_: str, cost: float, investment: Mapping[int, float], quoted: list[Quoted]) -> MeasureCost:
    sources = tuple(dict.fromkeys(q.source for q in quoted))
    return MeasureCost(id_, float(cost), investment, sources, max(q.grade for q in quoted), "")


def cost_limits(model: Model, costs: Sequence[MeasureCost]) -> tuple[Array, Array]:
    """Return for `least_delivery` the weights [measure], CNY a year (0 where a measure saves money), and the
    most delivery, 0 where the cost is NE.

    Parameters
    ----------
    model
        Compiled model of the case.
    costs
        Costs of measures.

    Returns
    -------
    Weights [measure] [CNY/a] and greatest delivery [measure] [1].
    """
    known = {cost.id: cost.cost for cost in costs}
    found = [known[measure.id] for measure in model.measures]
    return np.array([max(cost or 0.0, 0.0) for cost in found]), np.array(
        [float(cost is not None) for cost in found]
    )


def cost_curve(
    case: Case,
    model: Model,
    method: CurveMethod | str = CurveMethod.INTEGRATED,
    year: int = 2030,
    account: str = "A",
    rate: float = RATE,
    costs: tuple[MeasureCost, ...] | None = None,
) -> CostCurve:
    """Compute the marginal abatement cost curve of `account` in `year`, central case, against no plan.

    Costs are those of `measure_costs` (or `costs`, where already computed); a measure whose cost is NE stays
    out of the curve and is reported with the tonnes that it saves alone. Interactions are the model's own.

    Parameters
    ----------
    case
        Loaded case with costs.csv and prices.csv.
    model
        Compiled model of the case.
    method
        How interactions of measures are treated.
    year
        Year of the curve.
    account
        A or B.
    rate
        Real discount rate [1/a].
    costs
        Costs of measures, where already computed.

    Returns
    -------
    Steps from cheap to dear [CNY/t CO2, t CO2/a], and what has no cost.

    Raises
    ------
    DafengError
        For an unknown method or account, and as `measure_costs`.
    """
    if account not in ACCOUNTS:
        raise DafengError.at("--account", account, f"an account of {', '.join(ACCOUNTS)}")
    known = {cost.id: cost for cost in (costs or measure_costs(case, model, year, rate))}
    centre = np.zeros((1, len(model.drivers)))

    def emissions(coalitions: Array) -> Array:
        found = evaluate(model, coalitions, centre, [year], HEADLINE_ONLY)
        return np.asarray(found.accounts[account][:, 0])

    m = len(model.measures)
    worth = emissions(np.concatenate([np.zeros((1, m)), np.eye(m)]))
    measures = [
        Abatement(measure.id, float(worth[0] - worth[1 + k]), known[measure.id].cost)
        for k, measure in enumerate(model.measures)
    ]
    return abatement_cost_curve(measures, method, emissions)
