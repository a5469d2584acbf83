"""What all sections share: strict immutable records, ranges, estimates, and the units that people read."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict

T_PER_MT = 1e6
MWH_PER_TWH = 1e6


class Part(BaseModel):
    """Common rules: unknown fields are refused, a summary never changes, NaN is not a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Range(Part):
    """5, 50 and 95 % quantile."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, samples: ArrayLike, divisor: float = 1.0) -> "Range":
        """Return the range of `samples` [sample], in units of `divisor`."""
        low, median, high = (
            float(x) / divisor for x in np.quantile(np.asarray(samples, dtype=np.float64), (0.05, 0.5, 0.95))
        )
        return cls(low=low, median=median, high=high)


class Estimate(Part):
    """A value and its standard error."""

    value: float
    standard_error: float


def series(values: Iterable[Any], divisor: float) -> list[float]:
    """Return `values` [year] in units of `divisor`."""
    return [float(value) for value in np.asarray(values) / divisor]


def finite_or_none(value: float) -> float | None:
    """Return `value`, or None where there is none (NaN)."""
    return float(value) if math.isfinite(value) else None
