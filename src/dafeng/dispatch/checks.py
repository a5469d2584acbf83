"""Strict validation of a system before it is solved.

All problems at once, each with its place and a remedy.
"""

import calendar
from collections.abc import Mapping

import numpy as np
import pandas as pd

from dafeng.dispatch.commitment_checks import check_commitment
from dafeng.dispatch.formulation.loops import cycles
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import (
    COMPONENTS,
    GLOBAL_TYPES,
    NOMINAL,
    SENSES,
    SWITCHED,
    Attribute,
    attributes,
    parse_default,
)
from dafeng.evidence import Problems

COMMON_YEAR, LEAP_YEAR = 8760, 8784
UNLIMITED = {
    "p_nom",
    "s_nom",
    "e_nom",
    "p_nom_max",
    "s_nom_max",
    "e_nom_max",
    "e_sum_min",
    "e_sum_max",
    "lifetime",
    "v_ang_max",
}
"""Attributes that may be infinite."""
DIVISORS = {("generators", "efficiency"), ("storage_units", "efficiency_dispatch")}
"""Attributes that divide: fuel is output / efficiency, energy drawn is output / efficiency."""


def base_attribute(component: str, column: str) -> Attribute | None:
    """Return the attribute that describes `column`.

    `bus2`, `efficiency2` and `delay2` of links follow bus1, efficiency and delay.
    """
    known = attributes(component)
    if column in known:
        return known[column]
    base = column.rstrip("0123456789")
    if component == "links" and base == "bus" and column != "bus":
        return known["bus1"]
    if component == "links" and base in {"efficiency", "delay", "cyclic_delay"}:
        return known[base]
    return None


