"""Rest of the province around a city: a second node with load, units, sun, wind and what comes from outside.

The city trades with it over a corridor. What the province's other cities have is the province's own table of
units (`plants.csv` without those of the city), its capacities of wind and sun (`observations.csv`) and its plan;
what no table has is in `assumptions.csv` with grade E.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.dispatch.city.plants import Cluster, Unit, add_coal, capacity_of, fleet
from dafeng.dispatch.city.realised import pumped_mw
from dafeng.dispatch.city.tables import CITY, PROVINCE, CityTables
from dafeng.evidence import DafengError, Grade, Text
from dafeng.factors import grid_factor
from dafeng.units import convert

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True)
class Surroundings:
    """What a province adds to a grid: clusters of coal units and findings."""

    clusters: tuple[Cluster, ...]
    findings: tuple[Text, ...]


def has_fleet(case: Case) -> bool:
    """Check whether the province of `case` has coal units outside the city and hence can be a node."""
    if case.parent is None:
        return False
    units = case.parent.power_units()
    return bool(((units["fuel"] == "coal") & (units["county"].astype(str) != case.city.code)).any())


def add_province(
    tables: CityTables, case: Case, city_mw: NDArray[np.float64], city_res: float
) -> Surroundings:
    """Add the rest of the province and the corridor to it.

    Parameters
    ----------
    tables : CityTables
        Grid during assembly, with everything of the city.
    case : Case
        City with a parent that has a fleet.
    city_mw : ndarray [hour of the year]
        Load of the city, MW.
    city_res : float
        Wind and solar capacity of the city, MW, which is part of the province's.

    Raises
    ------
    DafengError
        For a province without a figure of its electricity use.
    """
    province = case.parent
    if province is None:
        raise AssertionError("add_province is for a case whose province has a fleet")
    tables.rows["buses"].append({"name": PROVINCE})
    running = fleet(tables, province, without=case.city.code)
    clusters = add_coal(tables, PROVINCE, running.units, prefix="province ")
    _renewables(tables, province, city_res)
    _hydro(tables, running.units, province)
    _storage(tables, running.units, province)
    load = _load(tables, province, city_mw)
    _from_outside(tables, province)
    lost = tables.inputs.assumption("lost_load_price")
    tables.rows["generators"].append(
        {"name": "province lost load", "bus": PROVINCE, "carrier": "lost", "p_nom": float(load.max()), "marginal_cost": lost}
    )  # fmt: skip
    _corridor(tables, float(city_mw.max()))
    return Surroundings(tuple(clusters), (*running.findings, *_words(tables)))


def _words(tables: CityTables) -> list[Text]:
    used = tables.inputs.used
    mw = {key: used[f"province_{key}_mw"].value for key in ("wind", "solar")}
    twh = used["province_demand_mwh"].value / 1e6
    return [
        Text(
            f"省内其余地区作为第二节点:用电 {twh:,.0f} TWh,风电 {mw['wind']:,.0f} MW,光伏 {mw['solar']:,.0f} MW;总成本含两个节点",
            f"the rest of the province is a second node: {twh:,.0f} TWh of demand, {mw['wind']:,.0f} MW of wind,"
            f" {mw['solar']:,.0f} MW of sun; the total cost is of both nodes",
        )
    ]


def _value(province: Case, indicator: str, year: int) -> tuple[float, int, str, Grade] | None:
    """Newest observation of the province not after `year`: value, year, source, grade."""
    table = province.table("observations")
    rows = table[
        (table["indicator"] == indicator)
        & (table["region"].astype(str) == province.city.code)
        & table["value"].notna()
        & (table["year"].astype(int) <= year)
    ].sort_values("year")
    if rows.empty:
        return None
    row = rows.iloc[-1]
    return float(row["value"]), int(row["year"]), str(row["source"]), Grade(str(row["grade"]))


def _renewables(tables: CityTables, province: Case, city_res: float) -> None:
    """Wind and sun: what stands, then straight to the target of the province's plan, in the shares that stand."""
    year, now = tables.year, {}
    for kind, indicator in (("wind", "capacity_wind_onshore"), ("solar", "capacity_solar_pv")):
        found = _value(province, indicator, min(year, province.city.as_of))
        now[kind] = found if found is not None else (0.0, year, "none", Grade.E)
    stands = sum(row[0] for row in now.values())
    since = max(row[1] for row in now.values())
    total, origin = stands, "as it stands"
    aim = _target(province, "target_capacity_wind_solar", year)
    if aim is not None and aim[1] > since and stands > 0:
        part = min(1.0, max(0.0, (year - since) / (aim[1] - since)))
        total, origin = (
            stands + part * max(0.0, aim[0] - stands),
            f"on the way to {aim[0]:,.0f} MW in {aim[1]}",
        )
    for kind, (mw, _, source, grade) in now.items():
        share = mw / stands if stands else 0.5
        rest = max(0.0, share * (total - city_res))
        value = tables.inputs.computed(
            f"province_{kind}_mw", rest, "MW", Grade.worst(grade, Grade.E), f"{source}, {origin}, less the city",
            {"wind": "省内其余地区风电装机", "solar": "省内其余地区光伏装机"}[kind],
            f"{kind} capacity of the rest of the province",
        )  # fmt: skip
        tables.generator(f"province {kind}", value, kind, bus=PROVINCE)
    tables.biomass(PROVINCE, "province biomass", _province_biomass(tables, province))


