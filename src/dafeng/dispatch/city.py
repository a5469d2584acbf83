"""The city grid of a case as a system: one bus, on which the province buys and sells within corridor limits.

Units stand one by one as in `plants.csv` (coal, wind by site, hydro); solar is one city aggregate, because no list of
solar plants exists; biomass and storage follow the plan's targets. Everything else is an input that the result names.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.arrangements import HOURS, Arrangements
from dafeng.dispatch.checks import check, complete_tables
from dafeng.dispatch.city_demand import electricity_use, hourly_profiles, shaped
from dafeng.dispatch.inputs import COAL_EQUIVALENT_MWH, Inputs, Used
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS
from dafeng.evidence import DafengError, Grade, Problems
from dafeng.factors import fuel_factors, grid_factor

CITY = "city"
KW_PER_MW = 1000.0
PROFILE_FLOOR = 1e-4
"""Availability below this is zero: HiGHS drops coefficients of 1e-9 and less, and dawn is no resource."""

KNOWN = {
    "coal_start_cost_yuan_per_mw",
    "demand_mwh",
    "wind_solar_mw",
    "solar_mw",
    "biomass_mw",
    "storage_mw",
    "peak_response_share",
}
"""Inputs that the plan or the case gives and a user may give instead; `assumptions.csv` has the others."""


@dataclass(frozen=True)
class CityGrid:
    """A city's system in one year, and every number that it rests on."""

    system: System
    year: int
    used: Mapping[str, Used]
    findings: tuple[str, ...]


def city_grid(
    case: Case,
    year: int,
    *,
    expand: bool = False,
    hours: int = HOURS,
    start: int = 0,
    cap_t: float | None = None,
    non_fossil: float | None = None,
    reserve: float | None = None,
    overrides: Mapping[str, float] | None = None,
    built: Mapping[str, float] | None = None,
    arranged: Arrangements | None = None,
) -> CityGrid:
    """The grid of `case` in `year`, over `hours` from hour `start` of the year.

    `cap_t` limits the CO2 of generation and import [t in the horizon]; `non_fossil` is the least share of demand met by
    non-fossil generation in the city; `reserve` the least firm capacity per unit of peak load. `built` is
    capacity added in earlier years by name [MW]; `arranged` what the user knows of contracts, shapes and heat.

    Raises: DafengError for what the case lacks (with the table to fill) and for unknown overrides.
    """
    if not 0 <= start < start + hours <= HOURS:
        raise DafengError.at("hours", f"{start} + {hours}", f"a horizon within {HOURS} hours")
    _check_limits(cap_t, non_fossil, reserve)
    inputs = Inputs(case, overrides)
    inputs.check_overrides(KNOWN)
    arranged = arranged or Arrangements()
    profiles = hourly_profiles(case)
    window = profiles.iloc[start : start + hours].reset_index(drop=True)
    power = shaped(electricity_use(inputs, year), profiles["load"].to_numpy(float), arranged)
    builder = _Tables(inputs, year, hours / HOURS, window)
    findings = [*builder.plants(case), *builder.planned(float(power.max()), expand, built or {})]
    builder.trade(float(power.max()), case.city.code)
    findings += builder.arranged(arranged, start)
    builder.limits(cap_t, non_fossil, reserve)
    builder.loads(power[start : start + hours])
    system = builder.system(case, start, hours)
    check(system)
    return CityGrid(system, year, inputs.used, tuple(findings))


def _check_limits(cap_t: float | None, non_fossil: float | None, reserve: float | None) -> None:
    problems = Problems()
    for name, value, high, expected in (
        ("cap", cap_t, np.inf, "0 or more"),
        ("non_fossil", non_fossil, 1.0, "a share from 0 to 1"),
        ("reserve", reserve, 10.0, "a share of the peak load from 0 to 10, 0.1 being 10 %"),
    ):
        if value is not None and not 0 <= value <= high:
            problems.add(name, f"{value:g}", expected)
    problems.raise_if_any()


