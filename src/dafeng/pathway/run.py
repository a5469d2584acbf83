"""`run`: from a case to the answer."""

import csv
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from fnmatch import fnmatchcase
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dafeng import inventory as inventories
from dafeng.case import Case, load
from dafeng.evidence import MOST_SEED, Problems
from dafeng.pathway.analysis.attribution import PERMUTATIONS, Responsible, attribute
from dafeng.pathway.analysis.costs import RATE, Costs, cost_curve, measure_costs
from dafeng.pathway.analysis.delivery_levels import DEADLINE, chance, delivery_levels, delivery_needed
from dafeng.pathway.analysis.drivers_of_change import Drivers, decompose, decompose_sectors
from dafeng.pathway.analysis.findings import remarks
from dafeng.pathway.analysis.indicators import indicator_rows
from dafeng.pathway.analysis.learning import one_sided, score
from dafeng.pathway.analysis.observations import readings_of
from dafeng.pathway.analysis.provenance import explain
from dafeng.pathway.analysis.results import (
    EXPECTED,
    NO_PLAN,
    PLAN,
    Band,
    DataRequest,
    Indicator,
    Influence,
    PeakStatistics,
    Projection,
)
from dafeng.pathway.compile.base_from_inventory import base_from
from dafeng.pathway.compile.base_year_alignment import on_one_footing
from dafeng.pathway.compile.compile import check_place, compile_tables, unquantified
from dafeng.pathway.compile.county_shares import places
from dafeng.pathway.compile.delivery_uncertainty import delivery_draws
from dafeng.pathway.compile.readiness import check_ready
from dafeng.pathway.engine.base import Base
from dafeng.pathway.engine.ensemble import Run, ensemble_draws, observed_samples, run_scenario
from dafeng.pathway.engine.evaluate import ACCOUNTS, HEADLINE_ONLY, IMPORT, ROWS, evaluate
from dafeng.pathway.engine.model import Model, draw, scoped_name
from dafeng.pathway.methods.abatement import CurveMethod
from dafeng.pathway.methods.correlation import stated_pairs
from dafeng.pathway.methods.peaks import Peak, PeakStatus, peak
from dafeng.pathway.methods.sensitivity import additive_indices

Array = NDArray[np.float64]

SAMPLES = 8192
LEAST_SAMPLES, MOST_SAMPLES = 64, 2**20
SEED = 20300101
HORIZON = 2035
INFLUENCE_YEAR = 2030
INFLUENCE_SAMPLES = 4096
DATA_REQUESTS = 3
# of the first scramble: what the model says of years that were observed
SCORED_SAMPLES = 1024


def compile_model(
    case: Case, inventory: inventories.Inventory, correlation: Mapping[tuple[str, str], float] | None = None
) -> Model:
    """The annual model of a case, started from its inventory.

    `correlation` by pairs of driver ids (Gaussian copula), that of the table `correlations` without it; other drivers are
    independent.

    Raises: DafengError where the case or its inventory lacks what the model needs, or tables do not fit it.
    """
    check_ready(case, inventory)
    if correlation is None:
        correlation = stated_pairs(case.table("correlations"), case.table("drivers"))
    model = compile_tables(case, _base(case, inventory), case.city.as_of, case.name, correlation=correlation)
    return on_one_footing(case, inventory, model)


def _base(case: Case, inventory: inventories.Inventory) -> Base:
    ships = case.table("drivers")
    ships = ships[ships["parameter"] == "water_share"]
    return base_from(inventory, float(ships["value"].iloc[0]) if len(ships) else 0.0)


