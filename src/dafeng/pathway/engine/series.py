"""Series that expressions refer to, in base units."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from dafeng.pathway.engine.model import Parameter
from dafeng.pathway.methods.expressions import GDP, as_series

Array = NDArray[np.float64]

GROWTH = "gdp_growth"


def series_of(path: Callable[[str], Array], parameters: Mapping[str, Parameter]) -> Callable[[str], Array]:
    """Return the series that expressions name, in base units, from `path(parameter)` [sample or 1, year] over
    all years.
    """

    def series(name: str) -> Array:
        if name == GDP:
            return np.exp(path(GROWTH))
        return as_series(path(name), parameters[name].unit, parameters[name].rate)

    return series
