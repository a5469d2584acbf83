"""Electricity and heat across the boundary, and the coal equivalent of energy.

Electricity in MWh, heat in TJ, coal equivalent in tce, emissions in t CO2, grid factors in tCO2/MWh.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.units import CALORIFIC_TCE_PER_MWH

FloatArray = NDArray[np.float64]


def net_import(use: ArrayLike, losses: ArrayLike, generation: ArrayLike) -> FloatArray:
    """Compute net electricity import [MWh] = use + losses − generation; negative where a city exports.

    By hand: 16 + 1 − 15 TWh = 2 TWh.

    Parameters
    ----------
    use
        Electricity use [MWh].
    losses
        Losses [MWh].
    generation
        Generation [MWh].

    Returns
    -------
    Net import [MWh].

    Examples
    --------
    >>> float(net_import(16e6, 1e6, 15e6))
    2000000.0
    """
    return np.asarray(np.add(use, losses) - np.asarray(generation, dtype=np.float64))


def imported_electricity_co2(net_import_mwh: ArrayLike, grid_factor: ArrayLike) -> FloatArray:
    """Compute CO2 [t] of net imports [MWh] at the factor of the grid of origin [tCO2/MWh].

    The assessment account adds this term (credit for exporters); the provincial summary shows it as an
    information item.

    By hand: 2,000,000 × 0.5835 = 1,167,000 t.

    Parameters
    ----------
    net_import_mwh
        Net import [MWh].
    grid_factor
        Grid emission factor [tCO2/MWh].

    Returns
    -------
    CO2 [t]; negative for exporters.

    Examples
    --------
    >>> float(imported_electricity_co2(2e6, 0.5835))
    1167000.0
    """
    return np.asarray(np.multiply(net_import_mwh, grid_factor), dtype=np.float64)


def location_based_co2(use: ArrayLike, grid_factor: ArrayLike) -> FloatArray:
    """Compute scope 2 CO2 [t] of electricity use [MWh], location-based method (GPC 1.1, ch. 6.5).

    By hand: 1,000 MWh × 0.5752 = 575.2 t.

    Parameters
    ----------
    use
        Electricity use [MWh].
    grid_factor
        Grid emission factor [tCO2/MWh].

    Returns
    -------
    CO2 [t].

    Examples
    --------
    >>> round(float(location_based_co2(1000.0, 0.5752)), 6)
    575.2
    """
    return np.asarray(np.multiply(use, grid_factor), dtype=np.float64)


def heat_co2(heat_tj: ArrayLike, factor: ArrayLike) -> FloatArray:
    """Compute CO2 [t] of heat [TJ] at `factor` [tCO2/TJ].

    By hand: 10 TJ × 110 tCO2/TJ (0.11 t/GJ) = 1,100 t.

    Parameters
    ----------
    heat_tj
        Heat [TJ].
    factor
        Emission factor [tCO2/TJ].

    Returns
    -------
    CO2 [t].

    Examples
    --------
    >>> float(heat_co2(10.0, 110.0))
    1100.0
    """
    return np.asarray(np.multiply(heat_tj, factor), dtype=np.float64)


def coal_equivalent(quantity: ArrayLike, tce_per_unit: ArrayLike) -> FloatArray:
    """Compute the coal equivalent [tce] of a physical quantity (GB/T 2589-2020).

    By hand: 100 t × 0.7143 = 71.43 tce.

    Parameters
    ----------
    quantity
        Physical quantity.
    tce_per_unit
        Coefficient [tce per unit].

    Returns
    -------
    Coal equivalent [tce].

    Examples
    --------
    >>> round(float(coal_equivalent(100.0, 0.7143)), 6)
    71.43
    """
    return np.asarray(np.multiply(quantity, tce_per_unit), dtype=np.float64)


def electricity_coal_equivalent(electricity: ArrayLike, kgce_per_kwh: ArrayLike | None = None) -> FloatArray:
    """Compute the coal equivalent [tce] of electricity [MWh].

    电热当量 by default, 等价值 with the coal rate of the year.

    `kgce_per_kwh`: average coal used per kWh generated (发电煤耗), numerically tce/MWh.

    By hand: 1,000 MWh × 0.1229 = 122.9 tce; at 0.3055 kgce/kWh (2020) 305.5 tce.

    Parameters
    ----------
    electricity
        Electricity [MWh].
    kgce_per_kwh
        Coal rate [kgce/kWh], numerically tce/MWh.

    Returns
    -------
    Coal equivalent [tce].

    Examples
    --------
    >>> [round(float(electricity_coal_equivalent(1000.0, rate)), 9) for rate in (None, 0.3055)]
    [122.9, 305.5]
    """
    rate = CALORIFIC_TCE_PER_MWH if kgce_per_kwh is None else kgce_per_kwh
    return np.asarray(np.multiply(electricity, rate), dtype=np.float64)


def calibrated_coefficient(official_tce: ArrayLike, physical: ArrayLike) -> FloatArray:
    """Compute the coal equivalent of one unit that makes a physical and the standard-coal balance agree.

    Default coefficients overstate some provinces' coal.

    By hand: 66 tce over 100 t = 0.66 kgce/kg.

    Parameters
    ----------
    official_tce
        Official coal equivalent [tce].
    physical
        Physical quantity.

    Returns
    -------
    Coefficient [tce per unit].

    Examples
    --------
    >>> float(calibrated_coefficient(66.0, 100.0))
    0.66
    """
    return np.asarray(np.divide(official_tce, physical), dtype=np.float64)
