"""Waste: landfills by first-order decay, incineration, biological treatment, wastewater.

Waste and gases in t, chemical or biochemical oxygen demand in t, nitrogen in t N.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.units import CARBON_TO_CO2, NITROGEN_TO_N2O

FloatArray = NDArray[np.float64]


def decomposable_carbon(waste: ArrayLike, doc: ArrayLike, doc_f: ArrayLike, mcf: ArrayLike) -> FloatArray:
    """Compute the decomposable carbon deposited [t C] = waste [t] × DOC × DOCf × MCF.

    By hand: 100 × 0.15 × 0.5 × 1 = 7.5.

    Parameters
    ----------
    waste
        Waste deposited [t].
    doc
        Degradable organic carbon, DOC.
    doc_f
        Share that decomposes, DOCf.
    mcf
        Methane correction factor, MCF.

    Returns
    -------
    Decomposable carbon [t C].

    Source
    ------
    IPCC 2006 Guidelines vol. 5 ch. 3.

    Examples
    --------
    >>> float(decomposable_carbon(100.0, 0.15, 0.5, 1.0))
    7.5
    """
    return np.asarray(np.multiply(waste, doc) * np.multiply(doc_f, mcf), dtype=np.float64)


def decayed_carbon(deposited: ArrayLike, k: ArrayLike, delay_months: float = 12.0) -> FloatArray:
    """Compute the carbon decayed [t C] by first-order decay, same shape as `deposited` [..., year].

    `k` [...] per year, broadcast over all axes but the last. With `delay_months` 12 decay starts in January
    of the year after deposition (the default of the IPCC spreadsheet, M = 13); with less, part of the deposit
    decays in its own year.

    By hand: 7.5 t C in each of two years, k = 0.09: year 1 nothing, year 2 7.5 × (1 − e^−0.09) = 0.6455.

    Parameters
    ----------
    deposited
        Decomposable carbon deposited [t C], [..., year].
    k
        Decay rate per year.
    delay_months
        Delay of the decay [months].

    Returns
    -------
    Carbon decayed [t C], [..., year].

    Source
    ------
    IPCC 2006 Guidelines vol. 5 ch. 3, annex 3A.1.

    Examples
    --------
    >>> decayed_carbon([7.5, 7.5], 0.09).round(4).tolist()
    [0.0, 0.6455]
    """
    inflow = np.asarray(deposited, dtype=np.float64)
    rate = np.asarray(k, dtype=np.float64)
    kept = np.exp(-rate)
    own_year = -np.expm1(-rate * (1.0 - delay_months / 12.0))
    decayed = np.empty_like(inflow)
    stock = np.zeros(np.broadcast_shapes(inflow.shape[:-1], rate.shape))
    for year in range(inflow.shape[-1]):
        fresh = inflow[..., year]
        decayed[..., year] = stock * -np.expm1(-rate) + fresh * own_year
        stock = stock * kept + fresh * (1.0 - own_year)
    return decayed


def landfill_ch4(
    decayed: ArrayLike, methane_share: ArrayLike = 0.5, recovered: ArrayLike = 0.0, oxidised: ArrayLike = 0.0
) -> FloatArray:
    """Compute landfill CH4 [t].

    (decayed carbon [t C] × 16/12 × F − recovered [t CH4]) × (1 − oxidised share).

    By hand: (7.5 × 16/12 × 0.5 − 1) × 0.9 = 3.6 t.

    Parameters
    ----------
    decayed
        Carbon decayed [t C].
    methane_share
        Share of CH4 in landfill gas, F.
    recovered
        CH4 recovered [t].
    oxidised
        Share oxidised.

    Returns
    -------
    CH4 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 5 ch. 3.

    Examples
    --------
    >>> round(float(landfill_ch4(7.5, 0.5, 1.0, 0.1)), 9)
    3.6
    """
    generated = np.multiply(decayed, methane_share) * (16 / 12)
    return np.asarray((generated - np.asarray(recovered)) * np.subtract(1.0, oxidised), dtype=np.float64)


def incineration_co2(
    waste: ArrayLike,
    carbon_share: ArrayLike,
    fossil_share: ArrayLike,
    efficiency: ArrayLike = 1.0,
    dry_matter: ArrayLike = 1.0,
) -> FloatArray:
    """Compute fossil CO2 [t] of incinerated waste [t].

    Waste × dry matter × C × fossil share × efficiency × 44/12.

    `carbon_share` of the dry matter where `dry_matter` is given, else of the waste as it comes. Open burning:
    efficiency 0.58.

    By hand: 1 × 0.4 × 0.4 × 0.95 × 44/12 = 0.5573 t.

    Parameters
    ----------
    waste
        Waste incinerated [t].
    carbon_share
        Carbon content.
    fossil_share
        Fossil share of the carbon.
    efficiency
        Efficiency of combustion.
    dry_matter
        Dry matter content.

    Returns
    -------
    Fossil CO2 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 5 ch. 5 eq. 5.1.

    Examples
    --------
    >>> round(float(incineration_co2(1.0, 0.4, 0.4, 0.95)), 4)
    0.5573
    """
    carbon = np.multiply(waste, carbon_share) * np.multiply(fossil_share, efficiency)
    return np.asarray(carbon * np.asarray(dry_matter) * CARBON_TO_CO2, dtype=np.float64)


def wastewater_ch4(
    organic_load: ArrayLike,
    b0: ArrayLike,
    mcf: ArrayLike,
    sludge: ArrayLike = 0.0,
    recovered: ArrayLike = 0.0,
) -> FloatArray:
    """Compute wastewater CH4 [t].

    (TOW − sludge) [t COD or BOD] × B0 [t CH4/t] × MCF − recovered [t].

    B0 0.25 per COD, 0.6 per BOD.

    By hand: (1,000 − 100) × 0.6 × 0.165 − 10 = 79.1 t.

    Parameters
    ----------
    organic_load
        TOW [t COD or BOD].
    b0
        B0 [t CH4/t].
    mcf
        Methane correction factor, MCF.
    sludge
        Organics removed as sludge [t COD or BOD].
    recovered
        CH4 recovered [t].

    Returns
    -------
    CH4 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 5 ch. 6.

    Examples
    --------
    >>> round(float(wastewater_ch4(1000.0, 0.6, 0.165, 100.0, 10.0)), 9)
    79.1
    """
    removed = np.subtract(organic_load, sludge) * np.multiply(b0, mcf)
    return np.asarray(removed - np.asarray(recovered), dtype=np.float64)


def effluent_nitrogen(
    population: ArrayLike,
    protein_kg: ArrayLike,
    n_in_protein: ArrayLike = 0.16,
    non_consumed: ArrayLike = 1.1,
    industrial: ArrayLike = 1.25,
    sludge: ArrayLike = 0.0,
) -> FloatArray:
    """Compute nitrogen in effluent [t N].

    Persons × kg protein × N share × factors / 1,000 − N in sludge [t].

    By hand: 1,000 × 30 × 0.16 × 1.1 × 1.25 / 1,000 = 6.6 t N.

    Parameters
    ----------
    population
        Persons.
    protein_kg
        Protein per person [kg].
    n_in_protein
        Share of nitrogen in protein.
    non_consumed
        Factor of protein not consumed.
    industrial
        Factor of industrial discharge.
    sludge
        Nitrogen removed with sludge [t N].

    Returns
    -------
    Nitrogen in effluent [t N].

    Source
    ------
    IPCC 2006 Guidelines vol. 5 ch. 6.

    Examples
    --------
    >>> round(float(effluent_nitrogen(1000.0, 30.0)), 9)
    6.6
    """
    protein = np.multiply(population, protein_kg) * np.asarray(n_in_protein, dtype=np.float64) / 1000.0
    return np.asarray(protein * np.multiply(non_consumed, industrial) - np.asarray(sludge), dtype=np.float64)


def effluent_n2o(nitrogen: ArrayLike, factor: ArrayLike = 0.005) -> FloatArray:
    """Compute N2O [t] of effluent nitrogen [t N] × factor [t N2O-N/t N] × 44/28.

    By hand: 6.6 × 0.005 × 44/28 = 0.0519 t.

    Parameters
    ----------
    nitrogen
        Nitrogen in effluent [t N].
    factor
        Emission factor [t N2O-N/t N].

    Returns
    -------
    N2O [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 5 ch. 6.

    Examples
    --------
    >>> round(float(effluent_n2o(6.6)), 4)
    0.0519
    """
    return np.asarray(np.multiply(nitrogen, factor) * NITROGEN_TO_N2O, dtype=np.float64)
