"""Land: carbon of forests by growth and loss or by stocks, wetlands, farmland soils, liming.

Volumes in m3, areas in ha, carbon in t C, CO2 in t (positive: emission; negative: removal).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

CARBON_TO_CO2 = 44 / 12


def biomass_carbon(
    volume: ArrayLike, wood_density: ArrayLike, expansion: ArrayLike, carbon_fraction: ArrayLike = 0.5
) -> FloatArray:
    """Carbon [t C] in standing volume [m3]: volume × density SVD [t/m3] × expansion BEF × carbon fraction.

    Source: 省级温室气体清单编制指南 2011, ch. 4 (volume method). By hand: 1,000 × 0.462 × 1.787 × 0.5 = 412.797.

    >>> round(float(biomass_carbon(1000.0, 0.462, 1.787)), 3)
    412.797
    """
    tree = np.multiply(volume, wood_density) * np.asarray(expansion, dtype=np.float64)
    return np.asarray(tree * np.asarray(carbon_fraction, dtype=np.float64))


def forest_gain_loss_co2(carbon: ArrayLike, growth_rate: ArrayLike, removal_rate: ArrayLike) -> FloatArray:
    """CO2 [t] of forests: stock [t C] × (removal rate − growth rate) × 44/12; negative is a sink.

    Source: 省级温室气体清单编制指南 2011, ch. 4 (growth minus consumption). By hand: 1,000 × (0.05 − 0.08) ×
    44/12 = −110 t.

    >>> round(float(forest_gain_loss_co2(1000.0, 0.08, 0.05)), 9)
    -110.0
    """
    return np.asarray(
        np.multiply(carbon, np.subtract(removal_rate, growth_rate)) * CARBON_TO_CO2, dtype=np.float64
    )


def stock_change_co2(carbon_start: ArrayLike, carbon_end: ArrayLike, years: ArrayLike) -> FloatArray:
    """CO2 [t/a] of a pool whose carbon [t C] is known at two times; a growing pool is negative.

    Source: IPCC 2006 Guidelines vol. 4 ch. 2. By hand: −(1,100 − 1,000)/5 × 44/12 = −73.3333 t/a.

    >>> round(float(stock_change_co2(1000.0, 1100.0, 5.0)), 4)
    -73.3333
    """
    return np.asarray(-np.subtract(carbon_end, carbon_start) / years * CARBON_TO_CO2, dtype=np.float64)


def conversion_co2(
    area: ArrayLike, biomass_before: ArrayLike, biomass_after: ArrayLike, carbon_fraction: ArrayLike = 0.5
) -> FloatArray:
    """CO2 [t] of land [ha] that changes class: area × (before − after) [t dm/ha] × carbon fraction × 44/12.

    Source: IPCC 2006 Guidelines vol. 4 ch. 2. By hand: 10 × (80 − 5) × 0.5 × 44/12 = 1,375 t.

    >>> float(conversion_co2(10.0, 80.0, 5.0))
    1375.0
    """
    lost = np.multiply(area, np.subtract(biomass_before, biomass_after))
    return np.asarray(lost * np.asarray(carbon_fraction) * CARBON_TO_CO2, dtype=np.float64)


def wetland_ch4(area: ArrayLike, kg_per_ha_day: ArrayLike, days: ArrayLike) -> FloatArray:
    """CH4 [t] of flooded land or wetland: area [ha] × kg/ha/d × days / 1,000.

    Source: IPCC 2006 Guidelines vol. 4 app. 3 (diffusive emission). By hand: 1,000 × 0.063 × 300 / 1,000 = 18.9.

    >>> round(float(wetland_ch4(1000.0, 0.063, 300.0)), 9)
    18.9
    """
    return np.asarray(np.multiply(area, kg_per_ha_day) * np.asarray(days) / 1000.0, dtype=np.float64)


def soil_carbon_co2(
    reference_stock: ArrayLike,
    factors_before: ArrayLike,
    factors_after: ArrayLike,
    area: ArrayLike,
    years: float = 20.0,
) -> FloatArray:
    """CO2 [t/a] of farmland soils: reference stock [t C/ha] × area × (Π before − Π after) / years × 44/12.

    The last axis of the factors (land use, management, input) is multiplied. Source: IPCC 2006 Guidelines
    vol. 4 ch. 2. By hand: 60 × 100 × (0.8 − 0.88) / 20 × 44/12 = −88 t/a.

    >>> round(float(soil_carbon_co2(60.0, [0.8, 1.0], [0.8, 1.1], 100.0)), 9)
    -88.0
    """
    before = np.asarray(factors_before, dtype=np.float64).prod(axis=-1)
    after = np.asarray(factors_after, dtype=np.float64).prod(axis=-1)
    stock = np.multiply(reference_stock, area)
    return np.asarray(stock * (before - after) / years * CARBON_TO_CO2, dtype=np.float64)


def liming_co2(limestone: ArrayLike, dolomite: ArrayLike) -> FloatArray:
    """CO2 [t] of liming: limestone [t] × 0.12 + dolomite [t] × 0.13 (t C/t), × 44/12.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11. By hand: (100 × 0.12 + 100 × 0.13) × 44/12 = 91.6667 t.

    >>> round(float(liming_co2(100.0, 100.0)), 4)
    91.6667
    """
    carbon = np.multiply(limestone, 0.12) + np.multiply(dolomite, 0.13)
    return np.asarray(carbon * CARBON_TO_CO2, dtype=np.float64)


def biomass_gain(
    area: ArrayLike,
    growth: ArrayLike,
    root_ratio: ArrayLike = 0.0,
    carbon_fraction: ArrayLike = 0.47,
    expansion: ArrayLike = 1.0,
) -> FloatArray:
    """Carbon gained by growing biomass [t C/a] = area [ha] × growth × expansion × (1 + root ratio) × carbon fraction.

    `growth` above ground: t dm/ha/a with `expansion` 1, or increment of volume [m3/ha/a] with `expansion` BCEF_I [t dm/m3].
    Source: IPCC 2006 Guidelines vol. 4 ch. 2 (gain-loss method). By hand: 1,000 × 4 × 1.29 × 0.47 = 2,425.2 t C.

    >>> round(float(biomass_gain(1000.0, 4.0, 0.29)), 9)
    2425.2
    """
    grown = np.multiply(area, growth) * np.asarray(expansion, dtype=np.float64)
    return np.asarray(grown * np.add(1.0, root_ratio) * np.asarray(carbon_fraction))


def wood_removal_loss(
    removed: ArrayLike, expansion: ArrayLike, root_ratio: ArrayLike = 0.0, carbon_fraction: ArrayLike = 0.47
) -> FloatArray:
    """Carbon lost by harvest [t C/a] = roundwood [m3/a] × BCEF_R [t dm/m3] × (1 + root ratio) × carbon fraction.

    Source: IPCC 2006 Guidelines vol. 4 ch. 2 (gain-loss method). By hand: 1,000 × 1.11 × 1.29 × 0.47 = 672.993 t C.

    >>> round(float(wood_removal_loss(1000.0, 1.11, 0.29)), 9)
    672.993
    """
    cut = np.multiply(removed, expansion) * np.add(1.0, root_ratio)
    return np.asarray(cut * np.asarray(carbon_fraction), dtype=np.float64)


def fuelwood_loss(
    trees: ArrayLike,
    expansion: ArrayLike,
    root_ratio: ArrayLike = 0.0,
    parts: ArrayLike = 0.0,
    wood_density: ArrayLike = 0.5,
    carbon_fraction: ArrayLike = 0.47,
) -> FloatArray:
    """Carbon lost by fuelwood [t C/a]: whole trees [m3/a] × BCEF_R × (1 + root ratio) and parts [m3/a] × density [t/m3].

    Source: IPCC 2006 Guidelines vol. 4 ch. 2 (gain-loss method). By hand: (100 × 1.11 × 1.29 + 200 × 0.5) × 0.47 = 114.2993 t C.

    >>> round(float(fuelwood_loss(100.0, 1.11, 0.29, parts=200.0)), 9)
    114.2993
    """
    whole = np.multiply(trees, expansion) * np.add(1.0, root_ratio)
    return np.asarray((whole + np.multiply(parts, wood_density)) * np.asarray(carbon_fraction))


def disturbance_loss(
    area: ArrayLike,
    biomass: ArrayLike,
    lost_share: ArrayLike,
    root_ratio: ArrayLike = 0.0,
    carbon_fraction: ArrayLike = 0.47,
) -> FloatArray:
    """Carbon lost by fire, pests, storms [t C/a] = area [ha/a] × biomass [t dm/ha] × (1 + root ratio) × fraction × share lost.

    Source: IPCC 2006 Guidelines vol. 4 ch. 2 (gain-loss method). By hand: 10 × 120 × 1.29 × 0.47 × 0.3 = 218.268 t C.

    >>> round(float(disturbance_loss(10.0, 120.0, 0.3, 0.29)), 9)
    218.268
    """
    standing = np.multiply(area, biomass) * np.add(1.0, root_ratio)
    return np.asarray(standing * np.multiply(lost_share, carbon_fraction), dtype=np.float64)


def biomass_change_co2(gained: ArrayLike, lost: ArrayLike) -> FloatArray:
    """CO2 [t/a] of biomass by gain and loss [t C/a]: (lost − gained) × 44/12, negative where it grows.

    `lost`: sum of harvest, fuelwood and disturbance. Source: IPCC 2006 Guidelines vol. 4 ch. 2 (gain-loss method). By hand:
    (672.993 − 2,425.2) × 44/12 = −6,424.759 t.

    >>> round(float(biomass_change_co2(2425.2, 672.993)), 3)
    -6424.759
    """
    return np.asarray(np.subtract(lost, gained) * CARBON_TO_CO2, dtype=np.float64)


def organic_soil_co2(area: ArrayLike, t_per_ha: ArrayLike) -> FloatArray:
    """CO2 [t/a] of drained organic soils: area [ha] × t C/ha/a × 44/12.

    Source: IPCC 2006 Guidelines vol. 4 ch. 2. By hand: 100 × 5 × 44/12 = 1,833.3333 t.

    >>> round(float(organic_soil_co2(100.0, 5.0)), 4)
    1833.3333
    """
    return np.asarray(np.multiply(area, t_per_ha) * CARBON_TO_CO2, dtype=np.float64)
