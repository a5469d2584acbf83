"""Conversion between units of one kind, and the canonical unit in which dafeng computes."""

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from dafeng.evidence import DafengError
from dafeng.units.parsing import is_printed, quantity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Number = TypeVar("Number", float, "NDArray[np.float64]")

# Canonical units (style.md): arrays inside dafeng carry these and no others. Time is the year where it
# stands alone; the first unit whose dimension fits is taken.
CANONICAL = (
    "t", "tce", "tCO2", "tCO2e", "tC", "tCH4", "tN2O", "MW", "MWh", "a",
    "km", "m2", "m3", "CNY", "USD", "person", "head", "household", "vehicle", "TEU", "item",
    "tkm", "pkm", "vkm", "1",
)  # fmt: skip


@lru_cache(maxsize=4096)
def factor(unit: str, to: str) -> float:
    """Return the conversion factor from `unit` to `to`: how many `to` one `unit` is.

    Raises
    ------
    DafengError
        For an unknown unit, and for two units of different kinds (t and tce, CO2 and CO2e).
    """
    one, target = quantity(unit), quantity(to)
    if one.dimensionality != target.dimensionality:
        raise DafengError.at(
            "unit", f"{unit} ({kind(unit)})", f"a unit of the kind of {to} ({kind(to)})",
            "different kinds are linked by a factor with a source, not by a unit",
        )  # fmt: skip
    return float(one.to(target.units).magnitude / target.magnitude)


def convert(values: Number, unit: str, to: str) -> Number:
    """Convert `values` from `unit` to `to`.

    Parameters
    ----------
    values
        Number or array in `unit`.
    unit
        Unit in Chinese or symbols.
    to
        Unit of the result.

    Returns
    -------
    Number or array in `to`, shape as `values`.

    Raises
    ------
    DafengError
        For an unknown unit, and for two units of different kinds.

    Examples
    --------
    >>> convert(42.5, "万千瓦", "MW")
    425.0
    """
    return values * factor(unit, to)


@lru_cache(maxsize=1024)
def base(unit: str) -> tuple[float, dict[str, float]]:
    """Return the number of base units in one `unit` and the power of each dimension, for products of units.

    >>> base("MWh"), base("MW·h")
    ((1.0, {'[energy]': 1.0}), (1.0, {'[energy]': 1.0}))
    """
    found = quantity(unit)
    powers = {str(name): float(power) for name, power in found.dimensionality.items()}
    return float(found.to_root_units().magnitude), powers


@lru_cache(maxsize=1024)
def kind(unit: str) -> str:
    """Return the dimension of `unit`, as `[mass]` or `[energy] / [currency]`; `1` for a pure number."""
    powers = {name: float(power) for name, power in sorted(quantity(unit).dimensionality.items())}
    over = [f"{name}^{power:g}" if power != 1 else name for name, power in powers.items() if power > 0]
    under = [f"{name}^{-power:g}" if power != -1 else name for name, power in powers.items() if power < 0]
    text = " * ".join(over) or "1"
    return f"{text} / {' / '.join(under)}" if under else text


@lru_cache(maxsize=1024)
def canonical(unit: str) -> str:
    """Return the canonical unit of the kind of `unit`; a quotient is canonical above and below the line.

    >>> canonical("亿千瓦时"), canonical("万吨标准煤"), canonical("kgCO2/kWh")
    ('MWh', 'tce', 'tCO2/MWh')
    """
    for candidate in CANONICAL:
        if quantity(candidate).dimensionality == quantity(unit).dimensionality:
            return candidate
    numerator, *denominators = unit.split("/")
    if denominators:
        return "/".join(_canonical_product(part) for part in (numerator, *denominators))
    raise DafengError.at("unit", unit, "a unit whose kind has a canonical unit", "add it to units.CANONICAL")


def _canonical_product(part: str) -> str:
    factors = [
        canonical(name)
        for name in part.strip().removeprefix("(").removesuffix(")").replace("*", "·").split("·")
    ]
    return factors[0] if len(factors) == 1 else f"({'·'.join(factors)})"


def is_unit(text: str) -> bool:
    """Check whether `text` can be parsed as a unit.

    Parameters
    ----------
    text
        Text that may be a unit.

    Returns
    -------
    True where it can be parsed.
    """
    try:
        is_printed(text) or quantity(text)
    except DafengError:
        return False
    return True
