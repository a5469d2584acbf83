"""Planned additions to a city's grid and expansion candidates beyond the plan.

The plan adds solar, biomass, storage and peak response.
"""

from collections.abc import Mapping
from typing import Any

from dafeng.dispatch.city.tables import CITY, KW_PER_MW, CityTables
from dafeng.evidence import DafengError, Grade, Text


def add_planned(
    tables: CityTables, peak: float, build_years: float | None, built: Mapping[str, float]
) -> list[str]:
    """Add solar, biomass, storage and peak response from the plan, and the expansion candidates.

    `build_years` are the years in which candidates may be built; None: no candidates.
    """
    inputs, year, wind_mw = tables.inputs, tables.year, tables.wind_mw()
    findings = []
    solar = inputs.given("solar_mw")
    both, origin = (
        inputs.plan_target("wind_solar_mw", ("风电", "太阳能"), year, "MW"),
        ("方案", "the plan's target"),
    )
    if both is None and solar is None:
        both = inputs.driver("wind_solar_mw", "wind_solar_mw", year, "MW")
        origin = ("年度模型情景(E级假定)", "the annual model's path, a grade E assumption,")
    if solar is None and both is None:
        raise DafengError.at(
            "plan.yaml: 风电、太阳能发电总装机容量",
            f"no target for {year} or before, and no driver wind_solar_mw",
            "the city's solar capacity",
            "give --set solar_mw=…",
        )
    if solar is None:
        solar = inputs.computed(
            "solar_mw",
            max(0.0, float(both or 0.0) - wind_mw),
            "MW",
            Grade.D if origin[0] == "方案" else Grade.E,
            "wind and solar less the wind units in plants.csv",
            "光伏装机(风光合计减已列风电)",
            "solar capacity",
        )
        findings.append(
            f"光伏 {solar:,.0f} MW = {origin[0]} {both:,.0f} MW − 已列风电 {wind_mw:,.0f} MW · "
            f"solar is what {origin[1]} leaves beside the wind units listed"
        )
    tables.generator("solar", solar + built.get("solar", 0.0), "solar")
    if built.get("wind"):
        tables.generator("wind added", built["wind"], "wind")
    biomass = inputs.plan_target("biomass_mw", ("生物质",), year, "MW")
    if biomass:
        tables.biomass(CITY, "biomass", biomass)
        findings.append(
            "生物质燃料价格案例中没有,只计可变运维 · no price of biomass fuel in the case: variable O&M only"
        )
    storage = inputs.plan_target("storage_mw", ("储能", "装机"), year, "MW") or 0.0
    tables.battery("storage", storage + built.get("storage", 0.0))
    share = inputs.plan_target("peak_response_share", ("尖峰负荷响应",), year, "1") or 0.0
    tables.rows["generators"].append(
        {
            "name": "peak response",
            "bus": CITY,
            "carrier": "response",
            "p_nom": share * peak,
            "marginal_cost": inputs.assumption("peak_response_price"),
        }
    )
    findings.append(
        "尖峰响应按最大负荷计,基数为本软件假定 · peak response as a share of the city's peak: the base is our assumption"
    )
    lost = inputs.assumption("lost_load_price")
    tables.rows["generators"].append(
        {"name": "lost load", "bus": CITY, "carrier": "lost", "p_nom": peak, "marginal_cost": lost}
    )
    if build_years is not None:
        _additions(tables, build_years)
    if build_years == 0:
        findings.append(
            str(Text(f"{year} 年已过去,不能再建", f"{year} is past: nothing can be built for it"))
        )
    return findings


def _additions(tables: CityTables, years: float) -> None:
    """Candidates of wind, sun and storage, each so much a year at most."""
    for kind, technology in (("wind", "onwind"), ("solar", "pv_utility")):
        capex = tables.inputs.cost(technology, "capex_yuan_per_kw", tables.year) * KW_PER_MW
        limit = years * tables.inputs.assumption(f"{kind}_build_mw_per_year")
        tables.generator(f"new {kind}", 0.0, kind, p_nom_max=limit, **_investment(tables, technology, capex))
    hours = tables.inputs.assumption("storage_hours")
    capex = tables.inputs.cost("bess_energy", "capex_yuan_per_kwh", tables.year) * hours * KW_PER_MW
    limit = years * tables.inputs.assumption("storage_build_mw_per_year")
    tables.battery("new storage", 0.0, p_nom_max=limit, **_investment(tables, "bess", capex))


def _investment(tables: CityTables, technology: str, capex: float) -> dict[str, Any]:
    return {
        "p_nom_extendable": True,
        "overnight_cost": capex,
        "lifetime": tables.inputs.cost(technology, "lifetime_years", tables.year),
        "discount_rate": tables.inputs.cost("system", "discount_rate", tables.year),
        "fom_cost": tables.inputs.cost(technology, "fixed_om_yuan_per_kw_year", tables.year)
        * KW_PER_MW
        * tables.part,
    }
