"""Methods from raw activities to emissions: the equation and factors of each category without fuel.

A method returns a `Part` (one activity's emission), or a `Part` with a key and the reason where something is
missing; nothing is ever filled in without being reported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from dafeng.inventory.accounts.raw_activities import (
    LIVESTOCK_GROUPS,
    Activities,
    Datum,
    RatedFactor,
    RawActivity,
    rated,
    raw_activities,
    selected,
    spread,
)
from dafeng.inventory.equations import agriculture, land, processes, waste

MSW = (
    "food", "garden", "paper", "wood", "textiles", "nappies", "rubber", "plastics", "metal", "glass", "other",
)  # fmt: skip
DEEP_HISTORY = 15
"""Years of landfill history below which the methane of older waste is reported as missing."""


UNDERGROUND = "coal_underground_output"


@dataclass(frozen=True, slots=True)
class Part:
    """Emission of one activity in t of `gas`, with range; `key` and `note` explain a missing one."""

    gas: str
    activity: str
    amount: float
    unit: str
    value: float
    low: float
    high: float
    grade: str
    source: str
    note: str
    key: str = ""

    def with_sources(self, *factors: RatedFactor) -> "Part":
        """Return the part with further factors named, and their grades counted."""
        named = ";".join([self.source, *(f.id for f in factors)])
        return replace(self, source=named, grade=max([self.grade, *(f.grade for f in factors)]))


def parts_of(row: str, activities: Activities, year: int) -> list[Part]:
    """Compute the parts of category `row` in `year`, from every raw activity that the place has."""
    found = []
    for raw in _by_row().get(row, ()):
        datum = _present(raw, activities, year)
        if datum is None:
            continue
        if datum.key:
            found.append(_absent(raw, datum, datum.key, f"{raw.activity}: {datum.key}"))
        else:
            found.append(METHODS[raw.method](raw, datum, activities, year))
    return found


def raw_names(row: str) -> list[str]:
    """Return the raw activities that category `row` can be computed from."""
    return list(dict.fromkeys(raw.activity for raw in _by_row().get(row, ())))


@cache
def _by_row() -> Mapping[str, list[RawActivity]]:
    found: dict[str, list[RawActivity]] = {}
    for raw in raw_activities():
        if raw.row:
            found.setdefault(raw.row, []).append(raw)
    return found


def _present(raw: RawActivity, activities: Activities, year: int) -> Datum | None:
    """The datum of the year; for stocks and landfills, which live on other years, the nearest one before."""
    if raw.method == "forest_stock":
        known = activities.years(raw.activity)
        if not known:
            return None
        after = [y for y in known if y >= year]
        return activities.get(raw.activity, min(after) if after else max(known))
    if raw.method == "landfill":
        found = activities.latest(raw.activity, year)
        return None if found is None else found[1]
    return activities.get(raw.activity, year)


def _absent(raw: RawActivity, datum: Datum, key: str, note: str) -> Part:
    nan = float("nan")
    return Part(raw.gas, raw.activity, datum.value, raw.unit, nan, nan, nan, "E", datum.source, note, key)


def _made(
    raw: RawActivity,
    datum: Datum,
    value: float,
    factors: list[RatedFactor],
    also: tuple[Datum, ...] = (),
    note: str = "",
    amount: float | None = None,
) -> Part:
    down, up = spread(factors)
    low, high = value - abs(value) * down, value + abs(value) * up
    if value < 0:
        low, high = value - abs(value) * up, value + abs(value) * down
    grade = max([datum.grade, *(f.grade for f in factors), *(d.grade for d in also)])
    sources = [datum.source, *(d.source for d in also), *(f.id for f in factors)]
    size = datum.value if amount is None else amount
    source = ";".join(dict.fromkeys(s for s in sources if s))
    return Part(raw.gas, raw.activity, size, raw.unit, value, low, high, grade, source, note)


def _factors(raw: RawActivity) -> list[RatedFactor]:
    return [rated(name) for name in raw.factors.split(";") if name]


def _rice(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    season = raw.activity.split("_")[1]
    name = f"rice_{season}_days"
    days = activities.get(name, year)
    if days is None or days.key:
        return _absent(raw, datum, "NE", f"{raw.activity} needs {name}")
    factors = _factors(raw)
    straw = activities.get("rice_straw_rate", year)
    organic, also, note = 1.0, [days], "without organic matter"
    if straw is not None and not straw.key:
        conversion = rated("agriculture-0344")
        organic = float(agriculture.organic_amendment_factor([straw.value], [conversion.value]))
        factors, also, note = [*factors, conversion], [days, straw], ""
    baseline, water, before = (f.value for f in factors[:3])
    value = agriculture.rice_ch4(datum.value, days.value, baseline, water, before, organic)
    return _made(raw, datum, float(value), factors, tuple(also), note)


def _livestock(raw: RawActivity, datum: Datum, activities: Activities, _year: int) -> Part:
    animal, gas = raw.factors.split(":")
    group = LIVESTOCK_GROUPS.get(activities.region[:1], "")
    chosen = selected("agriculture", category="manure", item_en=animal, parameter=gas, region=group)
    if chosen is None:
        return _absent(raw, datum, "NE", f"no manure factor of {animal} for {group or activities.region}")
    value = agriculture.livestock_emission(datum.value, chosen.value)
    return _made(raw, datum, float(value), [chosen], note=f"factors of {group}")


def _soil(raw: RawActivity, datum: Datum, _activities: Activities, _year: int) -> Part:
    direct, gasified, volatile, leaching, leached = _factors(raw)
    value = agriculture.soil_n2o_direct(datum.value, direct.value) + agriculture.soil_n2o_indirect(
        agriculture.volatilised_nitrogen(datum.value, 0.0, gasified.value),
        agriculture.leached_nitrogen(datum.value, leaching.value),
        volatile.value,
        leached.value,
    )
    return _made(
        raw, datum, float(value), [direct], note="direct and indirect; range of the direct factor"
    ).with_sources(gasified, volatile, leaching, leached)


def _soil_no_ammonia(raw: RawActivity, datum: Datum, _activities: Activities, _year: int) -> Part:
    direct, leaching, leached = _factors(raw)
    value = agriculture.soil_n2o_direct(datum.value, direct.value) + agriculture.soil_n2o_indirect(
        0.0, agriculture.leached_nitrogen(datum.value, leaching.value), 0.0, leached.value
    )
    return _made(raw, datum, float(value), [direct], note="direct and leached").with_sources(
        leaching, leached
    )


def _wetland(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    flux, days = activities.get("wetland_ch4_flux", year), activities.get("wetland_days", year)
    if flux is None or days is None or flux.key or days.key:
        return _absent(
            raw, datum, "NE", "wetland_area needs wetland_ch4_flux and wetland_days; no sourced flux"
        )
    value = land.wetland_ch4(datum.value, flux.value, days.value)
    doubt = RatedFactor(flux.value, 0.5, 0.5, flux.grade, "")
    return _made(raw, datum, float(value), [doubt], (flux, days))


def _composition(activities: Activities, year: int) -> tuple[dict[str, float], str, list[str]]:
    """Shares of municipal waste, their grade and origin: the place's own, else the default of China."""
    own = {name: activities.latest(f"msw_share_{name}", year) for name in MSW}
    given = {name: found[1] for name, found in own.items() if found is not None and not found[1].key}
    if given:
        total = sum(d.value for d in given.values())
        if abs(total - 1.0) <= 0.02:
            return (
                {name: d.value / total for name, d in given.items()},
                max(d.grade for d in given.values()),
                [d.source for d in given.values()],
            )
        return {}, "E", [f"shares of municipal waste add up to {total:.3f}, not 1"]
    shares, ids = {}, []
    for name in MSW:
        chosen = selected("waste", parameter="msw_composition", region="CN", condition=f"msw_frac=msw_{name}")
        if chosen is not None:
            shares[name] = chosen.value
            ids.append(chosen.id)
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}, "D", [f"{ids[0]}–{ids[-1]}"]


