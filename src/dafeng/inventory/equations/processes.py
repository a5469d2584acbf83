"""Industrial processes: carbon of carbonates, reductants and feedstock, N2O and fluorinated gases.

Quantities in t per year, factors in t per t unless stated, results in t of the gas.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def product_emission(output: ArrayLike, factor: ArrayLike, abated_share: ArrayLike = 0.0) -> FloatArray:
    """Compute the process emission [t] = output [t] × factor [t/t] × (1 − share destroyed).

    The tier-1 form of lime, glass, carbide, ferroalloys, nitric and adipic acid, HFC-23, PFC and SF6 (IPCC
    2006 Guidelines vol. 3 ch. 2–4, 6).

    By hand: 1,000 t nitric acid × 0.007 t N2O/t × (1 − 0.8) = 1.4 t.

    Parameters
    ----------
    output
        Output [t].
    factor
        Emission factor [t/t].
    abated_share
        Share destroyed.

    Returns
    -------
    Emission in t of the gas.

    Examples
    --------
    >>> round(float(product_emission(1000.0, 0.007, 0.8)), 9)
    1.4
    """
    return np.asarray(np.multiply(output, factor) * np.subtract(1.0, abated_share), dtype=np.float64)


def clinker_co2(
    clinker: ArrayLike,
    factor: ArrayLike = 0.51,
    kiln_dust_correction: ArrayLike = 1.02,
    carbide_slag_clinker: ArrayLike = 0.0,
) -> FloatArray:
    """Compute CO2 [t] of calcining clinker [t] made in the place.

    Clinker from carbide slag is left out.

    `factor` 0.51 tCO2/t × 1.02 for kiln dust is the default of IPCC 2006 Guidelines vol. 3 ch. 2 (EFDB prints
    the product 0.52). Clinker, not cement: the activity excludes bought clinker.

    By hand: (1,000 − 100) × 0.51 × 1.02 = 468.18 t.

    Parameters
    ----------
    clinker
        Clinker made in the place [t].
    factor
        Emission factor [tCO2/t].
    kiln_dust_correction
        Correction factor for kiln dust.
    carbide_slag_clinker
        Clinker from carbide slag [t].

    Returns
    -------
    CO2 [t].

    Examples
    --------
    >>> round(float(clinker_co2(1000.0, carbide_slag_clinker=100.0)), 6)
    468.18
    """
    burnt = np.subtract(clinker, carbide_slag_clinker)
    return np.asarray(burnt * np.multiply(factor, kiln_dust_correction), dtype=np.float64)


def carbonate_co2(
    carbonate: ArrayLike, factor: ArrayLike, purity: ArrayLike = 1.0, calcined_share: ArrayLike = 1.0
) -> FloatArray:
    """Compute CO2 [t] of carbonates used as flux or raw material [t].

    By hand: 100 × 0.43971 × 0.95 × 1 = 41.77245 t.

    Parameters
    ----------
    carbonate
        Carbonates used [t].
    factor
        Stoichiometric share [tCO2/t].
    purity
        Purity.
    calcined_share
        Share calcined.

    Returns
    -------
    CO2 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 3 ch. 2 (other process uses of carbonates), `factor` the stoichiometric share
    (CaCO3 0.43971).

    Examples
    --------
    >>> round(float(carbonate_co2(100.0, 0.43971, 0.95)), 5)
    41.77245
    """
    pure = np.multiply(carbonate, purity) * np.asarray(calcined_share, dtype=np.float64)
    return np.asarray(pure * np.asarray(factor, dtype=np.float64))


def glass_co2(glass: ArrayLike, factor: ArrayLike = 0.20, cullet_share: ArrayLike = 0.5) -> FloatArray:
    """Compute CO2 [t] of melting glass [t]: output × factor × (1 − share of cullet).

    By hand: 100 × 0.19 × (1 − 0.1) = 17.1 t.

    Parameters
    ----------
    glass
        Glass melted [t].
    factor
        Emission factor [t/t].
    cullet_share
        Share of cullet.

    Returns
    -------
    CO2 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 3 ch. 2 (E-glass fibre 0.19, cullet 0–0.15 in EFDB).

    Examples
    --------
    >>> round(float(glass_co2(100.0, 0.19, 0.1)), 9)
    17.1
    """
    return np.asarray(np.multiply(glass, factor) * np.subtract(1.0, cullet_share), dtype=np.float64)


def soda_ash_co2(trona: ArrayLike, factor: ArrayLike = 0.097) -> FloatArray:
    """Compute CO2 [t] of natural soda ash from trona [t], 0.097 t/t (stoichiometry below).

    2 Na3H(CO3)2·2H2O → 3 Na2CO3 + 5 H2O + CO2: 44.0095 / (2 × 226.03) = 0.0974.

    By hand: 100 × 0.097 = 9.7.

    Parameters
    ----------
    trona
        Trona [t].
    factor
        Emission factor [t/t].

    Returns
    -------
    CO2 [t].

    Examples
    --------
    >>> round(float(soda_ash_co2(100.0)), 9)
    9.7
    """
    return np.asarray(np.multiply(trona, factor), dtype=np.float64)


def lime_co2(
    lime: ArrayLike,
    factor: ArrayLike = 0.75,
    kiln_dust_correction: ArrayLike = 1.0,
    hydrated_share: ArrayLike = 0.0,
    water_share: ArrayLike = 0.28,
) -> FloatArray:
    """Compute CO2 [t] of lime [t].

    Output × factor × correction for kiln dust × (1 − hydrated share × water share).

    `factor` t/t: 0.75 high-calcium, 0.86 or 0.77 dolomitic, 0.59 hydraulic lime.

    By hand: 1,000 × 0.75 × 1.02 × (1 − 0.10 × 0.28) = 743.58 t.

    Parameters
    ----------
    lime
        Lime [t].
    factor
        Emission factor [t/t].
    kiln_dust_correction
        Correction factor for kiln dust.
    hydrated_share
        Share of hydrated lime.
    water_share
        Share of water in hydrated lime.

    Returns
    -------
    CO2 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 3 ch. 2.

    Examples
    --------
    >>> round(float(lime_co2(1000.0, kiln_dust_correction=1.02, hydrated_share=0.10)), 9)
    743.58
    """
    dry = np.subtract(1.0, np.multiply(hydrated_share, water_share))
    return np.asarray(np.multiply(lime, factor) * np.multiply(kiln_dust_correction, dry), dtype=np.float64)


def coal_mine_ch4(
    coal: ArrayLike, m3_per_tonne: ArrayLike, recovered: ArrayLike = 0.0, density: float = 0.67
) -> FloatArray:
    """Compute CH4 [t] of coal mines or post-mining activities.

    Coal [t] × m3/t × 0.67 kg/m3 / 1,000 − recovered [t].

    By hand: 1,000,000 × 18 × 0.67/1,000 = 12,060 t.

    Parameters
    ----------
    coal
        Coal [t].
    m3_per_tonne
        Emission factor [m3/t].
    recovered
        CH4 recovered [t].
    density
        Density of CH4 [kg/m3].

    Returns
    -------
    CH4 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 2 ch. 4 (surface and underground mines).

    Examples
    --------
    >>> float(coal_mine_ch4(1e6, 18.0))
    12060.0
    """
    released = np.multiply(coal, m3_per_tonne) * density / 1000.0
    return np.asarray(released - np.asarray(recovered), dtype=np.float64)
