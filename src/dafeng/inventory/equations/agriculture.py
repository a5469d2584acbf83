"""Agriculture: CH4 of digestion, manure and rice; N2O of manure and soils.

Livestock in head (average stock of the year), areas in ha, nitrogen in t N, results in t of the gas.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.units import NITROGEN_TO_N2O

FloatArray = NDArray[np.float64]


def livestock_emission(head: ArrayLike, kg_per_head: ArrayLike) -> FloatArray:
    """Compute livestock CH4 or N2O [t] = head × kg per head and year / 1,000.

    Enteric fermentation, manure management.

    By hand: 1,000 dairy cows × 109.9 kg = 109.9 t.

    Parameters
    ----------
    head
        Livestock [head], average stock of the year.
    kg_per_head
        Emission factor [kg per head and year].

    Returns
    -------
    Emission in t of the gas.

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 10; NY/T 4243-2022.

    Examples
    --------
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
    """Compute CH4 [t] of rice fields: area [ha] × days × kg/ha/d × scaling factors / 1,000.

    By hand: 1,000 ha × 100 d × 1.30 × 0.6 / 1,000 = 78 t.

    Parameters
    ----------
    area
        Area [ha].
    days
        Days of cultivation.
    baseline
        Emission factor [kg/ha/d].
    water_regime
        Scaling factor of the water regime.
    pre_season
        Scaling factor of the pre-season water regime.
    organic
        Scaling factor of organic amendments.

    Returns
    -------
    CH4 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 5 (default 1.30 kg/ha/d).

    Examples
    --------
    >>> round(float(rice_ch4(1000.0, 100.0, water_regime=0.6)), 9)
    78.0
    """
    daily = np.multiply(baseline, water_regime) * np.multiply(pre_season, organic)
    return np.asarray(np.multiply(area, days) * daily / 1000.0, dtype=np.float64)


def organic_amendment_factor(rate: ArrayLike, conversion: ArrayLike) -> FloatArray:
    """Compute the scaling factor (1 + Σ rate [t/ha] × conversion)^0.59 of organic matter in rice fields.

    The last axis (kind of amendment) is summed.

    By hand: (1 + 5 × 0.29)^0.59 = 2.45^0.59 = 1.6967.

    Parameters
    ----------
    rate
        Rate of application [t/ha], last axis: kind of amendment.
    conversion
        Conversion factor of each kind.

    Returns
    -------
    Scaling factor.

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 5.

    Examples
    --------
    >>> round(float(organic_amendment_factor([5.0], [0.29])), 4)
    1.6967
    """
    load = (np.asarray(rate, dtype=np.float64) * np.asarray(conversion, dtype=np.float64)).sum(axis=-1)
    return np.asarray((1.0 + load) ** 0.59)


def soil_n2o_direct(nitrogen: ArrayLike, factor: ArrayLike = 0.01) -> FloatArray:
    """Compute direct soil N2O [t] = nitrogen put on soils [t N] × factor [t N2O-N/t N] × 44/28.

    Flooded rice has its own factor.

    By hand: 100 × 0.01 × 44/28 = 1.5714 t.

    Parameters
    ----------
    nitrogen
        Nitrogen put on soils [t N].
    factor
        Emission factor [t N2O-N/t N].

    Returns
    -------
    N2O [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 11.

    Examples
    --------
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
    """Compute indirect N2O [t] of nitrogen lost from soils [t N]: by deposition and by leaching.

    By hand: (10 × 0.01 + 30 × 0.0075) × 44/28 = 0.5107 t.

    Parameters
    ----------
    volatilised
        Nitrogen volatilised [t N].
    leached
        Nitrogen leached and run off [t N].
    factor_volatilised
        Emission factor of deposition [t N2O-N/t N].
    factor_leached
        Emission factor of leaching [t N2O-N/t N].

    Returns
    -------
    N2O [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 11.

    Examples
    --------
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
    """Compute the nitrogen volatilised from soils [t N].

    Synthetic × share + (organic and grazing) × share, all t N.

    By hand: 100 × 0.1 + 50 × 0.2 = 20.

    Parameters
    ----------
    synthetic
        Synthetic nitrogen [t N].
    organic
        Nitrogen of organic fertiliser and grazing [t N].
    synthetic_share
        Share lost of synthetic nitrogen.
    organic_share
        Share lost of organic and grazing nitrogen.

    Returns
    -------
    Nitrogen volatilised [t N].

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 11 (Frac_GASF 0.10, Frac_GASM 0.20).

    Examples
    --------
    >>> float(volatilised_nitrogen(100.0, 50.0))
    20.0
    """
    return np.asarray(np.multiply(synthetic, synthetic_share) + np.multiply(organic, organic_share))


def leached_nitrogen(nitrogen: ArrayLike, share: ArrayLike = 0.30) -> FloatArray:
    """Compute nitrogen leached and run off [t N] = nitrogen on soils of all kinds [t N] × share.

    By hand: 100 × 0.3 = 30.

    Parameters
    ----------
    nitrogen
        Nitrogen on soils of all kinds [t N].
    share
        Share leached and run off.

    Returns
    -------
    Nitrogen leached [t N].

    Source
    ------
    IPCC 2006 Guidelines vol. 4 ch. 11 (Frac_LEACH 0.30 where rain exceeds what soils hold).

    Examples
    --------
    >>> float(leached_nitrogen(100.0))
    30.0
    """
    return np.asarray(np.multiply(nitrogen, share), dtype=np.float64)
