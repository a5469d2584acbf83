"""Projection of a case: compilation, ensemble, results."""

import re
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dafeng import inventory as inventories
from dafeng.case import Case, load
from dafeng.evidence import MOST_SEED, Problems
from dafeng.factors import Indicator as IndicatorRow
from dafeng.pathway.analysis.attribution import PERMUTATIONS, Responsible, attribute
from dafeng.pathway.analysis.costs import RATE, Costs, cost_curve, measure_costs
from dafeng.pathway.analysis.delivery_levels import DEADLINE, chance, delivery_levels, delivery_needed
from dafeng.pathway.analysis.drivers_of_change import decompose_change
from dafeng.pathway.analysis.findings import few_left, records_apart, remarks
from dafeng.pathway.analysis.indicators import indicator_rows
from dafeng.pathway.analysis.influences import INFLUENCE_YEAR, data_requests, influences
from dafeng.pathway.analysis.learning import one_sided, score
from dafeng.pathway.analysis.observations import readings_of
from dafeng.pathway.analysis.provenance import explain
from dafeng.pathway.analysis.reconcile import reconcile, reconcile_level
from dafeng.pathway.compile.base_from_inventory import base_from
from dafeng.pathway.compile.base_year_alignment import on_one_footing
from dafeng.pathway.compile.compile import LAST_YEAR, check_place, compile_tables, unquantified
from dafeng.pathway.compile.county_shares import places
from dafeng.pathway.compile.delivered import with_delivered
from dafeng.pathway.compile.delivery_uncertainty import delivery_draws
from dafeng.pathway.compile.measures import check_starts
from dafeng.pathway.compile.plants_in_base import with_plants
from dafeng.pathway.compile.projects import projects_of
from dafeng.pathway.compile.readiness import check_ready
from dafeng.pathway.compile.unit_rates import with_unit_rates
from dafeng.pathway.engine.base import Base
from dafeng.pathway.engine.ensemble import Run, run_scenario
from dafeng.pathway.engine.evaluate import ACCOUNTS, IMPORT, ROWS
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.chances import aims_beside, chance_parts, margin, past_claimed, past_exceeded
from dafeng.pathway.forecast.ensemble import Ensemble, ensemble_of
from dafeng.pathway.forecast.plausibility import path_falls
from dafeng.pathway.forecast.settings import LEVEL_YEAR, Answer
from dafeng.pathway.forecast.stress import stress
from dafeng.pathway.methods.abatement import CurveMethod
from dafeng.pathway.methods.correlation import stated_pairs
from dafeng.pathway.methods.peaks import PeakStatus, peak
from dafeng.pathway.results.bands import CARRIED_ON, EXPECTED, PLAN, Band, Indicator
from dafeng.pathway.results.causes import Causes
from dafeng.pathway.results.costs import CostCurve
from dafeng.pathway.results.emissions import Observed, PowerTrack, SectorTrack, Track
from dafeng.pathway.results.inputs import Tornado
from dafeng.pathway.results.parts import MWH_PER_TWH, T_PER_MT, Range, finite_or_none, series
from dafeng.pathway.results.peaks import Peak as PeakSection
from dafeng.pathway.results.peaks import YearShare
from dafeng.pathway.results.projection import Projection, Results
from dafeng.pathway.results.shares import Wedge
from dafeng.pathway.terms import ALL_TERMS, Terms

Array = NDArray[np.float64]

SAMPLES = 8192
LEAST_SAMPLES, MOST_SAMPLES = 64, 2**20
SEED = 20300101
HORIZON = 2035
# of the first scramble: what the model says of years that were observed
SCORED_SAMPLES = 1024
STRESS_SAMPLES = 512
LEVEL_SAMPLES = 2048