class _Tables:
    """Collects the rows of one city's system."""

    def __init__(self, inputs: Inputs, year: int, part: float, window: pd.DataFrame) -> None:
        self.inputs, self.year, self.part, self.window = inputs, year, part, window
        self.rows: dict[str, list[dict[str, Any]]] = {c: [] for c in COMPONENTS}
        self.series: dict[tuple[str, str], dict[str, np.ndarray]] = {}
        self.rows["buses"] = [{"name": CITY}]
        self.fuel_price = inputs.price("coal_delivered_power_plant", year) / COAL_EQUIVALENT_MWH
        self.coal_rate = self._coal_rate()
        self._carriers()

    def _coal_rate(self) -> float:
        factors = fuel_factors("guide2011")
        row = factors.loc["raw_coal"] if "raw_coal" in factors.index else factors.loc["bituminous"]
        rate = float(str(row["ef_per_tj"])) * 3.6e-3
        return self.inputs.computed(
            "coal.co2_per_mwh_fuel",
            rate,
            "t/MWh",
            Grade(str(row["grade"])),
            str(row["source"]),
            "煤燃烧排放",
            "CO2 of coal burnt",
        )

    def _carriers(self) -> None:
        credit = {k: self.inputs.assumption(f"reserve_credit_{k}") for k in _CREDITED}
        for name, (non_fossil, renewable) in _CARRIERS.items():
            rate = self.coal_rate if name == "coal" else 0.0
            self.rows["carriers"].append(
                {
                    "name": name,
                    "co2_emissions": rate,
                    "non_fossil": non_fossil,
                    "renewable": renewable,
                    "capacity_credit": credit.get(name, 0.0),
                }
            )

    def profile(self, component: str, attribute: str, name: str, values: np.ndarray) -> None:
        self.series.setdefault((component, attribute), {})[name] = values

    def availability(self, kind: str) -> np.ndarray:
        values = self.window[kind].to_numpy(float)
        if kind == "hydro":
            values = values * self.inputs.assumption("hydro_availability_factor")
        return np.where(values < PROFILE_FLOOR, 0.0, np.clip(values, 0.0, 1.0))

    def plants(self, case: Case) -> list[str]:
        """Units in service in the year. Returns findings."""
        plants = case.table("plants")
        running = plants[plants["status"].astype(str).isin(["operating", "construction"])]
        started = running["start_year"].isna() | (running["start_year"].astype(float) <= self.year)
        ended = running["end_year"].notna() & (running["end_year"].astype(float) <= self.year)
        self.hours_limit = self.inputs.assumption("coal_full_load_hours")
        retired = []
        for plant in running[started & ~ended].to_dict("records"):
            if plant["fuel"] == "coal" and self._too_old(plant):
                retired.append(str(plant["id"]))
                continue
            self._plant(plant)
        self.wind_mw = sum(r["p_nom"] for r in self.rows["generators"] if r["carrier"] == "wind")
        return [f"plants.csv: {', '.join(retired)} beyond their lifetime in {self.year}"] if retired else []

    def _class(self, capacity: float) -> str:
        return "coal_usc_1000" if capacity >= 900 else "coal_600" if capacity >= 500 else "coal_300"

    def _too_old(self, plant: Mapping[Hashable, Any]) -> bool:
        life = self.inputs.cost(self._class(float(plant["capacity_mw"])), "lifetime_years", self.year)
        return bool(pd.notna(plant["start_year"]) and float(plant["start_year"]) + life <= self.year)

    def _plant(self, plant: Mapping[Hashable, Any]) -> None:
        fuel, capacity, name = str(plant["fuel"]), float(plant["capacity_mw"]), str(plant["id"])
        row: dict[str, Any] = {
            "name": name,
            "bus": CITY,
            "carrier": fuel,
            "p_nom": capacity,
            "marginal_cost": 0.0,
        }
        if fuel == "coal":
            kind = self._class(capacity)
            efficiency = (
                float(plant["efficiency"])
                if pd.notna(plant["efficiency"])
                else self.inputs.cost(kind, "efficiency", self.year)
            )
            variable = self.inputs.cost(kind, "variable_om_yuan_per_mwh", self.year)
            ramp = self.inputs.cost("coal", "ramp_per_hour", self.year)
            row |= {"efficiency": efficiency, "marginal_cost": self.fuel_price / efficiency + variable}
            row |= {"ramp_limit_up": ramp, "ramp_limit_down": ramp}
            row["e_sum_max"] = self.hours_limit * capacity * self.part
            start = self.inputs.given("coal_start_cost_yuan_per_mw")
            if start is not None:
                least = self.inputs.cost(kind, "min_load", self.year)
                row |= {"committable": True, "p_min_pu": least, "start_up_cost": start * capacity}
        elif fuel in {"wind", "hydro"}:
            self.profile("generators", "p_max_pu", name, self.availability(fuel))
        else:
            raise DafengError.at(
                f"plants.csv:{name}:fuel", fuel, "coal, wind or hydro", "biomass and solar follow the plan"
            )
        self.rows["generators"].append(row)

    def planned(self, peak: float, expand: bool, built: Mapping[str, float]) -> list[str]:
        """Solar, biomass, storage and peak response from the plan, and what may be added."""
        inputs, year = self.inputs, self.year
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
                max(0.0, float(both or 0.0) - self.wind_mw),
                "MW",
                Grade.D if origin[0] == "方案" else Grade.E,
                "wind and solar less the wind units in plants.csv",
                "光伏装机(风光合计减已列风电)",
                "solar capacity",
            )
            findings.append(
                f"光伏 {solar:,.0f} MW = {origin[0]} {both:,.0f} MW − 已列风电 {self.wind_mw:,.0f} MW · "
                f"solar is what {origin[1]} leaves beside the wind units listed"
            )
        self._generator("solar", solar + built.get("solar", 0.0), "solar")
        if built.get("wind"):
            self._generator("wind added", built["wind"], "wind")
        biomass = inputs.plan_target("biomass_mw", ("生物质",), year, "MW")
        if biomass:
            cost = inputs.cost("biomass_chp", "variable_om_yuan_per_mwh", year)
            self.rows["generators"].append(
                {
                    "name": "biomass",
                    "bus": CITY,
                    "carrier": "biomass",
                    "p_nom": biomass,
                    "marginal_cost": cost,
                }
            )
            findings.append(
                "生物质燃料价格案例中没有,只计可变运维 · no price of biomass fuel in the case: variable O&M only"
            )
        storage = inputs.plan_target("storage_mw", ("储能", "装机"), year, "MW") or 0.0
        self._battery("storage", storage + built.get("storage", 0.0), False)
        share = inputs.plan_target("peak_response_share", ("尖峰负荷响应",), year, "1") or 0.0
        self.rows["generators"].append(
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
        self.rows["generators"].append(
            {"name": "lost load", "bus": CITY, "carrier": "lost", "p_nom": peak, "marginal_cost": lost}
        )
        if expand:
            self._additions()
        return findings

    def _generator(self, name: str, capacity: float, kind: str, **more: Any) -> None:
        self.rows["generators"].append(
            {"name": name, "bus": CITY, "carrier": kind, "p_nom": capacity, "marginal_cost": 0.0, **more}
        )
        self.profile("generators", "p_max_pu", name, self.availability(kind))

    def _investment(self, technology: str, capex: float) -> dict[str, Any]:
        return {
            "p_nom_extendable": True,
            "overnight_cost": capex,
            "lifetime": self.inputs.cost(technology, "lifetime_years", self.year),
            "discount_rate": self.inputs.cost("system", "discount_rate", self.year),
            "fom_cost": self.inputs.cost(technology, "fixed_om_yuan_per_kw_year", self.year)
            * KW_PER_MW
            * self.part,
        }

    def _additions(self) -> None:
        for kind, technology in (("wind", "onwind"), ("solar", "pv_utility")):
            capex = self.inputs.cost(technology, "capex_yuan_per_kw", self.year) * KW_PER_MW
            limit = self.inputs.assumption(f"{kind}_build_max_mw")
            self._generator(f"new {kind}", 0.0, kind, p_nom_max=limit, **self._investment(technology, capex))
        self._battery("new storage", 0.0, True)

    def _battery(self, name: str, capacity: float, new: bool) -> None:
        round_trip = self.inputs.cost("bess", "efficiency", self.year)
        hours = self.inputs.assumption("storage_hours")
        row: dict[str, Any] = {
            "name": name,
            "bus": CITY,
            "carrier": "storage",
            "p_nom": capacity,
            "max_hours": hours,
            "efficiency_store": round_trip**0.5,
            "efficiency_dispatch": round_trip**0.5,
            "cyclic_state_of_charge": True,
        }
        if new:
            per_kw = self.inputs.cost("bess_energy", "capex_yuan_per_kwh", self.year) * hours
            row |= self._investment("bess", per_kw * KW_PER_MW)
            row["p_nom_max"] = self.inputs.assumption("storage_build_max_mw")
        self.rows["storage_units"].append(row)

    def trade(self, peak: float, region: str) -> None:
        price = self.inputs.price("coal_benchmark_tariff", self.year) * KW_PER_MW
        ratio = self.inputs.assumption("export_price_ratio")
        factor = grid_factor(region, self.year).value
        self.import_rate = self.inputs.computed(
            "import.co2",
            float(factor.number or 0.0),
            "tCO2/MWh",
            factor.grade,
            factor.source,
            "购入电力排放因子",
            "CO2 of imports",
        )
        self.rows["carriers"].append({"name": "import", "co2_emissions": self.import_rate})
        self.rows["generators"] += [
            {
                "name": "import",
                "bus": CITY,
                "carrier": "import",
                "p_nom": peak * self.inputs.assumption("import_limit_share"),
                "marginal_cost": price,
            },
            {
                "name": "export",
                "bus": CITY,
                "carrier": "export",
                "sign": -1.0,
                "p_nom": peak * self.inputs.assumption("export_limit_share"),
                "marginal_cost": -price * ratio,
            },
        ]

    def arranged(self, arranged: Arrangements, start: int) -> list[str]:
        """Contracts, interruptible loads and heat-led units of the user's file. Returns findings."""
        hours = slice(start, start + len(self.window))
        findings = []
        for contract in arranged.in_year(self.year):
            name = f"contract {contract.name}"
            carrier = {
                "name": name,
                "co2_emissions": contract.co2_t_per_mwh if contract.sign > 0 else 0.0,
                "non_fossil": contract.non_fossil,
            }
            row = {"name": name, "bus": CITY, "carrier": name, "sign": contract.sign, "p_nom": contract.mw}
            row["marginal_cost"] = contract.sign * contract.price
            self.rows["carriers"].append(carrier)
            self.rows["generators"].append(row)
            self.profile("generators", "p_max_pu", name, contract.window[hours])
            self.profile("generators", "p_min_pu", name, contract.window[hours] * contract.take_or_pay)
            findings.append(
                f"通道合同由用户给出 · contract of the user: {contract.name}, {contract.mw:,.0f} MW"
            )
        for name, power, price, yearly in arranged.interruptible:
            row = {"name": f"interruptible {name}", "bus": CITY, "carrier": "response", "p_nom": power}
            row |= {"marginal_cost": price, "e_sum_max": power * yearly * self.part}
            self.rows["generators"].append(row)
        for name, share, _ in arranged.sectors:
            findings.append(f"负荷曲线由用户给出 · load shape of the user: {name}, {share:.1%}")
        return [*findings, *self._heat_led(arranged, hours)]

    def _heat_led(self, arranged: Arrangements, hours: slice) -> list[str]:
        units = {row["name"]: row for row in self.rows["generators"] if row["carrier"] == "coal"}
        findings = []
        for plant, least in arranged.heat_led:
            if plant not in units:
                known = ", ".join(sorted(units)) or "none"
                where = f"{arranged.path.name if arranged.path else 'heat_led'}:heat_led:{plant}"
                mend = "heat-led units have to run anyway: give the id of one"
                raise DafengError.at(where, plant, f"a coal unit in service in {self.year} ({known})", mend)
            # what heat demands cannot be switched off
            units[plant]["committable"] = False
            self.profile("generators", "p_min_pu", plant, least[hours])
            findings.append(
                f"以热定电由用户给出 · heat-led by the user: {plant}, at least {least[hours].mean():.0%}"
            )
        return findings

    def limits(self, cap_t: float | None, non_fossil: float | None, reserve: float | None) -> None:
        rows = self.rows["global_constraints"]
        if cap_t is not None:
            rows.append({"name": "co2", "type": "primary_energy", "sense": "<=", "constant": cap_t})
        if non_fossil is not None:
            rows.append(
                {
                    "name": "non_fossil",
                    "type": "load_share",
                    "carrier_attribute": "non_fossil",
                    "sense": ">=",
                    "constant": non_fossil,
                }
            )
        if reserve is not None:
            rows.append(
                {
                    "name": "reserve",
                    "type": "reserve_margin",
                    "carrier_attribute": "capacity_credit",
                    "sense": ">=",
                    "constant": 1.0 + reserve,
                }
            )

    def loads(self, power: np.ndarray) -> None:
        share = self.inputs.assumption("ev_energy_share")
        self.rows["loads"].append({"name": "city", "bus": CITY})
        self.profile("loads", "p_set", "city", power * (1.0 - share))
        if share > 0:
            self._charging(power * share)

    def _charging(self, power: np.ndarray) -> None:
        """Managed charging: vehicles hold at most one day's energy; chargers have twice the unmanaged peak."""
        daily = float(power.mean() * 24)
        limit = float(power.max() * 2)
        self.rows["buses"].append({"name": "vehicles"})
        self.rows["loads"].append({"name": "vehicles", "bus": "vehicles"})
        self.profile("loads", "p_set", "vehicles", power)
        self.rows["links"].append(
            {
                "name": "chargers",
                "bus0": CITY,
                "bus1": "vehicles",
                "carrier": "charging",
                "p_nom": limit,
                "efficiency": 1.0,
            }
        )
        self.rows["stores"].append(
            {"name": "vehicles", "bus": "vehicles", "carrier": "charging", "e_nom": daily, "e_cyclic": True}
        )

    def system(self, case: Case, start: int, hours: int) -> System:
        problems = Problems()
        tables = {
            c: pd.DataFrame(rows).set_index("name") if rows else pd.DataFrame()
            for c, rows in self.rows.items()
        }
        complete = complete_tables(tables, problems, {})
        problems.raise_if_any()
        first = pd.Timestamp(f"{self.year}-01-01") + pd.Timedelta(hours=start)
        return System(
            name=f"{case.city.name_zh} {self.year}",
            snapshots=pd.date_range(first, periods=hours, freq="h"),
            weightings=pd.DataFrame(
                1.0, index=np.arange(hours), columns=["objective", "stores", "generators"]
            ),
            tables=complete,
            series={key: pd.DataFrame(columns) for key, columns in self.series.items()},
            notes=(f"case {case.name}, release {case.release[:12]}",),
        )


_CARRIERS = {
    "coal": (False, False),
    "wind": (True, True),
    "solar": (True, True),
    "hydro": (True, True),
    "biomass": (True, True),
    "storage": (False, False),
    "export": (False, False),
    "response": (False, False),
    "lost": (False, False),
    "charging": (False, False),
}
_CREDITED = ("coal", "hydro", "wind", "solar", "storage", "biomass")


def additions(capacities: Mapping[str, pd.Series]) -> dict[str, float]:
    """Capacity that an expansion chose, MW by kind, to be handed to the next year's grid."""
    chosen = {
        "wind": capacities["generators"].get("new wind", 0.0),
        "solar": capacities["generators"].get("new solar", 0.0),
        "storage": capacities["storage_units"].get("new storage", 0.0),
    }
    return {kind: float(value) for kind, value in chosen.items()}
