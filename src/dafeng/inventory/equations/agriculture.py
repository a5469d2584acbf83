"""Agriculture: CH4 of digestion, manure and rice; N2O of manure and soils.

Livestock in head (average stock of the year), areas in ha, nitrogen in t N, results in t of the gas.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

N_TO_N2O = 44 / 28


def livestock_emission(head: ArrayLike, kg_per_head: ArrayLike) -> FloatArray:
    """CH4 or N2O [t] = head × kg per head and year / 1,000 (enteric fermentation, manure management).

    Source: IPCC 2006 Guidelines vol. 4 ch. 10; NY/T 4243-2022. By hand: 1,000 dairy
    cows × 109.9 kg = 109.9 t.

    >>> round(float(livestock_emission(1000.0, 109.9)), 9)
    109.9
    """
    return np.asarray(np.multiply(head, kg_per_head) / 1000.0, dtype=np.float64)


def average_stock(sold: ArrayLike, days_alive: ArrayLike) -> FloatArray:
    """Average number present of animals that live less than a year: sold × days / 365.

    Source: IPCC 2006 Guidelines vol. 4 ch. 10. By hand: 730 broilers × 50 / 365 = 100.

    >>> float(average_stock(730.0, 50.0))
    100.0
    """
    return np.asarray(np.multiply(sold, days_alive) / 365.0, dtype=np.float64)


def manure_ch4(
    head: ArrayLike, volatile_solids: ArrayLike, b0: ArrayLike, mcf: ArrayLike, system_share: ArrayLike
) -> FloatArray:
    """CH4 [t] of manure: head × VS [kg/d] × 365 × B0 [m3/kg] × 0.67 kg/m3 × Σ MCF × share / 1,000.

    `mcf` and `system_share` share the last axis (system), which is summed. Source: IPCC 2006 Guidelines
    vol. 4 ch. 10. By hand: 100 × 0.3 × 365 × 0.29 × 0.67 × 0.42 / 1,000 = 0.89359 t.

    >>> round(float(manure_ch4(100.0, 0.3, 0.29, [0.42], [1.0])), 5)
    0.89359
    """
    conversion = (np.asarray(mcf, dtype=np.float64) * np.asarray(system_share, dtype=np.float64)).sum(axis=-1)
    excreted = np.multiply(head, volatile_solids) * 365.0 * np.asarray(b0, dtype=np.float64)
    return np.asarray(excreted * 0.67 * conversion / 1000.0)


def rice_ch4(
    area: ArrayLike,
    days: ArrayLike,
    baseline: ArrayLike = 1.30,
    water_regime: ArrayLike = 1.0,
    pre_season: ArrayLike = 1.0,
    organic: ArrayLike = 1.0,
) -> FloatArray:
    """CH4 [t] of rice fields: area [ha] × days × kg/ha/d × scaling factors / 1,000.

    Source: IPCC 2006 Guidelines vol. 4 ch. 5 (default 1.30 kg/ha/d).
    By hand: 1,000 ha × 100 d × 1.30 × 0.6 / 1,000 = 78 t.

    >>> round(float(rice_ch4(1000.0, 100.0, water_regime=0.6)), 9)
    78.0
    """
    daily = np.multiply(baseline, water_regime) * np.multiply(pre_season, organic)
    return np.asarray(np.multiply(area, days) * daily / 1000.0, dtype=np.float64)


def organic_amendment_factor(rate: ArrayLike, conversion: ArrayLike) -> FloatArray:
    """Scaling factor (1 + Σ rate [t/ha] × conversion)^0.59 of organic matter in rice fields.

    The last axis (kind of amendment) is summed. Source: IPCC 2006 Guidelines vol. 4 ch. 5
    By hand: (1 + 5 × 0.29)^0.59 = 2.45^0.59 = 1.6967.

    >>> round(float(organic_amendment_factor([5.0], [0.29])), 4)
    1.6967
    """
    load = (np.asarray(rate, dtype=np.float64) * np.asarray(conversion, dtype=np.float64)).sum(axis=-1)
    return np.asarray((1.0 + load) ** 0.59)


def residue_nitrogen(
    yield_per_ha: ArrayLike,
    area: ArrayLike,
    above_ratio: ArrayLike,
    n_above: ArrayLike,
    removed_share: ArrayLike,
    below_ratio: ArrayLike,
    n_below: ArrayLike,
    renewed_share: ArrayLike = 1.0,
) -> FloatArray:
    """Nitrogen [t N] that crop residues return: yield [t dm/ha] × AREA in both terms.

    above: yield × area × ratio × N × (1 − removed); below: yield × area × (ratio above + 1) × ratio below × N.
    Source: IPCC 2006 Guidelines vol. 4 ch. 11 (burnt area left out). By hand: 6 × 100 × [1.4 × 0.007
    × 0.5 + 2.4 × 0.16 × 0.009] = 600 × (0.0049 + 0.003456) = 5.0136 t.

    >>> round(float(residue_nitrogen(6.0, 100.0, 1.4, 0.007, 0.5, 0.16, 0.009)), 4)
    5.0136
    """
    crop = np.multiply(yield_per_ha, area) * np.asarray(renewed_share, dtype=np.float64)
    above = np.multiply(above_ratio, n_above) * np.subtract(1.0, removed_share)
    below = np.add(above_ratio, 1.0) * np.multiply(below_ratio, n_below)
    return np.asarray(crop * (above + below), dtype=np.float64)


def soil_n2o_direct(nitrogen: ArrayLike, factor: ArrayLike = 0.01) -> FloatArray:
    """N2O [t] from nitrogen put on soils [t N] × factor [t N2O-N/t N] × 44/28; flooded rice has its own factor.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11. By hand: 100 × 0.01 × 44/28 = 1.5714 t.

    >>> round(float(soil_n2o_direct(100.0)), 4)
    1.5714
    """
    return np.asarray(np.multiply(nitrogen, factor) * N_TO_N2O, dtype=np.float64)


def soil_n2o_indirect(
    volatilised: ArrayLike,
    leached: ArrayLike,
    factor_volatilised: ArrayLike = 0.01,
    factor_leached: ArrayLike = 0.0075,
) -> FloatArray:
    """N2O [t] of nitrogen lost from soils [t N]: by deposition and by leaching.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11. By hand: (10 × 0.01 + 30 × 0.0075) × 44/28
    = 0.5107 t.

    >>> round(float(soil_n2o_indirect(10.0, 30.0)), 4)
    0.5107
    """
    lost = np.multiply(volatilised, factor_volatilised) + np.multiply(leached, factor_leached)
    return np.asarray(lost * N_TO_N2O, dtype=np.float64)


def manure_n2o(
    head: ArrayLike, nitrogen_per_head: ArrayLike, system_share: ArrayLike, factor: ArrayLike
) -> FloatArray:
    """N2O [t] of manure systems: head × kg N per head × Σ share × factor × 44/28 / 1,000.

    The last axis (system) is summed. Source: IPCC 2006 Guidelines vol. 4 ch. 10
    By hand: 1,000 × 10 × (0.5 × 0.005 + 0.5 × 0.02) × 44/28 / 1,000 = 0.1964 t.

    >>> round(float(manure_n2o(1000.0, 10.0, [0.5, 0.5], [0.005, 0.02])), 4)
    0.1964
    """
    rate = (np.asarray(system_share, dtype=np.float64) * np.asarray(factor, dtype=np.float64)).sum(axis=-1)
    return np.asarray(np.multiply(head, nitrogen_per_head) * rate * N_TO_N2O / 1000.0, dtype=np.float64)


def volatilised_nitrogen(
    synthetic: ArrayLike,
    organic: ArrayLike,
    synthetic_share: ArrayLike = 0.10,
    organic_share: ArrayLike = 0.20,
) -> FloatArray:
    """Nitrogen lost to air from soils [t N] = synthetic × share + (organic and grazing) × share, all t N.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11 (Frac_GASF 0.10, Frac_GASM 0.20). By hand: 100 × 0.1 + 50 × 0.2 = 20.

    >>> float(volatilised_nitrogen(100.0, 50.0))
    20.0
    """
    return np.asarray(np.multiply(synthetic, synthetic_share) + np.multiply(organic, organic_share))


def leached_nitrogen(nitrogen: ArrayLike, share: ArrayLike = 0.30) -> FloatArray:
    """Nitrogen leached and run off [t N] = nitrogen on soils of all kinds [t N] × share.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11 (Frac_LEACH 0.30 where rain exceeds what soils hold). By hand:
    100 × 0.3 = 30.

    >>> float(leached_nitrogen(100.0))
    30.0
    """
    return np.asarray(np.multiply(nitrogen, share), dtype=np.float64)


def mineralised_nitrogen(carbon_lost: ArrayLike, carbon_to_nitrogen: ArrayLike = 15.0) -> FloatArray:
    """Nitrogen set free [t N] where mineral soils lose carbon [t C]: carbon / (C:N).

    Source: IPCC 2006 Guidelines vol. 4 ch. 11 eq. 11.8 (C:N 15 for forest or grassland turned to cropland, 10 within
    cropland). By hand: 150 / 15 = 10 t N.

    >>> float(mineralised_nitrogen(150.0))
    10.0
    """
    return np.asarray(np.divide(carbon_lost, carbon_to_nitrogen), dtype=np.float64)


def organic_soil_n2o(area: ArrayLike, kg_per_ha: ArrayLike) -> FloatArray:
    """N2O [t] of drained organic soils: area [ha] × kg N2O-N/ha/a × 44/28 / 1,000.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11 eq. 11.1 (EF2 8 temperate, 16 tropical). By hand: 100 × 8 × 44/28/1,000 =
    1.2571 t.

    >>> round(float(organic_soil_n2o(100.0, 8.0)), 4)
    1.2571
    """
    return np.asarray(np.multiply(area, kg_per_ha) * N_TO_N2O / 1000.0, dtype=np.float64)


def burning_emission(
    area: ArrayLike, fuel_per_ha: ArrayLike, burnt_share: ArrayLike, g_per_kg: ArrayLike
) -> FloatArray:
    """Emission [t of the gas] of open burning of biomass: area [ha] × t dm/ha × share burnt × g/kg dm / 1,000.

    Source: IPCC 2006 Guidelines vol. 4 ch. 2 (residues: 2.7 g CH4 and 0.07 g N2O per kg). By hand: 1,000 × 5.5 × 0.9
    × 2.7/1,000 = 13.365 t CH4.

    >>> round(float(burning_emission(1000.0, 5.5, 0.9, 2.7)), 9)
    13.365
    """
    burnt = np.multiply(area, fuel_per_ha) * np.asarray(burnt_share, dtype=np.float64)
    return np.asarray(burnt * np.asarray(g_per_kg) / 1000.0)


def urea_co2(urea: ArrayLike, factor: ArrayLike = 0.20) -> FloatArray:
    """CO2 [t] of urea [t] put on soils: urea × 0.20 t C/t × 44/12.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11. By hand: 100 × 0.2 × 44/12 = 73.3333 t.

    >>> round(float(urea_co2(100.0)), 4)
    73.3333
    """
    return np.asarray(np.multiply(urea, factor) * (44 / 12), dtype=np.float64)
