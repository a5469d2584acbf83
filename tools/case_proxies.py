"""The city's share of each row of the province's energy inventory, with a range, by stated rules."""

from collections.abc import Iterable
from pathlib import Path

from case_city import coal_in_service
from case_energy import TRANSPORT
from case_sources import Sources
from shared_tables import Row, number, read_rows

PROXIES = ("row", "proxy", "year", "share", "low", "high", "source", "grade", "note")
PROCESS = "Nonmetal Mineral Products:Process"
YEARS = range(2015, 2023)
UNKNOWN = (0.3, 2.5)
"""Range of a branch of which nothing is known, as multiples of the city's share of secondary value added."""
PROVINCE_COAL_MW = 24550.0
"""Coal capacity of the province at the end of 2020; no other year is known."""
LUMPY = {
    "Smelting and Pressing of Ferrous Metals": (0.23, 0.18, 0.28, "steel output"),
    "Coking": (0.23, 0.12, 0.35, "steel output (coke is made where steel is)"),
    "Nonmetal Mineral Products": (0.17, 0.12, 0.24, "cement output"),
    PROCESS: (0.17, 0.12, 0.22, "cement output"),
    "Chemical Fiber": (0.95, 0.85, 1.0, "chemical fibre output"),
}
WATER_ENERGY = 0.03
"""Waterways' share of the row's energy: 306.6 of 3,752.2 亿tkm (Jan–Sep 2022) at about 0.25–0.34 MJ/tkm."""
WATER_CITY = (0.8, 0.4, 0.9)
"""The port's share of the province's port throughput (over 80 % in 2022); fuel burned may be less local."""
SERVICES = ("Wholesale, Retail Trade and Catering Service", "Other")
FARMING = "Farming, Forestry, Animal Husbandry, Fishery & Water Conservancy"
ELECTRICITY = (0.135, 0.10, 0.18)
"""Mean of the city's shares of population (10.1 %), GDP (12.6 %) and industrial electricity (17.7 %)."""
NO_SHARE = ("Total Final Consumption", "Total Consumption", "Inputs(+) outputs(-)")


class Shares:
    """Shares of the city in the province's published totals, by indicator and year."""

    def __init__(self, shared: Path) -> None:
        self._city = _series(shared / "data/jiujiang/city_annual_statistics.csv")
        self._province = _series(shared / "data/jiujiang/jiangxi_province_statistics.csv")
        self._thermal = {
            int(row["year"]): -float(row["value"]) * 1e5
            for row in read_rows(shared / "data/jiujiang/energy_inventory_jiangxi_2015_2022_ceads.csv")
            if (row["row"], row["fuel"]) == ("Thermal Power", "Electricity")
        }

    def of(self, city: str, province: str, year: int) -> float | None:
        """The share in `year`, None where one of the two is not published."""
        part, whole = self._city.get((city, year)), self._province.get((province, year))
        return None if part is None or whole is None else part / whole

    def carried(self, city: str, province: str, year: int) -> tuple[float, int]:
        """The share of the nearest year that has one (the earlier of two), and that year."""
        known = [y for y in YEARS if self.of(city, province, y) is not None]
        nearest = min(known, key=lambda y: (abs(y - year), y))
        share = self.of(city, province, nearest)
        if share is None:
            raise ValueError(f"no year has both {city} and {province}")
        return share, nearest

    def thermal(self, year: int) -> float:
        """Thermal generation of the province [MWh]."""
        return self._thermal[year]


def _series(path: Path) -> dict[tuple[str, int], float]:
    return {
        (row["indicator"], int(row["year"])): float(row["value"])
        for row in read_rows(path)
        if row["value"] and row["year"].isdigit()
    }


def proxies(shared: Path, rows: Iterable[str], units: list[Row], sources: Sources) -> list[Row]:
    """One share per inventory row and year, 2015–2022; the rule and its source in each row."""
    shares = Shares(shared)
    source = _register(sources)
    names = [name for name in rows if name not in NO_SHARE]
    found = []
    for year in YEARS:
        for name in [*names, PROCESS, "*"]:
            if name == PROCESS and year > 2019:
                found.append(_no_process(year, source))
                continue
            found.append({"row": name, "year": str(year), **_rule(name, year, shares, units, source)})
    return found


def _register(sources: Sources) -> dict[str, str]:
    return {
        "rule": sources.add(
            "proxy-rules",
            "shares computed from published city and provincial totals by the rules of docs/data.md",
            terms="estimates; show the share and its range",
        ),
        "eco": sources.add(
            "plan-ecology",
            "九江市十四五生态环境保护规划",
            licence="official document",
            note="share of provincial output: steel 23 %, cement 17 %, chemical fibre 95 %, coal about one sixth; year not stated, taken as 2020",
        ),
    }


def _no_process(year: int, source: dict[str, str]) -> Row:
    return {
        "row": PROCESS,
        "proxy": "cement_output",
        "year": str(year),
        "share": "NE",
        "source": source["rule"],
        "grade": "E",
        "note": "no CEADs process emissions after 2019; the value of 2022 in circulation is about ten times too small",
    }