def run(
    case: Case | str,
    samples: int = SAMPLES,
    seed: int = SEED,
    horizon: int = HORIZON,
    permutations: int = PERMUTATIONS,
    inventory: inventories.Inventory | None = None,
    executor: Executor | None = None,
) -> Projection:
    """Without the plan and with it: accounts, peaks with their probability, attribution, what it hangs on.

    Parameters: `case` a loaded case, a bundled name or a folder; `samples` rows of the ensemble, shared by
    four independent scrambles; `horizon` the last year in which a peak is looked for; `permutations` of
    the attribution; `inventory` one already built; `executor` where blocks of the ensemble run.

    Raises: DafengError for fewer than 64 samples, a horizon outside the model, or a case that does not
    load, with every problem.
    """
    city = load(case) if isinstance(case, str) else case
    _check_request(city, samples, seed, horizon)
    known = inventories.build(city) if inventory is None else inventory
    model = compile_model(city, known)
    blocks = ensemble_draws(model, samples, seed)
    draws = np.concatenate(blocks)
    kinds = indicator_rows()
    whole = model.delivery(1.0)
    delivered = np.concatenate(
        [delivery_draws(model, whole, len(block), seed, k) for k, block in enumerate(blocks)]
    )
    points = {NO_PLAN: model.delivery(0.0), PLAN: whole, EXPECTED: delivered}
    runs = {
        name: run_scenario(model, point, draws, name, tuple(kinds), executor)
        for name, point in points.items()
    }
    observed = observed_samples(model, draws)
    groups = np.concatenate([np.full(len(block), k) for k, block in enumerate(blocks)])
    found_peaks = {
        (name, account): _peak(model, found.accounts[account], observed[account], horizon)
        for name, found in runs.items()
        for account in ACCOUNTS
    }
    peaks = {key: _statistics(*key, result, groups, horizon) for key, result in found_peaks.items()}
    headline = city.city.headline_account
    wedge_years = [int(y) for y in model.years if city.city.as_of < y <= HORIZON]
    wedges = attribute(
        model, draws, _responsible(city), wedge_years, headline, permutations, seed, places(city, model)
    )
    known_levels = {0.0: peaks[NO_PLAN, headline].before_2030, 1.0: peaks[PLAN, headline].before_2030}
    levels = delivery_levels(model, draws, observed[headline], groups, headline, horizon, known_levels)
    scores = score(
        model, model.delivery(0.0), draws[:SCORED_SAMPLES], readings_of(city, model.base.year, known)
    )
    causes, (centre, origins) = (
        _causes(model, whole, draws, headline),
        explain(city, model, headline, INFLUENCE_YEAR, whole),
    )
    costs = measure_costs(city, model, INFLUENCE_YEAR)
    influences, timing = _influences(model, seed, headline, city.city.as_of, delivered.mean(axis=0))
    return Projection(
        case=city.name, release=city.release, seed=seed, samples=samples, base_year=model.base.year, as_of=city.city.as_of,
        horizon=horizon, headline_account=headline, years=model.years, observed_years=model.base.observed_years,
        observed={account: np.median(observed[account], axis=0) for account in ACCOUNTS},
        scenarios=tuple(runs), accounts=ACCOUNTS,
        base={account: _range(runs[NO_PLAN].accounts[account][:, 0]) for account in ACCOUNTS},
        totals={(name, account): Band.of(found.accounts[account]) for name, found in runs.items() for account in ACCOUNTS},
        sectors=ROWS,
        by_sector={(name, account): _sectors(found, account) for name, found in runs.items() for account in ACCOUNTS},
        electricity={name: found.electricity for name, found in runs.items()},
        peaks=peaks, attribution=wedges.attribution, wedge_years=wedges.years, wedge_tasks=wedges.tasks,
        wedges=wedges.reduction_t, influences=influences, data_requests=_data_requests(timing, influences),
        indicators=_indicators(model, runs, kinds), unquantified=unquantified(city),
        findings=(*remarks(city, model, runs, wedges.attribution), *one_sided(scores)), inputs=dict(city.hashes),
        mean_delivery=float(delivered.mean()), delivery_levels=levels, delivery_needed=delivery_needed(levels), timing_influences=timing,
        peaked={name: found_peaks[name, headline].year <= DEADLINE for name in runs},
        causes=causes, origins=tuple(origins), origins_centre=centre, origins_year=INFLUENCE_YEAR,
        costs=Costs(INFLUENCE_YEAR, RATE, CurveMethod.INTEGRATED.value, costs),
        cost_curve=cost_curve(city, model, CurveMethod.INTEGRATED, INFLUENCE_YEAR, headline, RATE, costs),
    )  # fmt: skip


def _causes(model: Model, delivery: Array, draws: Array, account: str) -> Drivers:
    """Kaya where the model has a population, else by sectors."""
    split = decompose if "population" in model.parameters else decompose_sectors
    return split(model, delivery, draws, model.base.year, INFLUENCE_YEAR, account)


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


