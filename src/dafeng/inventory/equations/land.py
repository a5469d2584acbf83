"""Land: carbon of forests by growth and loss or by stocks, wetlands, farmland soils, liming.

Volumes in m3, areas in ha, carbon in t C, CO2 in t (positive: emission; negative: removal).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.units import CARBON_TO_CO2

FloatArray = NDArray[np.float64]


def biomass_carbon(
    volume: ArrayLike,
    area: ArrayLike,
    per_volume: ArrayLike,
    per_area: ArrayLike,
    carbon_fraction: ArrayLike = 0.47,
) -> FloatArray:
    """Compute carbon [t C] of a forest type = (a × volume [m3] + b × area [ha]) × carbon fraction.

    `per_volume` a [t dm/m3], `per_area` b [t dm/ha] of the type.

    By hand: (0.5 × 1,000 + 30 × 10) × 0.47 = 376 t C.

    Parameters
    ----------
    volume
        Stock volume [m3].
    area
        Area [ha].
    per_volume
        Biomass per volume, a [t dm/m3].
    per_area
        Biomass per area, b [t dm/ha].
    carbon_fraction
        Carbon fraction of dry matter.

    Returns
    -------
    Carbon [t C].

    Source
    ------
    Fang et al. 2001 (biomass expansion by type); carbon fraction IPCC 2006 Guidelines vol. 4 ch. 4.

    Examples
    --------
    >>> float(biomass_carbon(1000.0, 10.0, 0.5, 30.0))
    376.0
    """
    dry = np.multiply(per_volume, volume) + np.multiply(per_area, area)
    return np.asarray(dry * np.asarray(carbon_fraction, dtype=np.float64), dtype=np.float64)


def forest_gain_loss_co2(carbon: ArrayLike, growth_rate: ArrayLike, removal_rate: ArrayLike) -> FloatArray:
    """Compute forest CO2 [t]: stock [t C] × (removal rate − growth rate) × 44/12; negative is a sink.

    By hand: 1,000 × (0.05 − 0.08) × 44/12 = −110 t.

    Parameters
    ----------
    carbon
        Carbon stock [t C].
    growth_rate
        Annual growth rate.
    removal_rate
        Annual removal rate.

    Returns
    -------
    CO2 [t]; negative is a sink.

    Source
    ------
    省级温室气体清单编制指南 2011, ch. 4 (growth minus consumption).

    Examples
    --------
    >>> round(float(forest_gain_loss_co2(1000.0, 0.08, 0.05)), 9)
    -110.0
    """
    return np.asarray(
        np.multiply(carbon, np.subtract(removal_rate, growth_rate)) * CARBON_TO_CO2, dtype=np.float64
    )


def stock_change_co2(carbon_start: ArrayLike, carbon_end: ArrayLike, years: ArrayLike) -> FloatArray:
    """Compute CO2 [t/a] of a pool from its carbon stocks [t C] at two times; a growing pool is negative.

    By hand: −(1,100 − 1,000)/5 × 44/12 = −73.3333 t/a.

    Parameters
    ----------
    carbon_start
        Carbon stock at the first time [t C].
    carbon_end
        Carbon stock at the second time [t C].
    years
        Years between the two.

    Returns
    -------
    CO2 [t/a].

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 2.

    Examples
    --------
    >>> round(float(stock_change_co2(1000.0, 1100.0, 5.0)), 4)
    -73.3333
    """
    return np.asarray(-np.subtract(carbon_end, carbon_start) / years * CARBON_TO_CO2, dtype=np.float64)


def wetland_ch4(area: ArrayLike, kg_per_ha_day: ArrayLike, days: ArrayLike) -> FloatArray:
    """Compute CH4 [t] of flooded land or wetland: area [ha] × kg/ha/d × days / 1,000.

    By hand: 1,000 × 0.063 × 300 / 1,000 = 18.9.

    Parameters
    ----------
    area
        Area [ha].
    kg_per_ha_day
        Emission factor [kg/ha/d].
    days
        Days of the year counted.

    Returns
    -------
    CH4 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 4 app. 3 (diffusive emission).

    Examples
    --------
    >>> round(float(wetland_ch4(1000.0, 0.063, 300.0)), 9)
    18.9
    """
    return np.asarray(np.multiply(area, kg_per_ha_day) * np.asarray(days) / 1000.0, dtype=np.float64)
