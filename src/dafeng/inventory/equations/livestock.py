"""Livestock by feed (tier 2): from animals and their feed to methane of digestion, manure and nitrogen.

Energy in MJ per head and day, mass in kg per head, digestibility DE in % of gross energy; sums over head in t of the gas.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

MJ_PER_KG_CH4 = 55.65
MJ_PER_KG_DRY_MATTER = 18.45
DAYS = 365.0


def maintenance_energy(weight: ArrayLike, coefficient: ArrayLike) -> FloatArray:
    """Net energy for maintenance [MJ/d] = coefficient [MJ/d/kg] × weight [kg]^0.75.

    `coefficient` Cf: 0.322 dry cattle, 0.386 cows in milk, 0.370 bulls. Source: IPCC 2006 Guidelines vol. 4 ch. 10
    eq. 10.3. By hand: 500^0.75 = 105.7371 × 0.386 = 40.8145 MJ.

    >>> round(float(maintenance_energy(500.0, 0.386)), 4)
    40.8145
    """
    return np.asarray(np.power(weight, 0.75) * np.asarray(coefficient, dtype=np.float64))


def growth_energy(
    weight: ArrayLike, mature_weight: ArrayLike, daily_gain: ArrayLike, coefficient: ArrayLike
) -> FloatArray:
    """Net energy for growth of cattle and buffalo [MJ/d] = 22.02 × (weight/(C × mature))^0.75 × gain^1.097.

    Weights in kg, `daily_gain` kg/d, `coefficient` C: 0.8 females, 1.0 castrates, 1.2 bulls. Source: IPCC 2006
    Guidelines vol. 4 ch. 10 eq. 10.6. By hand: weight 300, mature 500, C 1, gain 0.5: 22.02 × 0.6^0.75 × 0.5^1.097
    = 22.02 × 0.681732 × 0.467487 = 7.0178 MJ.

    >>> round(float(growth_energy(300.0, 500.0, 0.5, 1.0)), 4)
    7.0178
    """
    size = np.divide(weight, np.multiply(coefficient, mature_weight)) ** 0.75
    return np.asarray(22.02 * size * np.power(daily_gain, 1.097))


def milk_energy(milk: ArrayLike, fat_percent: ArrayLike) -> FloatArray:
    """Net energy for milk of cattle and buffalo [MJ/d] = milk [kg/d] × (1.47 + 0.40 × fat [%]).

    Source: IPCC 2006 Guidelines vol. 4 ch. 10 eq. 10.8. By hand: 10 × (1.47 + 0.40 × 4) = 30.7 MJ.

    >>> round(float(milk_energy(10.0, 4.0)), 9)
    30.7
    """
    return np.asarray(np.asarray(milk) * (1.47 + 0.40 * np.asarray(fat_percent, dtype=np.float64)))


def maintenance_ratio(digestibility: ArrayLike) -> FloatArray:
    """Net energy for maintenance over digestible energy: 1.123 − 0.004092 DE + 0.00001126 DE² − 25.4/DE.

    Also the ratio for work, milk and pregnancy. Source: IPCC 2006 Guidelines vol. 4 ch. 10 eq. 10.14. By hand, DE 60 %:
    1.123 − 0.24552 + 0.040536 − 0.423333 = 0.4947.

    >>> round(float(maintenance_ratio(60.0)), 4)
    0.4947
    """
    de = np.asarray(digestibility, dtype=np.float64)
    return np.asarray(1.123 - 4.092e-3 * de + 1.126e-5 * de**2 - 25.4 / de)


def growth_ratio(digestibility: ArrayLike) -> FloatArray:
    """Net energy for growth over digestible energy: 1.164 − 0.005160 DE + 0.00001308 DE² − 37.4/DE.

    Source: IPCC 2006 Guidelines vol. 4 ch. 10 eq. 10.15. By hand, DE 60 %: 1.164 − 0.3096 + 0.047088 − 0.623333
    = 0.2782.

    >>> round(float(growth_ratio(60.0)), 4)
    0.2782
    """
    de = np.asarray(digestibility, dtype=np.float64)
    return np.asarray(1.164 - 5.160e-3 * de + 1.308e-5 * de**2 - 37.4 / de)


def gross_energy(
    maintenance: ArrayLike,
    digestibility: ArrayLike,
    activity: ArrayLike = 0.0,
    milk: ArrayLike = 0.0,
    work: ArrayLike = 0.0,
    pregnancy: ArrayLike = 0.0,
    growth: ArrayLike = 0.0,
    wool: ArrayLike = 0.0,
) -> FloatArray:
    """Gross energy of the feed [MJ/d] from net energies [MJ/d] and digestibility DE [%].

    ((maintenance + activity + milk + work + pregnancy)/REM + (growth + wool)/REG)/(DE/100). Source: IPCC 2006
    Guidelines vol. 4 ch. 10 eq. 10.16. By hand: (40 + 30)/0.494683/0.6 + 7/0.278155/0.6 = 235.8416 + 41.9432 = 277.7848.

    >>> round(float(gross_energy(40.0, 60.0, milk=30.0, growth=7.0)), 3)
    277.785
    """
    kept = sum((np.asarray(e, dtype=np.float64) for e in (maintenance, activity, milk, work, pregnancy)), 0.0)
    built = np.add(growth, wool)
    needed = kept / maintenance_ratio(digestibility) + built / growth_ratio(digestibility)
    return np.asarray(needed / (np.asarray(digestibility, dtype=np.float64) / 100.0))


def enteric_factor(gross: ArrayLike, methane_percent: ArrayLike, days: ArrayLike = DAYS) -> FloatArray:
    """CH4 of digestion [kg/head/a] = gross energy [MJ/d] × Ym [%]/100 × days / 55.65 MJ per kg CH4.

    Ym: 6.5 ± 1 cattle, 3 ± 1 feedlot cattle on grain. Source: IPCC 2006 Guidelines vol. 4 ch. 10 eq. 10.21. By hand:
    200 × 0.065 × 365 / 55.65 = 85.2650 kg.

    >>> round(float(enteric_factor(200.0, 6.5)), 4)
    85.265
    """
    return np.asarray(
        np.multiply(gross, methane_percent) / 100.0 * np.asarray(days) / MJ_PER_KG_CH4, dtype=np.float64
    )


def volatile_solids(
    gross: ArrayLike, digestibility: ArrayLike, urinary_share: ArrayLike = 0.04, ash: ArrayLike = 0.08
) -> FloatArray:
    """Volatile solids of manure [kg/head/d] = (GE × (1 − DE/100) + urinary share × GE) × (1 − ash)/18.45.

    `gross` MJ/d, `digestibility` %. Source: IPCC 2006 Guidelines vol. 4 ch. 10 eq. 10.24. By hand:
    (200 × 0.4 + 0.04 × 200) × 0.92/18.45 = 4.3881 kg.

    >>> round(float(volatile_solids(200.0, 60.0)), 4)
    4.3881
    """
    lost = np.subtract(1.0, np.divide(digestibility, 100.0)) + np.asarray(urinary_share, dtype=np.float64)
    return np.asarray(np.asarray(gross) * lost * np.subtract(1.0, ash) / MJ_PER_KG_DRY_MATTER)


def nitrogen_excreted(rate: ArrayLike, weight: ArrayLike) -> FloatArray:
    """Nitrogen excreted [kg N/head/a] = rate [kg N per 1,000 kg animal and day] × weight [kg]/1,000 × 365.

    Source: IPCC 2006 Guidelines vol. 4 ch. 10 eq. 10.30. By hand: 0.47 × 350/1,000 × 365 = 60.0425 kg.

    >>> round(float(nitrogen_excreted(0.47, 350.0)), 4)
    60.0425
    """
    return np.asarray(np.multiply(rate, weight) / 1000.0 * DAYS, dtype=np.float64)


def manure_n2o_indirect(
    head: ArrayLike,
    nitrogen_per_head: ArrayLike,
    system_share: ArrayLike,
    volatile_share: ArrayLike,
    leached_share: ArrayLike = 0.0,
    factor_volatilised: float = 0.01,
    factor_leached: float = 0.0075,
) -> FloatArray:
    """N2O [t] of nitrogen that manure systems lose to air and water.

    `nitrogen_per_head` kg N/head/a; `system_share`, `volatile_share`, `leached_share` [..., system] are shares, the last
    axis is summed. Source: IPCC 2006 Guidelines vol. 4 ch. 10 eq. 10.26–10.29. By hand: 1,000 × 60 kg = 60 t N;
    60 × 0.3 × 0.01 × 44/28 = 0.2829 t, and leached 60 × 0.1 × 0.0075 × 44/28 = 0.0707 t.

    >>> round(float(manure_n2o_indirect(1000.0, 60.0, [1.0], [0.3], [0.1])), 4)
    0.3536
    """
    used = np.asarray(system_share, dtype=np.float64)
    volatile = (used * np.asarray(volatile_share, dtype=np.float64)).sum(axis=-1)
    leached = (used * np.asarray(leached_share, dtype=np.float64)).sum(axis=-1)
    nitrogen = np.multiply(head, nitrogen_per_head) / 1000.0
    return np.asarray(nitrogen * (volatile * factor_volatilised + leached * factor_leached) * (44 / 28))