def _range(samples: Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(samples, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


def _sectors(found: Run, account: str) -> Array:
    """Means by row: account A has no processes, account B no import."""
    rows = found.sectors.copy()
    rows[ROWS.index("process" if account == "A" else IMPORT)] = 0.0
    return rows


def _peak(model: Model, series: Array, observed: Array, horizon: int) -> Peak:
    inside = model.years <= horizon
    years = np.concatenate([model.base.observed_years, model.years[inside]])
    return peak(years, np.concatenate([observed, series[:, inside]], axis=1))


def _statistics(
    scenario: str, account: str, result: Peak, groups: NDArray[np.int64], horizon: int
) -> PeakStatistics:
    happened = ~np.isnan(result.year)
    chosen = result.year[happened]
    counts = {int(year): float(np.mean(result.year == year)) for year in np.unique(chosen)}
    width = result.plateau_end - result.plateau_start + 1
    return PeakStatistics(
        scenario, account, _range(chosen) if chosen.size else (np.nan,) * 3,
        _range(result.level[happened]) if chosen.size else (np.nan,) * 3,
        chance(result.year <= DEADLINE, groups), chance(result.year <= 2030, groups),
        float(np.mean(result.status == PeakStatus.ALREADY_PAST)), float(np.mean(~happened)), counts,
        float(np.median(width[happened])) if chosen.size else float("nan"), horizon,
    )  # fmt: skip


def _responsible(city: Case) -> Mapping[str, Responsible]:
    if city.plan is None:
        return {}
    return {
        task.locator: Responsible(task.locator, task.title, tuple(task.departments))
        for task in city.plan.tasks
    }


def _influences(
    model: Model, seed: int, account: str, as_of: int, delivery: Array
) -> tuple[tuple[Influence, ...], tuple[Influence, ...]]:
    """Shares of the variance of the level with the whole plan, and of its change since `as_of` at `delivery`.

    On as many draws as the fit of all drivers needs. What drives the level alone moves no peak.
    """
    draws = draw(model, max(INFLUENCE_SAMPLES, 8 * len(model.drivers)), seed)
    level = evaluate(model, model.delivery(1.0), draws, [INFLUENCE_YEAR], HEADLINE_ONLY).accounts[account]
    both = evaluate(model, delivery, draws, [as_of, INFLUENCE_YEAR], HEADLINE_ONLY).accounts[account]
    return _shares(model, draws, level[:, 0]), _shares(model, draws, both[:, 1] - both[:, 0])


def _shares(model: Model, draws: Array, values: Array) -> tuple[Influence, ...]:
    share = additive_indices(draws, values)
    rows = [
        Influence(
            d.parameter, scoped_name(d.name_zh, d.parameter), scoped_name(d.name_en, d.parameter), float(share[k]),
            d.grade, d.source, INFLUENCE_YEAR,
        )
        for k, d in enumerate(model.drivers)
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: -row.share))


def _rows(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files("dafeng.pathway") / file).read_text(encoding="utf-8").splitlines()))


def _data_requests(timing: Sequence[Influence], level: Sequence[Influence]) -> tuple[DataRequest, ...]:
    """The three data whose parameters carry most of the variance of timing and level, the two counting alike."""

    def carried(influences: Sequence[Influence], patterns: Sequence[str]) -> float:
        return sum(
            i.share for i in influences if any(fnmatchcase(i.parameter, pattern) for pattern in patterns)
        )

    requests = []
    for row in _rows("data_requests.csv"):
        patterns = row["parameters"].split(";")
        mine = dict.fromkeys(
            i.parameter
            for i in (*timing, *level)
            if any(fnmatchcase(i.parameter, pattern) for pattern in patterns)
        )
        requests.append(
            DataRequest(
                row["title_zh"], row["title_en"], row["holder_zh"], row["holder_en"],
                tuple(mine), carried(timing, patterns), carried(level, patterns),
            )
        )  # fmt: skip
    return tuple(sorted(requests, key=lambda request: -(request.share + request.level_share))[:DATA_REQUESTS])


def _indicators(
    model: Model, runs: Mapping[str, Run], kinds: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Indicator]:
    present = [id_ for id_ in kinds if all(id_ in found.quantities for found in runs.values())]
    return {
        id_: Indicator(
            id_, kinds[id_]["zh"], kinds[id_]["en"], kinds[id_]["unit"],
            model.years[: runs[PLAN].quantities[id_].shape[1]], {name: found.quantities[id_] for name, found in runs.items()},
        )
        for id_ in present
    }  # fmt: skip