def complete_tables(
    raw: Mapping[str, pd.DataFrame], problems: Problems, places: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Convert `raw` text or typed tables to typed tables with defaults.

    Cells that cannot be read are problems.
    """
    return {
        component: _complete(component, raw.get(component, pd.DataFrame()), problems, places)
        for component in COMPONENTS
    }


def _complete(
    component: str, table: pd.DataFrame, problems: Problems, places: Mapping[str, str]
) -> pd.DataFrame:
    place = places.get(component, component)
    out = pd.DataFrame(index=pd.Index([str(name) for name in table.index], name="name", dtype=object))
    extra = [c for c in table.columns if c not in attributes(component)]
    for attribute in attributes(component).values():
        if attribute.name in table.columns:
            out[attribute.name] = _typed(table[attribute.name], attribute, place, problems)
        else:
            out[attribute.name] = pd.Series(attribute.default, index=out.index, dtype=_dtype(attribute))
    for column in extra:
        described = base_attribute(component, column)
        if described is not None:
            out[column] = _typed(table[column], described, place, problems)
        elif component == "carriers" and pd.api.types.is_numeric_dtype(table[column]):
            out[column] = table[column].to_numpy(float)
    if "" in out.index:
        problems.add(f"{place}:{int(np.argmax(out.index == '')) + 2}:name", "nothing", "a name")
    for name in out.index[out.index.duplicated()].unique():
        problems.add(f"{place}:{name}", "a name given twice", "one row per name", "rename one of them")
    return out


def _dtype(attribute: Attribute) -> str:
    return {"number": "float64", "flag": "bool"}.get(attribute.kind, "object")


def _typed(column: pd.Series, attribute: Attribute, place: str, problems: Problems) -> pd.Series:
    values = []
    for name, cell in zip(column.index, column.tolist(), strict=True):
        try:
            values.append(_cell(cell, attribute))
        except ValueError:
            wanted = "true or false" if attribute.kind == "flag" else f"a number in {attribute.unit or '1'}"
            problems.add(f"{place}:{name}:{column.name}", repr(cell), wanted)
            values.append(attribute.default)
    index = [str(name) for name in column.index]
    return pd.Series(values, index=index, dtype=_dtype(attribute)).set_axis(pd.Index(index, dtype=object))


def _cell(cell: object, attribute: Attribute) -> str | float | bool:
    missing = cell is None or cell == "" or (isinstance(cell, float) and np.isnan(cell))
    if missing:
        return attribute.default
    if attribute.kind == "number":
        return float(str(cell))
    if attribute.kind == "flag":
        text = str(cell).strip().lower()
        if text in {"true", "1", "1.0"}:
            return True
        if text in {"false", "0", "0.0"}:
            return False
        raise ValueError(text)
    return str(parse_default("text", str(cell)))


def check(system: System, places: Mapping[str, str] | None = None) -> None:
    """Check `system`; `places` maps components to their files.

    Raises
    ------
    DafengError
        With every problem of `system`.
    """
    problems = Problems()
    where = dict(places or {})
    _check_snapshots(system.snapshots, where.get("snapshots", "snapshots"), problems)
    if system.table("buses").empty:
        problems.add(where.get("buses", "buses"), "no bus", "at least one bus")
    for component in COMPONENTS:
        _check_values(system, component, where.get(component, component), problems)
        _check_buses(system, component, where.get(component, component), problems)
    for component, nominal in NOMINAL.items():
        _check_capacities(system, component, nominal, where.get(component, component), problems)
    _check_series(system, where, problems)
    if not len(problems):
        _check_output_range(system, where, problems)
    for component in SWITCHED:
        check_commitment(system, component, where.get(component, component), problems)
    _check_lines(system, where.get("lines", "lines"), problems)
    _check_global(system, where.get("global_constraints", "global_constraints"), problems)
    problems.raise_if_any()


def _check_snapshots(labels: pd.Index, place: str, problems: Problems) -> None:
    if len(labels) == 0:
        problems.add(place, "no snapshot", "at least one hour")
    for label in labels[labels.duplicated()].unique()[:3]:
        problems.add(f"{place}:{label}", "a snapshot given twice", "each snapshot once", "remove one of them")
    if isinstance(labels, pd.DatetimeIndex) and labels.is_unique and not labels.is_monotonic_increasing:
        first = int(np.flatnonzero(np.diff(labels.to_numpy()).astype(float) < 0)[0]) + 1
        problems.add(
            f"{place}:{labels[first]}",
            f"a time before {labels[first - 1]}",
            "times that rise",
            "sort the rows",
        )


def _check_values(system: System, component: str, place: str, problems: Problems) -> None:
    table = system.table(component)
    for column in table.columns:
        attribute = base_attribute(component, str(column))
        if attribute is None or attribute.kind != "number":
            continue
        values = table[column].to_numpy(float)
        bad = np.zeros(len(values), bool)
        if not np.isnan(attribute.low):
            bad |= values < attribute.low
        if not np.isnan(attribute.high):
            bad |= values > attribute.high
        if not (isinstance(attribute.default, float) and np.isnan(attribute.default)):
            bad |= np.isnan(values)
        bad |= np.isinf(values) & (attribute.name not in UNLIMITED)
        if (component, attribute.name) in DIVISORS:
            bad |= values == 0
        for name, value in zip(table.index[bad], values[bad], strict=True):
            problems.add(
                f"{place}:{name}:{column}",
                f"{value:g} {attribute.unit if attribute.unit != '1' else ''}".strip(),
                _range(attribute),
                "correct the sign or the unit" if value < 0 else "correct the value",
            )


def _range(attribute: Attribute) -> str:
    if (attribute.component, attribute.name) in DIVISORS:
        return f"a number above 0 ({attribute.unit or '1'})"
    low = "" if np.isnan(attribute.low) else f" from {attribute.low:g}"
    high = "" if np.isnan(attribute.high) else f" to {attribute.high:g}"
    return f"a number{low}{high} ({attribute.unit or '1'})"


def _check_buses(system: System, component: str, place: str, problems: Problems) -> None:
    known = set(system.table("buses").index)
    columns = [c for c in system.table(component).columns if c.startswith("bus")]
    if component in {"buses", "carriers", "global_constraints"}:
        return
    for column in columns:
        optional = column[3:].isdigit() and int(column[3:]) > 1
        for name, bus in system.table(component)[column].items():
            if bus in known or (optional and not bus):
                continue
            problems.add(
                f"{place}:{name}:{column}",
                repr(bus),
                "the name of a bus",
                f"buses are {', '.join(sorted(known)[:8])}",
            )


def _check_capacities(system: System, component: str, nominal: str, place: str, problems: Problems) -> None:
    table = system.table(component)
    low, high, fixed = (table[f"{nominal}_{k}"].to_numpy(float) for k in ("min", "max", "set"))
    extendable = table[f"{nominal}_extendable"].to_numpy(bool)
    for i in np.flatnonzero(extendable & (low > high)).tolist():
        problems.add(
            f"{place}:{table.index[i]}:{nominal}_min",
            f"{low[i]:g}",
            f"at most {nominal}_max = {high[i]:g}",
            f"lower {nominal}_min or raise {nominal}_max",
        )
    overnight = table["overnight_cost"].to_numpy(float)
    rate = table["discount_rate"].to_numpy(float)
    for i in np.flatnonzero(extendable & ~np.isnan(overnight) & np.isnan(rate)).tolist():
        problems.add(
            f"{place}:{table.index[i]}:discount_rate", "nothing", "a rate where overnight_cost is given"
        )
    for i in np.flatnonzero(extendable & ~np.isnan(fixed) & ((fixed < low) | (fixed > high))).tolist():
        problems.add(f"{place}:{table.index[i]}:{nominal}_set", f"{fixed[i]:g}", f"{low[i]:g} to {high[i]:g}")


def _check_series(system: System, places: Mapping[str, str], problems: Problems) -> None:
    hours = len(system.snapshots)
    for (component, attribute), frame in system.series.items():
        place = series_place(places.get(component, component), attribute)
        for name in frame.columns.difference(system.tables[component].index):
            problems.add(place, f"a column {name!r}", f"a name of {component}")
        if len(frame) != hours:
            problems.add(place, f"{len(frame)} values", f"{hours} values", calendar_hint(len(frame), hours))
            continue
        described = base_attribute(component, attribute)
        assert described is not None
        optional = isinstance(described.default, float) and np.isnan(described.default)
        values = frame.to_numpy(float)
        for column in range(values.shape[1]):
            where = f"{place}:{{row}}:{str(frame.columns[column]).replace('{', '(').replace('}', ')')}"
            _check_profile(values[:, column], where, described, optional, problems)


def series_place(place: str, attribute: str) -> str:
    """Return the place of an attribute's series, from that of its component's table.

    >>> series_place("loads.csv", "p_set")
    'loads-p_set.csv'
    """
    stem, dot, ending = place.rpartition(".csv")
    return f"{stem}-{attribute}{dot}{ending}" if dot else f"{place}-{attribute}"


def _check_profile(
    values: np.ndarray, place: str, attribute: Attribute, optional: bool, problems: Problems
) -> None:
    gaps = np.flatnonzero(np.isnan(values))
    if gaps.size and not optional:
        problems.add(
            place.format(row=gaps[0] + 2),
            f"{gaps.size} empty values, the first in hour {gaps[0]}",
            "a value in every hour",
            "fill the gap from the meter or a neighbouring day; missing is not zero",
        )
    low = -np.inf if np.isnan(attribute.low) else attribute.low
    high = np.inf if np.isnan(attribute.high) else attribute.high
    zero = (values == 0) & ((attribute.component, attribute.name) in DIVISORS)
    outside = np.flatnonzero((values < low) | (values > high) | np.isinf(values) | zero)
    if outside.size:
        found = f"{values[outside[0]]:g} in hour {outside[0]}"
        problems.add(place.format(row=outside[0] + 2), found, _range(attribute), "correct the value")


def calendar_hint(found: int, expected: int) -> str:
    """Return the probable cause where a profile has the length of the other kind of year (common, leap)."""
    if (found, expected) == (LEAP_YEAR, COMMON_YEAR):
        return "a common year has 8760 hours: drop 29 February"
    if (found, expected) == (COMMON_YEAR, LEAP_YEAR):
        return "a leap year has 8784 hours: add 29 February"
    return "give one value per snapshot"


def hours_of(year: int) -> int:
    """Return the number of hours of a calendar year."""
    return LEAP_YEAR if calendar.isleap(year) else COMMON_YEAR


def _check_output_range(system: System, places: Mapping[str, str], problems: Problems) -> None:
    for component, low, high in (
        ("generators", "p_min_pu", "p_max_pu"),
        ("links", "p_min_pu", "p_max_pu"),
        ("storage_units", "p_min_pu", "p_max_pu"),
        ("stores", "e_min_pu", "e_max_pu"),
    ):
        names = system.names(component)
        # [name] where neither has a series: a year of hours of constants need not be compared
        crossed = np.atleast_2d(
            np.asarray(system.values(component, low)) > np.asarray(system.values(component, high)) + 1e-12
        )
        for i in np.flatnonzero(crossed.any(axis=0)).tolist():
            hour = int(np.argmax(crossed[:, i]))
            problems.add(
                f"{places.get(component, component)}:{names[i]}:{low}",
                f"{low} above {high} in hour {hour}",
                f"{low} <= {high} in every hour",
                f"lower {low}, or give it as a series that follows {high}",
            )


def _check_lines(system: System, place: str, problems: Problems) -> None:
    """Impedances decide how power divides over parallel paths; on a line without one they do nothing."""
    carriers, lines = system.table("buses")["carrier"], system.table("lines")
    known = lines["bus0"].isin(carriers.index) & lines["bus1"].isin(carriers.index)
    lines = lines[known]
    edges = list(zip(lines["bus0"].astype(str), lines["bus1"].astype(str), strict=True))
    for position in sorted({i for loop in cycles(edges) for i in loop}):
        line, name = lines.iloc[position], lines.index[position]
        impedance = "r" if carriers[line["bus0"]] == "DC" else "x"
        if not line[impedance] > 0:
            problems.add(
                f"{place}:{name}:{impedance}",
                f"{line[impedance]:g} on a line that lies on a loop",
                f"{impedance} above 0 Ohm",
                "give its impedance",
            )


def _check_global(system: System, place: str, problems: Problems) -> None:
    for name, row in system.table("global_constraints").iterrows():
        if row["type"] not in GLOBAL_TYPES:
            problems.add(f"{place}:{name}:type", row["type"], f"one of {', '.join(GLOBAL_TYPES)}")
        if row["sense"] not in SENSES:
            problems.add(f"{place}:{name}:sense", row["sense"], f"one of {', '.join(SENSES)}")
        carriers = system.tables["carriers"].columns
        if row["type"] in {"primary_energy", "load_share"} and row["carrier_attribute"] not in carriers:
            problems.add(
                f"{place}:{name}:carrier_attribute", row["carrier_attribute"], "a column of carriers"
            )
