"""Vocabulary of a system: components, their attributes, units and limits, read from `attributes.csv`.

Names are those of PyPSA's component tables (MIT licence), so that networks go in and out without renaming.
"""

import math
from dataclasses import dataclass
from functools import cache

from dafeng.evidence import packaged_rows

COMPONENTS = (
    "buses",
    "carriers",
    "generators",
    "loads",
    "lines",
    "links",
    "storage_units",
    "stores",
    "global_constraints",
)
NOMINAL = {
    "generators": "p_nom",
    "lines": "s_nom",
    "links": "p_nom",
    "storage_units": "p_nom",
    "stores": "e_nom",
}
"""The attribute that holds the capacity, by component."""

SWITCHED = ("generators", "links")
"""Components whose members may be committable (started and stopped)."""

GLOBAL_TYPES = (
    "primary_energy",
    "operational_limit",
    "tech_capacity_expansion_limit",
    "transmission_volume_expansion_limit",
    "transmission_expansion_cost_limit",
    "load_share",
    "reserve_margin",
)
"""Kinds of global constraints.

The last two are ours (non-fossil share, reserve margin); PyPSA has the rest.
"""

SENSES = ("<=", ">=", "==")
WEIGHTS = ("objective", "stores", "generators")
"""What a snapshot is weighted for, in hours: costs, storage, energy sums."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Attribute: a column of a component table.

    `low` and `high` bound its values (inclusive), NaN where unbounded.
    """

    component: str
    name: str
    kind: str
    series: bool
    unit: str
    default: str | float | bool
    low: float
    high: float
    required: bool
    zh: str
    en: str


def _number(text: str) -> float:
    return float(text) if text else math.nan


def parse_default(kind: str, text: str) -> str | float | bool:
    """Parse the default of an attribute to a value of its kind."""
    if kind == "number":
        return float(text)
    if kind == "flag":
        return text == "true"
    return text


@cache
def attributes(component: str) -> dict[str, Attribute]:
    """Return every attribute of `component`, by name, in the order of the table."""
    return {
        row["attribute"]: Attribute(
            component,
            row["attribute"],
            row["kind"],
            row["series"] == "1",
            row["unit"],
            parse_default(row["kind"], row["default"]),
            _number(row["low"]),
            _number(row["high"]),
            row["required"] == "1",
            row["zh"],
            row["en"],
        )
        for row in packaged_rows("dafeng.dispatch", "attributes.csv")
        if row["component"] == component
    }


@cache
def unsupported(component: str) -> dict[str, tuple[str, str]]:
    """Return the attributes of PyPSA that change the problem and are not modelled.

    Attribute → the value at which it does nothing, and a remedy.
    """
    return {
        row["attribute"]: (row["neutral"], row["mend"])
        for row in packaged_rows("dafeng.dispatch", "unsupported.csv")
        if row["component"] == component
    }


@cache
def line_types() -> dict[str, tuple[float, float]]:
    """Return the standard overhead lines and cables → resistance and reactance, Ohm/km.

    Source: the table of standard types of PyPSA 1.4 (MIT licence), which takes it from pandapower.
    """
    return {
        row["name"]: (float(row["r_per_length"]), float(row["x_per_length"]))
        for row in packaged_rows("dafeng.dispatch", "line_types.csv")
    }


def link_ports(columns: list[str]) -> list[str]:
    """Return the suffixes of a link's outputs.

    `["", "2", "3"]` where the table has bus1, bus2 and bus3.

    >>> link_ports(["bus0", "bus1", "efficiency", "bus2", "efficiency2"])
    ['', '2']
    """
    numbers = sorted(
        int(c[3:]) for c in columns if c.startswith("bus") and c[3:].isdigit() and int(c[3:]) > 1
    )
    return ["", *(str(number) for number in numbers)]