def _province_biomass(tables: CityTables, province: Case) -> float:
    aim = _target(province, "target_capacity_biomass", tables.year)
    return tables.inputs.computed(
        "province_biomass_mw", aim[0] if aim is not None and aim[1] <= tables.year else 0.0, "MW", Grade.E,
        "plan of the province, from its year on", "省内其余地区生物质发电装机", "biomass capacity of the province",
    )  # fmt: skip


def _target(province: Case, indicator: str, year: int) -> tuple[float, int] | None:
    """The province's target for the first year from `year` on, else its last one."""
    table = province.table("observations")
    rows = table[(table["indicator"] == indicator) & table["value"].notna()].sort_values("year")
    if rows.empty:
        return None
    later = rows[rows["year"].astype(int) >= year]
    row = later.iloc[0] if len(later) else rows.iloc[-1]
    return float(row["value"]), int(row["year"])


def _hydro(tables: CityTables, units: Sequence[Unit], province: Case) -> None:
    """Hydro of the statistics without pumped storage and the city's units: the list of units has no small ones."""
    known = _value(province, "capacity_hydro", tables.year)
    listed = capacity_of(units, "hydro")
    mine = sum(row["p_nom"] for row in tables.rows["generators"] if row["carrier"] == "hydro")
    value = tables.inputs.computed(
        "province_hydro_mw", listed if known is None else max(listed, known[0] - pumped_mw(province) - mine), "MW",
        Grade.D, "plants.csv of the province" if known is None else f"{known[2]}, less pumped storage and the city",
        "省内其余地区常规水电装机", "hydro capacity of the rest of the province",
    )  # fmt: skip
    tables.generator("province hydro", value, "hydro", bus=PROVINCE)


def _storage(tables: CityTables, units: Sequence[Unit], province: Case) -> None:
    pumped = capacity_of(units, "storage")
    inputs = tables.inputs
    round_trip = inputs.cost("phs", "efficiency", tables.year)
    tables.rows["storage_units"].append(
        {
            "name": "province pumped hydro", "bus": PROVINCE, "carrier": "storage", "p_nom": pumped,
            "max_hours": inputs.assumption("pumped_hydro_hours"), "efficiency_store": round_trip**0.5,
            "efficiency_dispatch": round_trip**0.5, "cyclic_state_of_charge": True,
        }
    )  # fmt: skip
    aim = _target(province, "target_capacity_new_storage", tables.year)
    battery = inputs.computed(
        "province_storage_mw", 0.0 if aim is None else aim[0], "MW", Grade.E, "plan of the province",
        "省内其余地区新型储能", "batteries of the rest of the province",
    )  # fmt: skip
    tables.battery("province storage", battery, bus=PROVINCE)


