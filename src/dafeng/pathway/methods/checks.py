"""Checks of external arrays: finite numbers, or an error with their name and what is expected."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Text, chinese

Array = NDArray[np.float64]
DROP = Text(
    "先补齐或删去缺失值；缺失不等于零",
    "drop or fill what is missing first; NaN is never taken for zero",
)


def numbers(where: str, values: Any, expected: str) -> Array:
    """Return `values` as float64, finite or not.

    Raises: DafengError where they are no numbers, rows differ in length, or entries are masked.
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise DafengError.at(where, Text("被屏蔽的值", "masked values"), expected, DROP)
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise DafengError.at(where, "complex numbers", expected)
        return np.asarray(array, dtype=float)
    except (TypeError, ValueError) as error:
        text = str(error)
        found = "rows of unequal length" if "inhomogeneous" in text else f"no numbers ({text})"
        raise DafengError.at(where, found, expected) from error


def finite(where: str, values: Any, expected: str) -> Array:
    """Return `values` as finite float64.

    Raises: DafengError as `numbers`, and for NaN and infinity, with the place of the first.
    """
    array = numbers(where, values, expected)
    if not np.isfinite(array).all():
        place = np.argwhere(~np.isfinite(np.atleast_1d(array)))[0].tolist()
        value = np.atleast_1d(array)[tuple(place)]
        found = Text(f"{place} 处为 {value}", f"{value} at {place}")
        english = expected.en if isinstance(expected, Text) else expected
        wanted = Text(f"{chinese(expected)}，均为有限数", f"{english}, all finite")
        raise DafengError.at(where, found, wanted, DROP)
    return array


def whole_number(where: str, value: Any, least: int, expected: str = "") -> int:
    """Return `value` as int. Raises: DafengError where it is no whole number or below `least`."""
    wanted = expected or f"a whole number of {least} or more"
    if isinstance(value, bool) or not isinstance(value, int | np.integer | float):
        raise DafengError.at(where, repr(value), wanted)
    if not np.isfinite(value) or value != int(value) or value < least:
        raise DafengError.at(where, str(value), wanted)
    return int(value)