def compile_model(
    case: Case,
    inventory: inventories.Inventory,
    correlation: Mapping[tuple[str, str], float] | None = None,
    terms: Terms = ALL_TERMS,
) -> Model:
    """Compile the annual model of a case, started from its inventory.

    `correlation` by pairs of driver ids (Gaussian copula), that of the table `correlations` without it; other
    drivers are independent.

    Parameters
    ----------
    case
        Loaded case.
    inventory
        Inventory of the case, with the base year.
    correlation
        Rank correlation by pairs of driver ids.
    terms
        Terms of uncertainty that are on.

    Returns
    -------
    Model from the base year to the last year of the case.

    Raises
    ------
    DafengError
        Where the case or its inventory lacks what the model needs, or tables or readings do not fit it.
    """
    problems = Problems()
    check_place(case.city, problems)
    problems.raise_if_any()
    check_ready(case, inventory)
    if correlation is None:
        correlation = stated_pairs(case.table("correlations"), case.table("drivers"))
    _check_starts(case)
    base = _base(case, inventory, terms)
    years = np.arange(base.year, LAST_YEAR + 1)
    model = compile_tables(
        case, base, case.city.as_of, case.name, correlation=correlation, terms=terms, overlaps=case.table("overlaps"),
        projects=partial(projects_of, case, inventory, base, years) if terms.projects else None,
        delivered=partial(with_delivered, case) if terms.running else None,
    )  # fmt: skip
    readings = readings_of(case, model.base.year, inventory)
    return replace(on_one_footing(case, inventory, model), readings=tuple(readings))


def _check_starts(case: Case) -> None:
    issued = re.search(r"〔(20\d\d)〕", (case.plan.document_number if case.plan else None) or "")
    if issued is None:
        return
    problems = Problems()
    check_starts(case.table("measures"), int(issued.group(1)), problems)
    problems.raise_if_any()


def _base(case: Case, inventory: inventories.Inventory, terms: Terms) -> Base:
    ships = case.table("drivers")
    ships = ships[ships["parameter"] == "water_share"]
    base = base_from(inventory, float(ships["value"].iloc[0]) if len(ships) else 0.0)
    if terms.units:
        base = with_unit_rates(case, inventory, base)
    return with_plants(case, inventory, base) if terms.plants else base