def _load(tables: CityTables, province: Case, city_mw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Load of the rest of the province [hour of the horizon]: its use less the city's, in the province's shape."""
    table = province.table("observations")
    rows = table[table["indicator"] == "electricity_consumption"].sort_values("year")
    if rows.empty:
        raise DafengError.at(
            f"{province.name}/observations.csv:electricity_consumption",
            Text("没有全省用电量", "no electricity use of the province"),
            Text("一年的全社会用电量", "the electricity use of one year"),
            Text(
                "补充该行,或给出 --set province_demand_mwh=…",
                "add the row, or give --set province_demand_mwh=…",
            ),
        )
    row = rows.iloc[-1]
    years = max(0, tables.year - int(row["year"]))
    use = float(row["value"]) * float(np.asarray(convert(1.0, str(row["unit"]), "MWh")))
    use *= (1.0 + tables.inputs.assumption("demand_growth")) ** years
    rest = tables.inputs.computed(
        "province_demand_mwh", max(0.0, use - float(city_mw.sum())), "MWh", Grade.E,
        f"{row['source']} {row['year']}, growth of {years} years, less the city",
        "省内其余地区用电量", "electricity use of the rest of the province",
    )  # fmt: skip
    shape = tables.year_profiles["load"].to_numpy(float)
    load: NDArray[np.float64] = rest * shape / shape.sum()
    tables.rows["loads"].append({"name": "province", "bus": PROVINCE})
    tables.profile("loads", "p_set", "province", load[tables.hours])
    return load


def _from_outside(tables: CityTables, province: Case) -> None:
    """Power from other provinces: the net import of the last year of statistics flows flat, more has a price."""
    year, inputs = tables.year, tables.inputs
    use = _value(province, "electricity_consumption", year)
    kinds = [
        _value(province, f"generation_{kind}", year) for kind in ("coal(thermal)", "hydro", "solar", "wind")
    ]
    same = [kind for kind in kinds if kind is not None and use is not None and kind[1] == use[1]]
    net = (
        (use[0] - sum(kind[0] for kind in same)) * 1e5 if use is not None and len(same) == len(kinds) else 0.0
    )
    firm = inputs.computed(
        "province_import_mw", max(0.0, net) / HOURS_PER_YEAR, "MW", Grade.E,
        "use less generation of the last year of statistics, flat over the year",
        "省外来电(平均功率)", "power from other provinces, mean",
    )  # fmt: skip
    factor = grid_factor("CN", year).value
    rate = inputs.computed(
        "outside.co2", float(factor.number or 0.0), "tCO2/MWh", factor.grade, factor.source,
        "省外来电排放因子(全国平均)", "CO2 of power from other provinces: the national mean",
    )  # fmt: skip
    tables.rows["carriers"].append({"name": "outside", "co2_emissions": rate})
    price = inputs.price("coal_benchmark_tariff", year) * 1000.0
    tables.rows["generators"] += [
        {"name": "outside firm", "bus": PROVINCE, "carrier": "outside", "p_nom": firm, "p_min_pu": 1.0, "marginal_cost": price},
        {"name": "outside more", "bus": PROVINCE, "carrier": "outside", "p_nom": inputs.assumption("province_import_more_mw"), "marginal_cost": price},
    ]  # fmt: skip


def _corridor(tables: CityTables, peak: float) -> None:
    """Corridor as two one-way links with losses."""
    inputs = tables.inputs
    kept = 1.0 - inputs.assumption("corridor_loss")
    for name, here, there in (("import", PROVINCE, CITY), ("export", CITY, PROVINCE)):
        limit = peak * inputs.assumption(f"{name}_limit_share")
        if not limit >= 0:
            raise DafengError.at(
                f"--set {name}_limit_share",
                f"{inputs.assumption(f'{name}_limit_share'):g}",
                Text("0 或更大", "0 or more"),
                Text("通道能力不能为负", "a corridor has no negative limit"),
            )
        tables.rows["links"].append(
            {"name": name, "bus0": here, "bus1": there, "carrier": "corridor", "p_nom": limit, "efficiency": kept}
        )  # fmt: skip


__all__ = ["Surroundings", "add_province", "has_fleet"]
