"""`evaluate`: one vectorised function for every scenario, draw, coalition and design point.

Samples are taken in chunks that fit the cache; nothing loops over samples or years.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.engine.activity import Common, common_of, log_activity
from dafeng.pathway.engine.base import SECTOR_OF, SECTORS
from dafeng.pathway.engine.demand import segment_demand
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.power import Power, Renewables, dispatch, renewables, value, with_curtailment
from dafeng.pathway.engine.response import Response

Array = NDArray[np.float64]

# values [sample, year] of one intermediate that stay in a core's cache together with its neighbours
CHUNK_VALUES = 16384
TJ_PER_TCE = 0.0293076

ACCOUNTS = ("A", "B")
HEADLINE_ONLY = "headline"
IMPORT = "import"
ROWS: tuple[str, ...] = (*SECTORS, "process", IMPORT)


@dataclass(frozen=True, slots=True)
class Result:
    """What `evaluate` returns; every array is [sample, year] (sectors: [sample, row, year]).

    `accounts` in t CO2 by name (A: combustion and net electricity import; B: combustion and processes in
    the territory). `sectors` has ROWS: the plan's sectors (combustion), processes, import. `quantities` by
    id: electricity in MWh, capacities in MW, crude in t, shares as fractions. Both are empty where only
    the headline was asked for.
    """

    years: NDArray[np.int64]
    accounts: Mapping[str, Array]
    sectors: Array | None
    quantities: Mapping[str, Array]


def checked_delivery(model: Model, delivery: ArrayLike, samples: int) -> Array:
    """`delivery` as [sample or 1, measure].

    Raises: DafengError for another number of measures or samples, or a degree outside 0–1.
    """
    degrees = np.atleast_2d(np.asarray(delivery, dtype=float))
    if degrees.ndim != 2 or degrees.shape[1] != len(model.measures) or degrees.shape[0] not in (1, samples):
        expected = f"[1 or {samples}, {len(model.measures)}]"
        raise DafengError.at("delivery", f"shape {degrees.shape}", expected, "see Model.delivery")
    if degrees.size and not (degrees.min() >= 0 and degrees.max() <= 1):
        raise DafengError.at(
            "delivery", "a degree outside 0–1 or missing", "0 (nothing) to 1 (as in the plan)"
        )
    return degrees


def evaluate(
    model: Model,
    delivery: ArrayLike,
    draws: ArrayLike,
    years: ArrayLike | None = None,
    quantities: str = "all",
) -> Result:
    """The city in every year, for every row of delivery and draws.

    Parameters: `delivery` [measure], [1, measure] or [sample, measure], degrees 0–1; `draws`
    [sample, driver], deviates from `draw` (zeros are the central case); `years` those wanted (all by
    default); `quantities` "headline" for the accounts alone.

    Returns: `Result`. Memory is that of the result plus one chunk.

    Raises: DafengError where axes do not match, a degree is outside 0–1, or a year is not modelled.
    """
    deviates = np.atleast_2d(np.asarray(draws, dtype=float))
    if deviates.ndim != 2 or deviates.shape[1] != len(model.drivers) or not np.all(np.isfinite(deviates)):
        raise DafengError.at(
            "draws", f"shape {deviates.shape}", f"finite deviates [sample, {len(model.drivers)}]"
        )
    rows = deviates.shape[0]
    degrees = np.atleast_2d(np.asarray(delivery, dtype=float))
    if rows == 1 and degrees.shape[0] > 1:
        rows = degrees.shape[0]
    degrees = checked_delivery(model, delivery, rows)
    columns = _columns(model, years)
    paths = Paths(model, columns)
    reference = (model.reference_demand_mwh[columns], model.reference_renewable_mwh[columns])
    step = max(1, CHUNK_VALUES // columns.size)
    detail = quantities != HEADLINE_ONLY
    out: dict[str, Array] = {}
    sectors = np.empty((rows, len(ROWS), columns.size)) if detail else None
    for begin in range(0, rows, step):
        part = slice(begin, min(begin + step, rows))
        paths.chunk(
            degrees if degrees.shape[0] == 1 else degrees[part],
            deviates if deviates.shape[0] == 1 else deviates[part],
        )
        found = _chunk(model, paths, reference, columns, None if sectors is None else sectors[part])
        for name, array in found.items():
            target = out.get(name)
            if target is None:
                target = out[name] = np.empty((rows, columns.size))
            target[part] = array
    accounts = {name: out.pop(name) for name in ACCOUNTS}
    return Result(model.years[columns], accounts, sectors, out)


def _columns(model: Model, years: ArrayLike | None) -> NDArray[np.intp]:
    if years is None:
        return np.arange(model.years.size)
    wanted = np.atleast_1d(np.asarray(years, dtype=np.int64))
    missing = sorted(set(wanted.tolist()) - set(model.years.tolist()))
    if missing or not wanted.size:
        listed = ", ".join(str(year) for year in missing[:5]) + (" …" if len(missing) > 5 else "")
        raise DafengError.at("years", listed or "none", f"years from {model.years[0]} to {model.years[-1]}")
    return np.asarray(wanted - model.years[0], dtype=np.intp)


def _chunk(
    model: Model,
    paths: Paths,
    reference: tuple[Array, Array],
    columns: NDArray[np.intp],
    sectors: Array | None,
) -> dict[str, Array]:
    base = model.base
    common = common_of(model, paths)
    co2: Array = np.zeros((1, 1))
    process: Array = np.zeros((1, 1))
    fossil: Array = np.zeros((1, 1))
    demand: Array = np.zeros((1, 1))
    if sectors is not None:
        sectors[:] = 0.0
    for position, name in enumerate(base.segments):
        if name == "power":
            continue
        found = segment_demand(paths, base, position, common)
        co2, fossil, demand = co2 + found.co2_t, fossil + found.fossil_tj, demand + found.electricity_mwh
        if found.process_t is not None:
            process = process + found.process_t
        if sectors is not None:
            sectors[:, SECTORS.index(SECTOR_OF[name])] += found.co2_t
    demand = (demand + _furnace_electricity(model, paths, common)) * _own_use(model)
    clean = renewables(paths)
    old_factor = _old_factor(model, paths)
    # not knowing how much the city uses is no reason for its units to run more: the reference moves along
    usual = reference[0] if common.electricity_base is None else reference[0] * common.electricity_base
    shift = None
    if model.response is not None:
        clean, shift = _coupled(model.response, paths, clean, demand - (usual - reference[0]), columns)
    power = dispatch(paths, demand, clean, old_factor, (usual, reference[1]), shift)
    combustion = co2 + power.co2_t
    accounts = {"A": combustion + power.import_co2_t, "B": combustion + process}
    if sectors is None:
        return accounts
    sectors[:, SECTORS.index("energy")] += power.co2_t
    sectors[:, ROWS.index("process")] += process
    sectors[:, ROWS.index(IMPORT)] += power.import_co2_t
    told = {} if shift is None else {"response_known": (~np.isnan(shift)).astype(float)}
    return accounts | told | _quantities(paths, common, fossil, demand, clean, power, accounts["A"])


def _coupled(
    response: Response, paths: Paths, clean: Renewables, demand_mwh: Array, columns: NDArray[np.intp]
) -> tuple[Renewables, Array]:
    """Curtailment and the shift of coal hours as the hourly model says, where the tables have an answer."""
    solar = clean.wind_solar_mw * (1.0 - value(paths, "wind_share"))
    hours, curtailed = response.shift(solar, clean.storage_mw, demand_mwh, columns)
    moved = np.clip(value(paths, "curtailment") + curtailed, 0.0, 1.0)
    return with_curtailment(clean, np.where(np.isnan(moved), clean.curtailed, moved)), hours


def _own_use(model: Model) -> float:
    """Demand with the power branch's own use and the grid's losses over final demand, as in the base year."""
    electricity = model.base.electricity_mwh
    own = float(electricity[model.base.segments.index("power")])
    final = float(electricity.sum()) - own
    return 1.0 + own / final if final > 0 else 1.0


def _furnace_electricity(model: Model, paths: Paths, common: Common) -> Array:
    furnace, output, rate = paths.get("eaf_share"), paths.get("steel_output_t"), paths.get("eaf_electricity")
    if furnace is None or output is None or rate is None:
        return np.zeros((1, 1))
    exponent = log_activity(paths, "steel", common)
    scale = 1.0 if exponent is None else np.exp(exponent)
    return np.asarray(output * scale * (furnace - model.parameters["eaf_share"].central[0]) * rate)


def _old_factor(model: Model, paths: Paths) -> Array:
    """tCO2/MWh [sample, 1] of the units of the base year: their combustion over their generation, times its uncertain factor."""
    position = model.base.segments.index("power")
    factor = float(model.base.co2_t[position].sum()) / model.base.thermal_mwh
    return factor * value(paths, "base.power", 1.0)


def _quantities(
    paths: Paths,
    common: Common,
    fossil: Array,
    demand: Array,
    clean: Renewables,
    power: Power,
    headline: Array,
) -> dict[str, Array]:
    rate = value(paths, "coal_rate")
    imported = np.maximum(power.import_mwh, 0.0)
    other = value(paths, "other_non_fossil_tce")
    non_fossil = (clean.total_mwh + imported * value(paths, "grid_non_fossil")) * rate + other
    coal_input = (power.old_mwh + power.new_mwh) * rate
    total = fossil / TJ_PER_TCE + coal_input + clean.total_mwh * rate + other + power.import_mwh * rate
    gdp = np.exp(common.log_gdp)
    quantities = {
        "electricity_demand": demand,
        "coal_generation_old": power.old_mwh,
        "coal_generation_new": power.new_mwh,
        "wind_solar_generation": clean.wind_solar_mwh,
        "hydro_generation": clean.hydro_mwh,
        "biomass_generation": clean.biomass_mwh,
        "net_import": power.import_mwh,
        "curtailment": clean.curtailed,
        "wind_solar_capacity": clean.wind_solar_mw,
        "biomass_capacity": clean.biomass_mw,
        "new_storage_capacity": clean.storage_mw,
        "primary_energy": total,
        "nonfossil_share": non_fossil / total,
        "energy_intensity": total / gdp,
        "co2_intensity": headline / gdp,
    }
    for name, id_ in (
        ("peak_load_response_share", "peak_response"),
        ("rail_water_freight_share", "freight_share"),
        ("bus_mode_share_centre", "bus_share"),
        ("crude_processing_capacity", "crude_capacity_t"),
    ):
        found = paths.get(id_)
        if found is not None:
            quantities[name] = found
    crude, capacity = paths.get("crude_t"), paths.get("crude_capacity_t")
    if crude is not None:
        runs = crude if capacity is None else np.minimum(crude, capacity)
        quantities["crude_throughput"] = runs
        if capacity is not None:
            quantities["capacity_utilisation"] = runs / capacity
    return quantities