def run(
    case: Case | str,
    samples: int = SAMPLES,
    seed: int = SEED,
    horizon: int = HORIZON,
    permutations: int = PERMUTATIONS,
    inventory: inventories.Inventory | None = None,
    executor: Executor | None = None,
    terms: Terms = ALL_TERMS,
) -> Projection:
    """Compute the projection without and with the plan: accounts, peak probabilities, attribution,
    influences.

    Parameters
    ----------
    case : Case or str
        A loaded case, a bundled name or a folder.
    samples, seed : int
        Rows of the ensemble, shared by four independent scrambles, and their seed.
    horizon : int
        The last year in which a peak is looked for.
    permutations : int
        Permutations of the attribution.
    inventory : Inventory
        One already built.
    executor : Executor
        Where blocks of the ensemble run.
    terms : Terms
        Terms of uncertainty that the result has in addition to the ranges of drivers.

    Raises
    ------
    DafengError
        For fewer than 64 samples, a horizon outside the model, or a case that does not load, with every
        problem.
    """
    city = load(case) if isinstance(case, str) else case
    _check_request(city, samples, seed, horizon)
    known = inventories.build(city) if inventory is None else inventory
    model = compile_model(city, known, terms=terms)
    headline = city.city.headline_account
    ensemble = ensemble_of(model, samples, seed, headline, terms)
    draws, observed = ensemble.draws, ensemble.observed
    kinds = indicator_rows()
    whole = model.delivery(1.0)
    delivered = np.concatenate(
        [
            delivery_draws(model, whole, n, seed, k, terms.common_delivery)
            for k, n in enumerate(ensemble.sizes)
        ]
    )
    points = {CARRIED_ON: model.delivery(0.0), PLAN: whole, EXPECTED: delivered}
    runs = {
        name: run_scenario(model, point, draws, name, tuple(kinds), executor, ensemble.factor)
        for name, point in points.items()
    }
    peaks = {
        (name, account): _statistics(model, name, account, found.accounts[account], ensemble, horizon)
        for name, found in runs.items()
        for account in ACCOUNTS
    }
    for name, intent in ((CARRIED_ON, points[CARRIED_ON]), (PLAN, whole), (EXPECTED, whole)):
        section, _ = peaks[name, headline]
        parts = chance_parts(
            model, ensemble, delivered.mean(axis=0) if name == EXPECTED else intent, delivered if name == EXPECTED else None,
            headline, horizon, section.before_2030.value,
        )  # fmt: skip
        peaks[name, headline] = (section.model_copy(update={"parts": parts}), peaks[name, headline][1])
    wedge_years = [int(y) for y in model.years if city.city.as_of < y <= HORIZON]
    responsible = _responsible(city)
    wedges = attribute(
        model, draws, responsible, wedge_years, headline, permutations, seed, places(city, model), ensemble.factor,
        (runs[CARRIED_ON].accounts[headline] - runs[PLAN].accounts[headline]).mean(axis=0)[np.isin(model.years, wedge_years)],
    )  # fmt: skip
    known_levels = {
        0.0: peaks[CARRIED_ON, headline][0].before_2030,
        1.0: peaks[PLAN, headline][0].before_2030,
    }
    # a curve in tens needs no more rows; without model error the answer is read to its last digit
    few = ensemble.thinned(LEVEL_SAMPLES) if terms.discrepancy else ensemble
    levels = delivery_levels(model, few, headline, horizon, known_levels)
    # what readings were learned from cannot be scored on them
    first = ensemble.prior
    scores = score(
        model, points[CARRIED_ON], first.draws[:SCORED_SAMPLES], model.readings,
        None if first.factor is None else first.factor[:SCORED_SAMPLES],
    )  # fmt: skip
    causes, (centre, origins) = (
        decompose_change(model, whole, draws, model.base.year, INFLUENCE_YEAR, headline, ensemble.factor),
        explain(city, model, headline, INFLUENCE_YEAR, whole),
    )
    whole_answer = Answer(
        {name: peaks[name, headline][0].before_2030.value for name in runs},
        float(np.median(runs[PLAN].accounts[headline][:, LEVEL_YEAR - model.base.year])),
    )
    costs = measure_costs(city, model, INFLUENCE_YEAR)
    level, timing = influences(model, seed, headline, city.city.as_of, delivered.mean(axis=0))
    years = [int(year) for year in model.years]
    attribution = wedges.attribution if wedges.attribution.measures else None
    curve = cost_curve(city, model, CurveMethod.INTEGRATED, INFLUENCE_YEAR, headline, RATE, costs)
    names = {measure.id: (measure.name_zh, measure.name_en) for measure in model.measures}
    indicators = _indicators(model, runs, kinds)
    aims = list(aims_beside(indicators, city.city.code, city.city.as_of))
    results = Results(
        base={account: Range.of(runs[CARRIED_ON].accounts[account][:, 0], T_PER_MT) for account in ACCOUNTS},
        observed=[
            Observed(
                account=account, years=[int(year) for year in model.base.observed_years],
                values=series(np.median(observed[account], axis=0), T_PER_MT),
            )
            for account in ACCOUNTS
        ],
        tracks=[
            Track.of(name, account, years, Band.of(found.accounts[account]))
            for name, found in runs.items() for account in ACCOUNTS
        ],
        sectors=[row for name, found in runs.items() for account in ACCOUNTS for row in _sectors(name, found, account)],
        peaks=[section for section, _ in peaks.values()], attribution=attribution,
        wedge_years=[int(year) for year in wedges.years],
        wedges=[
            Wedge(task=task, title=responsible[task].name_zh if task in responsible else "", values=series(row, T_PER_MT))
            for task, row in zip(wedges.tasks, wedges.reduction_t, strict=True)
        ],
        unquantified=unquantified(city),
        electricity=[
            PowerTrack(scenario=name, kind=kind, values=series(values, MWH_PER_TWH))
            for name, found in runs.items() for kind, values in found.electricity.items() if np.any(values)
        ],
        mean_delivery=float(delivered.mean()), delivery_levels=list(levels),
        delivery_needed=finite_or_none(delivery_needed(levels)), influences=level, timing_influences=timing,
        causes=Causes.of(PLAN, causes, float(runs[PLAN].accounts[headline].mean(axis=0)[years.index(causes.start)])),
        tornado=Tornado.of(headline, INFLUENCE_YEAR, centre, origins),
        cost_curve=CostCurve.of(headline, Costs(INFLUENCE_YEAR, RATE, CurveMethod.INTEGRATED.value, costs), curve, names),
        data_requests=data_requests(timing, level, city), policy=aims, plausibility=list(path_falls(model, indicators, aims)),
        effective_samples=ensemble.effective_samples,
        stress=list(stress(model, ensemble.thinned(STRESS_SAMPLES), headline, horizon, seed, terms, whole_answer)),
    )  # fmt: skip
    bridge = reconcile(model, known, results.observed, results.tracks)
    bridge += reconcile_level(model, draws, results.track(PLAN, headline), INFLUENCE_YEAR, centre)
    results = results.model_copy(update={"reconciliation": bridge})
    return Projection(
        case=city.name, release=city.release, seed=seed, samples=samples, base_year=model.base.year, as_of=city.city.as_of,
        horizon=horizon, headline_account=headline, scenarios=tuple(runs), accounts=ACCOUNTS, years=model.years,
        results=results, indicators=indicators,
        findings=(*remarks(city, model, runs, wedges.attribution), *one_sided(scores), *few_left(ensemble.effective_samples, samples), *records_apart(city)), inputs=dict(city.hashes),
        peaked={name: peaks[name, headline][1] for name in runs},
    )  # fmt: skip


