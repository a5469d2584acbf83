"""User arrangements added to the case's grid.

Corridor contracts, interruptible loads, load shapes, heat-led units.
"""

from dafeng.dispatch.city.arrangements_file import Arrangements
from dafeng.dispatch.city.tables import CITY, CityTables
from dafeng.evidence import DafengError


def add_arranged(tables: CityTables, arranged: Arrangements, start: int) -> list[str]:
    """Add contracts, interruptible loads and heat-led units of the user's file; return findings."""
    hours = slice(start, start + len(tables.window))
    findings = []
    for contract in arranged.in_year(tables.year):
        name = f"contract {contract.name}"
        carrier = {
            "name": name,
            "co2_emissions": contract.co2_t_per_mwh if contract.sign > 0 else 0.0,
            "non_fossil": contract.non_fossil,
        }
        row = {"name": name, "bus": CITY, "carrier": name, "sign": contract.sign, "p_nom": contract.mw}
        row["marginal_cost"] = contract.sign * contract.price
        tables.rows["carriers"].append(carrier)
        tables.rows["generators"].append(row)
        tables.profile("generators", "p_max_pu", name, contract.window[hours])
        tables.profile("generators", "p_min_pu", name, contract.window[hours] * contract.take_or_pay)
        findings.append(f"通道合同由用户给出 · contract of the user: {contract.name}, {contract.mw:,.0f} MW")
    for name, power, price, yearly in arranged.interruptible:
        row = {"name": f"interruptible {name}", "bus": CITY, "carrier": "response", "p_nom": power}
        row |= {"marginal_cost": price, "e_sum_max": power * yearly * tables.part}
        tables.rows["generators"].append(row)
    for name, share, _ in arranged.sectors:
        findings.append(f"负荷曲线由用户给出 · load shape of the user: {name}, {share:.1%}")
    return [*findings, *_heat_led(tables, arranged, hours)]


def _heat_led(tables: CityTables, arranged: Arrangements, hours: slice) -> list[str]:
    units = {
        row["name"]: row
        for row in tables.rows["generators"]
        if row["carrier"] == "coal" and row["bus"] == CITY and "unit_count" not in row
    }
    findings = []
    for plant, least in arranged.heat_led:
        if plant not in units:
            known = ", ".join(sorted(units)) or "none"
            where = f"{arranged.path.name if arranged.path else 'heat_led'}:heat_led:{plant}"
            mend = "heat-led units have to run anyway: give the id of one"
            raise DafengError.at(where, plant, f"a coal unit in service in {tables.year} ({known})", mend)
        tables.profile("generators", "p_min_pu", plant, least[hours])
        findings.append(
            f"以热定电由用户给出 · heat-led by the user: {plant}, at least {least[hours].mean():.0%}"
        )
    return findings
