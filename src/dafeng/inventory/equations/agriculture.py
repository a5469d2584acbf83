"""Agriculture: CH4 of digestion, manure and rice; N2O of manure and soils.

Livestock in head (average stock of the year), areas in ha, nitrogen in t N, results in t of the gas.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.units import NITROGEN_TO_N2O

FloatArray = NDArray[np.float64]


def livestock_emission(head: ArrayLike, kg_per_head: ArrayLike) -> FloatArray:
    """CH4 or N2O [t] = head × kg per head and year / 1,000 (enteric fermentation, manure management).

    Source: IPCC 2006 Guidelines vol. 4 ch. 10; NY/T 4243-2022. By hand: 1,000 dairy
    cows × 109.9 kg = 109.9 t.

    >>> round(float(livestock_emission(1000.0, 109.9)), 9)
    109.9
    """
    return np.asarray(np.multiply(head, kg_per_head) / 1000.0, dtype=np.float64)


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


def soil_n2o_direct(nitrogen: ArrayLike, factor: ArrayLike = 0.01) -> FloatArray:
    """N2O [t] from nitrogen put on soils [t N] × factor [t N2O-N/t N] × 44/28; flooded rice has its own factor.

    Source: IPCC 2006 Guidelines vol. 4 ch. 11. By hand: 100 × 0.01 × 44/28 = 1.5714 t.

    >>> round(float(soil_n2o_direct(100.0)), 4)
    1.5714
    """
    return np.asarray(np.multiply(nitrogen, factor) * NITROGEN_TO_N2O, dtype=np.float64)


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
    return np.asarray(lost * NITROGEN_TO_N2O, dtype=np.float64)


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