def _check_request(city: Case, samples: int, seed: int, horizon: int) -> None:
    problems = Problems()
    if not LEAST_SAMPLES <= samples <= MOST_SAMPLES:
        problems.add(
            "--samples", str(samples), f"{LEAST_SAMPLES} to {MOST_SAMPLES:,} samples", "leave it out: 8192"
        )
    if not 0 <= seed < MOST_SEED:
        problems.add("--seed", str(seed), f"a whole number from 0 to {MOST_SEED - 1}")
    if not city.city.base_year + 1 < horizon <= city.city.horizon:
        expected = f"a year after {city.city.base_year + 1} up to {city.city.horizon}"
        problems.add("--horizon", str(horizon), expected)
    check_place(city.city, problems)
    problems.raise_if_any()


def _sectors(scenario: str, found: Run, account: str) -> list[SectorTrack]:
    """Means by row: account A has no processes, account B no import."""
    left_out = "process" if account == "A" else IMPORT
    return [
        SectorTrack(scenario=scenario, account=account, sector=sector, values=series(row, T_PER_MT))
        for sector, row in zip(ROWS, found.sectors, strict=True)
        if sector != left_out and np.any(row)
    ]


def _statistics(
    model: Model, scenario: str, account: str, series: Array, ensemble: Ensemble, horizon: int
) -> tuple[PeakSection, NDArray[np.bool_]]:
    """Return the section of one account in one scenario, and in which samples it peaks in 2029 or before."""
    inside = model.years <= horizon
    years = np.concatenate([model.base.observed_years, model.years[inside]])
    values = np.concatenate([ensemble.observed[account], series[:, inside]], axis=1)
    result, groups = peak(years, values), ensemble.groups
    happened = ~np.isnan(result.year)
    chosen = result.year[happened]
    width = result.plateau_end - result.plateau_start + 1
    section = PeakSection(
        scenario=scenario, account=account, year=Range.of(chosen) if chosen.size else None,
        level=Range.of(result.level[happened], T_PER_MT) if chosen.size else None,
        before_2030=chance(result.year <= DEADLINE, groups), by_2030=chance(result.year <= 2030, groups),
        already_past=float(np.mean(result.status == PeakStatus.ALREADY_PAST)), not_within_horizon=float(np.mean(~happened)),
        plateau_years=float(np.median(width[happened])) if chosen.size else None,
        distribution=[
            YearShare(year=int(year), share=float(np.mean(result.year == year))) for year in np.unique(chosen)
        ],
        year_ahead=Range.of(chosen[chosen > model.as_of]) if (chosen > model.as_of).any() else None,
        past_claimed=past_claimed(years, values, model.as_of), past_exceeded=past_exceeded(years, values, model.as_of),
        margin=margin(years, values) if horizon > DEADLINE else None,
    )  # fmt: skip
    return section, result.year <= DEADLINE


def _responsible(city: Case) -> Mapping[str, Responsible]:
    if city.plan is None:
        return {}
    return {
        task.locator: Responsible(task.locator, task.title, tuple(task.departments))
        for task in city.plan.tasks
    }


def _indicators(
    model: Model, runs: Mapping[str, Run], kinds: Mapping[str, IndicatorRow]
) -> Mapping[str, Indicator]:
    present = [id_ for id_ in kinds if all(id_ in found.quantities for found in runs.values())]
    return {
        id_: Indicator(
            id_, kinds[id_].zh, kinds[id_].en, kinds[id_].model_unit,
            model.years[: runs[PLAN].quantities[id_].shape[1]], {name: found.quantities[id_] for name, found in runs.items()},
        )
        for id_ in present
    }  # fmt: skip