def _rule(name: str, year: int, shares: Shares, units: list[Row], source: dict[str, str]) -> Row:
    if name == "*":
        note = "electricity use of the city (not published): population 10.1 %, GDP 12.6 %, industrial electricity 17.7 % (first half of 2022)"
        return _share("electricity_use", *ELECTRICITY, source["rule"], "E", note)
    if name == "Petroleum Refineries":
        note = "one to one: the only refinery of the province (general knowledge; city runs 774 in 2024, provincial rows 667–788 in 2019–2022, 10^4 t)"
        return _share("refining", 1.0, 0.95, 1.0, source["rule"], "D", note)
    if name in {"Thermal Power", "Electric Power, Steam and Hot Water Production and Supply"}:
        return _power(name, year, shares, units, source)
    if name in LUMPY:
        return _lumpy(name, year, source)
    if name == TRANSPORT:
        return _transport(year, shares, source)
    if name in {"Urban", "Rural"}:
        share, _ = shares.carried("population_resident_yearend", "population_resident", year)
        note = "share of resident population; urban and rural population of the city are known for 2024/25 only, hence one share and a range"
        return _share("population", share, share * 0.93, share * 1.10, source["rule"], "D", note)
    if name in SERVICES:
        return _gdp_and_population("gdp_and_population", year, shares, source, "tertiary use")
    if name == FARMING:
        return _value_added("primary", name, year, shares, source, (0.7, 1.3))
    if name == "Loss":
        return _share("electricity_use", *ELECTRICITY, source["rule"], "E", "losses go with electricity use")
    return _value_added("secondary", name, year, shares, source, UNKNOWN)


def _power(name: str, year: int, shares: Shares, units: list[Row], source: dict[str, str]) -> Row:
    """MW in service × the province's hours of 2020, over the province's thermal generation of the year."""
    hours = shares.thermal(2020) / PROVINCE_COAL_MW
    megawatt = coal_in_service(units, year)
    share = megawatt * hours / shares.thermal(year)
    width = 0.15 if year == 2020 else 0.25
    note = f"{megawatt:g} MW in service (year of start counts half) × {hours:.0f} h of 2020 (24,550 MW) / thermal generation"
    if year != 2020:
        note += "; hours of 2020 carried: provincial capacity is known for 2020 only"
    if name != "Thermal Power":
        note += "; own use goes with generation"
    return _share(
        "coal_power_in_service",
        share,
        share * (1 - width),
        min(1.0, share * (1 + width)),
        source["rule"],
        "C" if year == 2020 else "D",
        note,
    )


def _lumpy(name: str, year: int, source: dict[str, str]) -> Row:
    share, low, high, what = LUMPY[name]
    own = year == 2020
    if not own:
        low, high = max(0.0, low - 0.04), min(1.0, high + 0.04)
    note = f"city's share of provincial {what}, given by the city's own plan, year not stated (taken as 2020)"
    note += "" if own else "; carried to this year"
    proxy = what.split(" (")[0].replace(" ", "_")
    return _share(proxy, share, low, high, source["eco"], "C" if own else "E", note)


def _transport(year: int, shares: Shares, source: dict[str, str]) -> Row:
    gdp, _ = shares.carried("gdp_current", "gdp_current", year)
    people, _ = shares.carried("population_resident_yearend", "population_resident", year)
    land, low, high = (gdp + people) / 2, min(gdp, people), max(gdp, people)
    central, water_low, water_high = WATER_CITY
    share = (1 - WATER_ENERGY) * land + WATER_ENERGY * central
    note = (
        f"mean and range of GDP ({gdp:.4f}) and population ({people:.4f}); waterways sub-share {WATER_ENERGY:.0%} "
        f"of the row's energy (1–6 %), of which the city {central:.0%} ({water_low:.0%}–{water_high:.0%})"
    )
    bounds = ((0.99 * low + 0.01 * water_low), (0.94 * high + 0.06 * water_high))
    return _share("gdp_population_waterways", share, *bounds, source["rule"], "D", note)


def _gdp_and_population(proxy: str, year: int, shares: Shares, source: dict[str, str], what: str) -> Row:
    gdp, _ = shares.carried("gdp_current", "gdp_current", year)
    people, _ = shares.carried("population_resident_yearend", "population_resident", year)
    note = f"{what}: mean and range of GDP ({gdp:.4f}) and population ({people:.4f})"
    return _share(proxy, (gdp + people) / 2, min(gdp, people), max(gdp, people), source["rule"], "D", note)


def _value_added(
    industry: str, name: str, year: int, shares: Shares, source: dict[str, str], span: tuple[float, float]
) -> Row:
    share, known = shares.carried(f"gdp_{industry}", f"gdp_{industry}", year)
    own = known == year
    low, high = span if own else (span[0] * 0.8, span[1] * 1.2)
    note = f"share of {industry} value added; nothing known of this row: {low:.2g}–{high:.2g} × the share"
    if not own:
        note += (
            f"; share of {known} carried: provincial value added by industry is known for 2020 and 2021 only"
        )
    if name == "Petroleum Processing and Coking":
        note += "; mostly coke-oven and other gas, so it goes with steel as much as with the refinery"
    if name == "Coal Mining and Dressing":
        note += "; the city had 119 coal miners in 2023: the true share is probably near the lower end"
    grade = "D" if own else "E"
    return _share(
        f"value_added_{industry}", share, share * low, min(1.0, share * high), source["rule"], grade, note
    )


def _share(proxy: str, share: float, low: float, high: float, source: str, grade: str, note: str) -> Row:
    return {
        "proxy": proxy,
        "share": number(share, 6),
        "low": number(low, 6),
        "high": number(high, 6),
        "source": source,
        "grade": grade,
        "note": note,
    }
