"""Ensemble evaluation: no plan and plan on the same draws, block by block, so that memory does not grow with
quantities.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import track
from dafeng.pathway.engine.evaluate import ACCOUNTS, HEADLINE_ONLY, ROWS, Result, evaluate
from dafeng.pathway.engine.model import Model, draw

Array = NDArray[np.float64]

BLOCK = 2048
SCRAMBLES = 4
INDICATOR_YEARS = 2035
# quantities that are energy or CO2 of it, or in proportion to them
SCALED = frozenset({"primary_energy", "energy_intensity", "co2_intensity"})
ELECTRICITY = (
    "electricity_demand", "coal_generation_old", "coal_generation_new", "wind_solar_generation",
    "hydro_generation", "biomass_generation", "net_import",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """Scenario evaluated over the ensemble.

    `accounts[name][sample, year]` in t; `sectors[row, year]` means in t of account A; `electricity[id][year]`
    means in MWh; `quantities[id][sample, year]` over the first years up to 2035.
    """

    accounts: Mapping[str, Array]
    sectors: Array
    electricity: Mapping[str, Array]
    quantities: Mapping[str, Array]


def ensemble_sizes(samples: int, scrambles: int = SCRAMBLES) -> list[int]:
    """Return the rows of each independent scramble, together `samples`."""
    sizes = [samples // scrambles + (k < samples % scrambles) for k in range(scrambles)]
    return [size for size in sizes if size > 0]


def ensemble_draws(model: Model, sizes: Sequence[int], seed: int) -> list[Array]:
    """Draw deviates of independent scrambles of `sizes` rows; each is prefix-stable."""
    return [draw(model, size, seed, scramble) for scramble, size in enumerate(sizes)]


def run_scenario(
    model: Model,
    delivery: Array,
    draws: Array,
    title: str,
    wanted: tuple[str, ...],
    executor: Executor | None = None,
    factor: Array | None = None,
) -> Run:
    """Evaluate one scenario for all `draws`, keeping what the projection needs. `delivery` as in `evaluate`.

    `factor` [sample, year] multiplies energy CO2 of every sector alike, and quantities of energy and of CO2
    with it.

    With an `executor` (processes, threads, a cluster's client) blocks run there; they are put together in
    their own order, so the result is the same bit for bit.
    """
    n, years = len(draws), model.years.size
    early = int((model.years <= INDICATOR_YEARS).sum())
    parts = [slice(begin, min(begin + BLOCK, n)) for begin in range(0, n, BLOCK)]
    one = delivery.ndim == 1 or delivery.shape[0] == 1
    work = partial(_block, model, wanted, early)
    jobs = [
        (delivery if one else delivery[part], draws[part], None if factor is None else factor[part])
        for part in parts
    ]
    blocks = (
        map(work, *zip(*jobs, strict=True))
        if executor is None
        else executor.map(work, *zip(*jobs, strict=True))
    )
    accounts = {name: np.empty((n, years)) for name in ACCOUNTS}
    sectors = np.zeros((len(ROWS), years))
    electricity = {name: np.zeros(years) for name in ELECTRICITY}
    quantities: dict[str, Array] = {}
    for part, block in track(title, zip(parts, blocks, strict=True), total=len(parts)):
        for name in ACCOUNTS:
            accounts[name][part] = block.accounts[name]
        sectors += block.sectors
        for name in ELECTRICITY:
            electricity[name] += block.electricity[name]
        for name, values in block.quantities.items():
            quantities.setdefault(name, np.empty((n, early)))[part] = values
    return Run(accounts, sectors / n, {name: total / n for name, total in electricity.items()}, quantities)


def accounts_of(
    model: Model,
    delivery: Array,
    draws: Array,
    executor: Executor | None = None,
    factor: Array | None = None,
    years: NDArray[np.int64] | None = None,
) -> Mapping[str, Array]:
    """Compute `account[sample, year]` in t of one point of the cube, block by block; bit for bit the same on
    any executor.

    `factor` [sample, year of the model] as in `run_scenario`; `years` are those wanted, in order, all by default.
    """
    if years is not None and factor is not None:
        factor = factor[:, years - model.years[0]]
    parts = [slice(begin, min(begin + BLOCK, len(draws))) for begin in range(0, len(draws), BLOCK)]
    one = delivery.ndim == 1 or delivery.shape[0] == 1
    degrees = [delivery if one else delivery[part] for part in parts]
    run = map if executor is None else executor.map
    factors = [None if factor is None else factor[part] for part in parts]
    blocks = list(run(partial(_accounts, model, years), degrees, [draws[part] for part in parts], factors))
    return {name: np.concatenate([block[name] for block in blocks]) for name in ACCOUNTS}


def _accounts(
    model: Model, years: NDArray[np.int64] | None, delivery: Array, draws: Array, factor: Array | None
) -> Mapping[str, Array]:
    return with_factor(evaluate(model, delivery, draws, years, HEADLINE_ONLY), factor)


def _block(
    model: Model, wanted: tuple[str, ...], early: int, delivery: Array, draws: Array, factor: Array | None
) -> Run:
    """Evaluate one block; `sectors` and `electricity` are sums over its samples."""
    found = evaluate(model, delivery, draws)
    if found.sectors is None:
        raise RuntimeError("evaluate left out the sectors that were asked for")
    quantities = {name: found.quantities[name][:, :early] for name in wanted if name in found.quantities}
    sectors = found.sectors.sum(axis=0)
    if factor is not None:
        for name in SCALED.intersection(quantities):
            quantities[name] = quantities[name] * factor[:, :early]
        sectors = np.einsum("srt,st->rt", found.sectors, factor)
        sectors[ROWS.index("process")] = found.process.sum(axis=0)
    return Run(
        with_factor(found, factor),
        sectors,
        {name: found.quantities[name].sum(axis=0) for name in ELECTRICITY},
        quantities,
    )


def with_factor(found: Result, factor: Array | None) -> Mapping[str, Array]:
    """Multiply energy CO2 of the accounts [sample, year] by `factor`; processes are left as they are."""
    if factor is None:
        return found.accounts
    energy = found.accounts["B"] - found.process
    return {"A": found.accounts["A"] * factor, "B": energy * factor + found.process}


def observed_samples(model: Model, draws: Array, factor: Array | None = None) -> Mapping[str, Array]:
    """Compute the inventory's years before the base year in each sample: `account[sample, year]` in t.

    `factor` [sample, year] multiplies energy CO2: the measurement error of each year's record.

    The base year's uncertain factors apply to earlier years as the same shares; so do those of
    electricity use and of coal hours, whose generation takes the place of imports.
    """
    base = model.base
    years = base.observed_years.size
    if years == 0:
        empty = np.empty((len(draws), 0))
        return {"A": empty, "B": empty}
    factors = np.ones((len(draws), len(base.segments)))
    for position, segment in enumerate(base.segments):
        factors[:, position] = _base_value(model, f"base.{segment}", draws)
    power = base.segments.index("power")
    hours = _base_value(model, "thermal_hours", draws) / model.parameters["thermal_hours"].central[0]
    before = base.observed_co2_t[power]
    thermal = before / (float(base.co2_t[power].sum()) / base.thermal_mwh)
    factors[:, power] *= hours
    combustion = factors @ base.observed_co2_t
    process = factors @ base.observed_process_t
    grid = model.parameters.get("grid_factor")
    grid_factor = 0.0 if grid is None else float(grid.central[0])
    use = _base_value(model, "base.electricity", draws) - 1.0
    shift = np.outer(use, base.observed_electricity_mwh) - np.outer(hours - 1.0, thermal)
    imported = base.observed_import_t + shift * grid_factor
    if factor is not None:
        combustion, imported = combustion * factor, imported * factor
    return {"A": combustion + imported, "B": combustion + process}


def _base_value(model: Model, id_: str, draws: Array) -> Array:
    """Return a parameter in the base year [sample]; 1 where the model has none."""
    parameter = model.parameters.get(id_)
    if parameter is None:
        return np.ones(len(draws))
    if parameter.column < 0:
        return np.full(len(draws), parameter.central[0])
    z: NDArray[np.float64] = draws[:, parameter.column]
    spread = np.maximum(z, 0) * parameter.up[0] + np.minimum(z, 0) * parameter.down[0]
    value = parameter.central[0] * np.exp(spread) if parameter.lognormal else parameter.central[0] + spread
    return np.asarray(value)
