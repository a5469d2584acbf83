"""Component tables and hourly series of a city's grid during assembly."""

from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.checks import complete_tables
from dafeng.dispatch.city.inputs import Inputs
from dafeng.dispatch.city.realised import realised_hours
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import COMPONENTS
from dafeng.evidence import Grade, Problems
from dafeng.factors import fuel_factors, grid_factor
from dafeng.units import MWH_PER_TCE, TJ_PER_MWH

CITY = "city"
PROVINCE = "province"
KW_PER_MW = 1000.0
PROFILE_FLOOR = 1e-4
"""Availability below this is zero: HiGHS drops coefficients of 1e-9 and less, and dawn is no resource."""

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
    "corridor": (False, False),
}
FACTORS = {
    "hydro": ("水电出力曲线倍率", "multiplier of the hydro profile"),
    "solar": ("光伏出力曲线倍率", "multiplier of the solar profile"),
}
"""Kinds whose profile is scaled to the realised hours."""
_CREDITED = ("coal", "hydro", "wind", "solar", "storage", "biomass")


class CityTables:
    """Collector of the component rows of one city's system."""

    def __init__(self, inputs: Inputs, year: int, profiles: pd.DataFrame, hours: slice) -> None:
        """`profiles` are those of the whole year, `hours` the horizon in it."""
        self.inputs, self.year, self.year_profiles, self.hours = inputs, year, profiles, hours
        self.window = profiles.iloc[hours].reset_index(drop=True)
        self.part = len(self.window) / len(profiles)
        self.rows: dict[str, list[dict[str, Any]]] = {c: [] for c in COMPONENTS}
        self.series: dict[tuple[str, str], dict[str, np.ndarray]] = {}
        self.rows["buses"] = [{"name": CITY}]
        self.fuel_price = inputs.price("coal_delivered_power_plant", year) / MWH_PER_TCE
        self.coal_rate = self._coal_rate()
        self._carriers()

    def _coal_rate(self) -> float:
        factors = fuel_factors("guide2011")
        row = factors.loc["raw_coal"] if "raw_coal" in factors.index else factors.loc["bituminous"]
        rate = float(str(row["ef_per_tj"])) * TJ_PER_MWH
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
        values = self.window[kind].to_numpy(float) * self._factor(kind)
        return np.where(values < PROFILE_FLOOR, 0.0, np.clip(values, 0.0, 1.0))

    def _factor(self, kind: str) -> float:
        """Multiplier that brings the profile of sun or water to the hours which the province has realised.

        The wind profile is scaled already (profiles_meta.csv).
        """
        if kind not in FACTORS:
            return 1.0
        place = self.inputs.case.parent or self.inputs.case
        realised = realised_hours(place).get(kind)
        mean = float(self.year_profiles[kind].mean())
        value, source = 1.0, "profiles.csv"
        if realised is not None and mean > 0:
            value = realised.hours / len(self.year_profiles) / mean
            years = "–".join(str(y) for y in sorted({realised.years[0], realised.years[-1]}))
            source = f"{realised.hours:,.0f} h realised in the province {years} over the mean of the profile"
        zh, en = FACTORS[kind]
        return self.inputs.computed(f"{kind}_availability_factor", value, "1", Grade.D, source, zh, en)

    def generator(self, name: str, capacity: float, kind: str, *, bus: str = CITY, **more: Any) -> None:
        self.rows["generators"].append(
            {"name": name, "bus": bus, "carrier": kind, "p_nom": capacity, "marginal_cost": 0.0, **more}
        )
        self.profile("generators", "p_max_pu", name, self.availability(kind))

    def biomass(self, bus: str, name: str, capacity: float) -> None:
        """Add units of biomass: variable cost only, and no more than their full-load hours allow."""
        row = {"name": name, "bus": bus, "carrier": "biomass", "p_nom": capacity}
        row["marginal_cost"] = self.inputs.cost("biomass_chp", "variable_om_yuan_per_mwh", self.year)
        row["p_max_pu"] = min(
            1.0, self.inputs.assumption("biomass_full_load_hours") / len(self.year_profiles)
        )
        self.rows["generators"].append(row)

    def battery(self, name: str, capacity: float, *, bus: str = CITY, **more: Any) -> None:
        """Add batteries with the round trip of costs.csv and the wear of their cells as a running cost."""
        round_trip = self.inputs.cost("bess", "efficiency", self.year)
        self.rows["storage_units"].append(
            {
                "name": name, "bus": bus, "carrier": "storage", "p_nom": capacity,
                "max_hours": self.inputs.assumption("storage_hours"), "efficiency_store": round_trip**0.5,
                "efficiency_dispatch": round_trip**0.5, "cyclic_state_of_charge": True,
                "marginal_cost": self.inputs.assumption("storage_wear_yuan_per_mwh"),
                "standing_loss": self.inputs.assumption("storage_standing_loss_per_hour"), **more,
            }
        )  # fmt: skip

    def wind_mw(self) -> float:
        """Return the capacity of the wind units collected so far, MW."""
        return float(sum(row["p_nom"] for row in self.rows["generators"] if row["carrier"] == "wind"))

    def weather_mw(self) -> float:
        """Return the wind and solar capacity collected so far that stands, MW."""
        return float(sum(r["p_nom"] for r in self.rows["generators"] if r["carrier"] in {"wind", "solar"}))

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

    def limit_coal_hours(self) -> None:
        """Limit the full-load hours of coal units: stands for a province that dispatches them."""
        hours = self.inputs.assumption("coal_full_load_hours")
        for row in self.rows["generators"]:
            if row["carrier"] == "coal":
                row["e_sum_max"] = hours * row["p_nom"] * self.part

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
                    "bus": CITY,
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
                    "bus": CITY,
                }
            )

    def loads(self, power: np.ndarray) -> None:
        share = self.inputs.assumption("ev_energy_share")
        self.rows["loads"].append({"name": "city", "bus": CITY})
        self.profile("loads", "p_set", "city", power * (1.0 - share))
        if share > 0:
            self._charging(power * share)

    def _charging(self, power: np.ndarray) -> None:
        """Managed charging: vehicles hold at most one day's energy.

        Chargers have twice the unmanaged peak.
        """
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
