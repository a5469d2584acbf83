"""Emissions of a plain sector × fuel model, factorised: [sample, sector, fuel, year] never exists."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.methods.checks import finite
from dafeng.pathway.methods.threads import in_threads

Array = NDArray[np.float64]

# values of one block that stay in a core's cache together
BLOCK_VALUES = 32768


def sector_emissions(
    activity: ArrayLike, intensity: ArrayLike, fuel_share: ArrayLike, emission_factor: ArrayLike
) -> Array:
    """E[sample, year] = Σ_sector activity · intensity · Σ_fuel share · factor.

    Parameters: `activity` [sample, sector, year]; `intensity` [sample or 1, sector, year], energy per activity;
    `fuel_share` [sector, fuel, year], shares of the energy; `emission_factor` [fuel] or [sample, fuel], CO2 per energy.
    Units are the caller's. Returns: [sample, year], in activity × intensity × factor.

    The sum over fuels comes first: it is the same for all samples where the factors are, a matrix product where they
    are not. Blocks of samples fit the cache and are shared between threads; the result does not depend on them.

    >>> sector_emissions([[[2.0, 4.0]]], [[[3.0, 3.0]]], [[[0.5, 1.0], [0.5, 0.0]]], [0.1, 0.0]).round(3)
    array([[0.3, 1.2]])

    Raises: DafengError for values that are not finite, and shapes that do not go together.
    """
    axes = "[sample, sector, year]"
    a, i = finite("activity", activity, axes), finite("intensity", intensity, axes)
    share, factor = (
        finite("fuel_share", fuel_share, "[sector, fuel, year]"),
        finite("emission_factor", emission_factor, "[fuel]"),
    )
    if a.ndim != 3 or i.ndim != 3 or i.shape[0] not in (1, a.shape[0]) or i.shape[1:] != a.shape[1:]:
        raise DafengError.at(
            "sector_emissions",
            f"activity {a.shape}, intensity {i.shape}",
            f"{axes}, intensity with 1 or as many samples",
        )
    samples, sectors, years = a.shape
    if share.ndim != 3 or (share.shape[0], share.shape[2]) != (sectors, years):
        raise DafengError.at("fuel_share", f"shape {share.shape}", f"[{sectors}, fuel, {years}]")
    fuels = share.shape[1]
    if factor.shape not in ((fuels,), (samples, fuels)):
        raise DafengError.at("emission_factor", f"shape {factor.shape}", f"[{fuels}] or [{samples}, {fuels}]")
    by_fuel = np.ascontiguousarray(share.transpose(1, 0, 2)).reshape(fuels, sectors * years)
    common = None if factor.ndim == 2 else (factor @ by_fuel).reshape(sectors, years)
    total = np.empty((samples, years))
    step = max(1, BLOCK_VALUES // max(sectors * years, 1))

    def block(begin: int) -> None:
        part = slice(begin, begin + step)
        carbon = (factor[part] @ by_fuel).reshape(-1, sectors, years) if common is None else common
        product = a[part] * (i if i.shape[0] == 1 else i[part])
        product *= carbon
        np.add.reduce(product, axis=1, out=total[part])

    in_threads(block, range(0, samples, step), a.size)
    return total