def _of_waste(parameter: str, name: str, more: str = "") -> RatedFactor:
    condition = f"waste_type=msw_{name}" + (f"; {more}" if more else "")
    chosen = selected("waste", parameter=parameter, condition=condition)
    return chosen or RatedFactor(0.0, 0.0, 0.0, "B", "")


def _landfill(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    known = [y for y in activities.years(raw.activity) if y <= year]
    gaps = sorted(set(range(known[0], year + 1)) - set(known)) if known else [year]
    if gaps:
        return _absent(
            raw, datum, "NE", f"msw_landfilled has no {', '.join(map(str, gaps))}: decay needs every year"
        )
    shares, grade, origin = _composition(activities, year)
    if not shares:
        return _absent(raw, datum, "NE", origin[0])
    tonnes = np.array([d.value for y in known if (d := activities.get(raw.activity, y)) is not None])
    climate = "moisture_regime=wet; climate_zone=boreal_temperate"
    mcf, share = rated("waste-0163"), rated("waste-0162")
    k = np.array([_of_waste("k", name, climate).value for name in shares])
    carbon = np.array(
        [
            share_of * _of_waste("doc", name, "waste_moisture=wet").value * _of_waste("docf", name).value
            for name, share_of in shares.items()
        ]
    )
    deposited = waste.decomposable_carbon(tonnes[None, :], carbon[:, None], 1.0, mcf.value)
    decayed = waste.decayed_carbon(deposited, k)[:, -1].sum()
    recovered = activities.get("landfill_ch4_recovered", year)
    burnt = 0.0 if recovered is None or recovered.key else recovered.value
    value = float(waste.landfill_ch4(decayed, share.value, burnt, rated("waste-0172").value))
    notes = [
        f"first-order decay since {known[0]}, managed site, wet temperate; composition {', '.join(origin)}"
    ]
    if len(known) < DEEP_HISTORY:
        notes.append(f"waste before {known[0]} is not known: too low")
    if recovered is None:
        notes.append("recovery not known: none counted")
    doubt = [share, mcf, rated("waste-0161")]
    return _made(raw, datum, value, doubt, (Datum(0.0, grade, ""),), "; ".join(notes), float(tonnes[-1]))


def _incineration(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    shares, grade, origin = _composition(activities, year)
    if not shares:
        return _absent(raw, datum, "NE", origin[0])
    value, plastics = 0.0, _of_waste("carbon_fraction", "plastics")
    for name, share in shares.items():
        dry, carbon = _of_waste("dry_matter", name), _of_waste("carbon_fraction", name)
        fossil = _of_waste("fcf", name, "incin_type=inc_unspecified")
        burnt = _of_waste("of", name, "incin_type=inc_unspecified")
        value += float(
            waste.incineration_co2(datum.value * share, dry.value * carbon.value, fossil.value, burnt.value)
        )
    if shares.get("plastics"):
        own = selected("waste", parameter="msw_composition", region="CN", condition="msw_frac=msw_plastics")
        doubt = [plastics] if grade != "D" or own is None else [plastics, own]
    else:
        doubt = [plastics]
    note = f"fossil carbon by component; composition {', '.join(origin)}"
    return _made(raw, datum, value, doubt, (Datum(0.0, grade, ""),), note)


def _wastewater(raw: RawActivity, datum: Datum, _activities: Activities, _year: int) -> Part:
    b0, mcf = _factors(raw)
    value = waste.wastewater_ch4(datum.value, b0.value, mcf.value)
    return _made(raw, datum, float(value), [b0, mcf])


def _effluent(raw: RawActivity, datum: Datum, _activities: Activities, _year: int) -> Part:
    (rate,) = _factors(raw)
    return _made(raw, datum, float(waste.effluent_n2o(datum.value, rate.value)), [rate])


def _persons(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    measured = activities.get("effluent_nitrogen", year)
    if measured is not None and not measured.key:
        return _absent(raw, datum, "IE", "counted by effluent_nitrogen")
    protein = activities.get("protein_per_person", year)
    if protein is None or protein.key:
        return _absent(raw, datum, "NE", "wastewater_persons needs protein_per_person")
    in_protein, rate = _factors(raw)
    nitrogen = waste.effluent_nitrogen(datum.value, protein.value, in_protein.value)
    return _made(raw, datum, float(waste.effluent_n2o(nitrogen, rate.value)), [in_protein, rate], (protein,))


def _forest_stock(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    kind = raw.activity.removeprefix("forest_volume_")
    known = activities.years(raw.activity)
    before, after = [y for y in known if y < year], [y for y in known if y >= year]
    if not before or not after:
        return _absent(raw, datum, "NE", f"{raw.activity} needs a stock before and one in or after {year}")
    first, last = max(before), min(after)
    a, b, fraction = _factors(raw)
    carbon, also = [], []
    for at in (first, last):
        volume, area = activities.get(raw.activity, at), activities.get(f"forest_area_{kind}", at)
        if volume is None or area is None or area.key:
            return _absent(raw, datum, "NE", f"{raw.activity} needs forest_area_{kind} in {at}")
        carbon.append(land.biomass_carbon(volume.value, area.value, a.value, b.value, fraction.value))
        also += [volume, area]
    value = float(land.stock_change_co2(carbon[0], carbon[1], last - first))
    change = activities.get(raw.activity, last)
    size = change.value if change is not None else datum.value
    note = f"stocks of {first} and {last}; biomass = a × volume + b × area"
    return _made(raw, datum, value, [a], tuple(also), note, size).with_sources(b, fraction)


def _forest_flow(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    kind = raw.activity.split("_", 2)[2]
    if len(activities.years(f"forest_volume_{kind}")) > 1:
        return _absent(raw, datum, "IE", f"counted by the stocks of forest_volume_{kind}")
    a, fraction = _factors(raw)
    carbon = datum.value * a.value * fraction.value
    grown, cut = (1.0, 0.0) if raw.method == "forest_growth" else (0.0, 1.0)
    other = f"forest_{'harvest' if grown else 'growth'}_{kind}"
    if activities.get(other, year) is None:
        return _absent(raw, datum, "NE", f"{raw.activity} needs {other}")
    value = float(land.forest_gain_loss_co2(carbon, grown, cut))
    return _made(raw, datum, value, [a], note="growth minus harvest").with_sources(fraction)


def _release(raw: RawActivity, datum: Datum, _activities: Activities, _year: int) -> Part:
    return _made(raw, datum, datum.value, [], note="release as stated")


def _output(raw: RawActivity, datum: Datum, _activities: Activities, _year: int) -> Part:
    """Output × factor; the factor in t per t, for `output_kg` in kg per t."""
    (rate,) = _factors(raw)
    per_tonne = rate.value * (1e-3 if raw.method == "output_kg" else 1.0)
    return _made(raw, datum, float(processes.product_emission(datum.value, per_tonne)), [rate])


def _coal_mine(raw: RawActivity, datum: Datum, activities: Activities, year: int) -> Part:
    mining, after = _factors(raw)
    recovered = activities.get("coal_mine_ch4_recovered", year)
    burnt = 0.0 if recovered is None or recovered.key or raw.activity != UNDERGROUND else recovered.value
    value = processes.coal_mine_ch4(datum.value, mining.value + after.value, burnt)
    note = "mining and handling" + ("" if recovered else "; recovery not known: none counted")
    return _made(raw, datum, float(value), [mining], note=note).with_sources(after)


METHODS: Mapping[str, Callable[[RawActivity, Datum, Activities, int], Part]] = {
    "rice": _rice,
    "livestock": _livestock,
    "soil": _soil,
    "soil_no_ammonia": _soil_no_ammonia,
    "wetland": _wetland,
    "landfill": _landfill,
    "incineration": _incineration,
    "wastewater": _wastewater,
    "effluent": _effluent,
    "persons": _persons,
    "forest_stock": _forest_stock,
    "forest_growth": _forest_flow,
    "forest_harvest": _forest_flow,
    "release": _release,
    "output": _output,
    "output_kg": _output,
    "coal_mine": _coal_mine,
}
