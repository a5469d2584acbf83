"""CO2 of fuel combustion: sectoral approach, non-energy use, the CEADs rule, reference approach.

Arrays broadcast; the last axes are (row, fuel) where a table is meant. Physical units are those of the
factor (t or m3 of fuel, TJ), emissions are t CO2.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.factors import emission_factor
from dafeng.units import CARBON_TO_CO2

FloatArray = NDArray[np.float64]


def combustion_co2(
    activity: ArrayLike,
    net_calorific_value: ArrayLike,
    carbon_content: ArrayLike,
    oxidation_fraction: ArrayLike = 1.0,
) -> FloatArray:
    """Compute CO2 [t] of burning `activity` [fuel unit].

    `net_calorific_value` TJ per fuel unit, `carbon_content` tC/TJ, `oxidation_fraction` 0–1.

    By hand: 1 t raw coal, 0.020908 TJ/t × 26.37 × 0.94 × 44/12 = 1.9003 t.

    Parameters
    ----------
    activity
        Fuel burnt [fuel unit].
    net_calorific_value
        TJ per fuel unit.
    carbon_content
        tC/TJ.
    oxidation_fraction
        0–1.

    Returns
    -------
    CO2 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 2 ch. 2 with the factor written out as carbon content × oxidation × 44/12.

    Examples
    --------
    >>> round(float(combustion_co2(1.0, 0.020908, 26.37, 0.94)), 4)
    1.9003
    """
    energy = np.multiply(activity, net_calorific_value)
    return np.asarray(energy * emission_factor(carbon_content, oxidation_fraction), dtype=np.float64)


def energy_use_share(chemical_use: ArrayLike, non_energy_use: ArrayLike) -> FloatArray:
    """Compute the burnt share of the chemical branches' fuel use: max(0, 1 − non-energy use / their use).

    `chemical_use` [fuel]: sum of the five chemical branches; `non_energy_use` [fuel], same unit. Where the
    branches use nothing the share is 1.

    By hand: 1 − 22.33 / 50 = 0.5534; more feedstock than use leaves 0.

    Parameters
    ----------
    chemical_use
        Fuel use of the five chemical branches, summed [fuel].
    non_energy_use
        Non-energy use [fuel], same unit.

    Returns
    -------
    Share burnt [fuel]; 1 where the branches use nothing.

    Source
    ------
    Rule of the CEADs inventories, verified cell by cell (see the method page).

    Examples
    --------
    >>> energy_use_share([50.0, 10.0, 0.0], [22.33, 12.0, 1.0]).round(4).tolist()
    [0.5534, 0.0, 1.0]
    """
    use = np.asarray(chemical_use, dtype=np.float64)
    feedstock = np.asarray(non_energy_use, dtype=np.float64)
    safe = np.where(use > 0, use, 1.0)
    # no more than the use can be feedstock: the quotient stays within 1 however small the use is
    held = np.clip(feedstock, 0.0, use)
    return np.asarray(np.where(use > 0, 1.0 - held / safe, 1.0))


def combustion_activity(
    final_use: ArrayLike,
    transformation_input: ArrayLike,
    non_energy_use: ArrayLike,
    chemical: ArrayLike,
    power: int,
) -> FloatArray:
    """Compute the activity burnt [..., row, fuel] by the CEADs rule.

    Leading axes (region, year) are carried along.

    `final_use` [..., row, fuel]; `transformation_input` [..., fuel], input of thermal power and heating
    (outputs are not inputs: give 0), added to row `power`; `non_energy_use` [..., fuel], taken out of the
    rows where the mask `chemical` [row] is true, in proportion to their use. Inputs of washing, coking,
    refining and gas making are not burnt: their carbon is counted where the product burns.

    By hand: chemicals 10, feedstock 4 → 6 burnt; power branch 1 + input 20 = 21.

    Parameters
    ----------
    final_use
        Final use [..., row, fuel].
    transformation_input
        Input of thermal power and heating [..., fuel]; outputs are not inputs: give 0.
    non_energy_use
        Non-energy use [..., fuel].
    chemical
        Mask of the chemical branches [row].
    power
        Index of the power row.

    Returns
    -------
    Activity burnt [..., row, fuel].

    Examples
    --------
    >>> combustion_activity([[10.0], [1.0]], [20.0], [4.0], [True, False], 1).tolist()
    [[6.0], [21.0]]
    """
    use = np.array(final_use, dtype=np.float64)
    rows = np.asarray(chemical, dtype=bool)
    share = energy_use_share(use[..., rows, :].sum(axis=-2), non_energy_use)
    use[..., rows, :] *= share[..., None, :]
    use[..., power, :] += np.asarray(transformation_input, dtype=np.float64)
    return np.asarray(use)


def sectoral_co2(
    final_use: ArrayLike,
    transformation_input: ArrayLike,
    non_energy_use: ArrayLike,
    chemical: ArrayLike,
    power: int,
    factor: ArrayLike,
) -> FloatArray:
    """Compute CO2 [..., row, fuel] by the sectoral approach for many places and years at once.

    `combustion_activity` × `factor` [..., row, fuel].

    The arrays of `combustion_activity`, with any leading axes (region, year); a factor that is missing must
    be NaN and stays NaN where something is burnt.

    By hand: 6 × 2 and 21 × 2.

    Parameters
    ----------
    final_use
        As in `combustion_activity`.
    transformation_input
        As in `combustion_activity`.
    non_energy_use
        As in `combustion_activity`.
    chemical
        As in `combustion_activity`.
    power
        As in `combustion_activity`.
    factor
        Emission factor [..., row, fuel]; NaN where missing.

    Returns
    -------
    CO2 [..., row, fuel].

    Examples
    --------
    >>> sectoral_co2([[10.0], [1.0]], [20.0], [4.0], [True, False], 1, [[2.0], [2.0]]).tolist()
    [[12.0], [42.0]]
    """
    burnt = combustion_activity(final_use, transformation_input, non_energy_use, chemical, power)
    rate = np.asarray(factor, dtype=np.float64)
    return np.asarray(np.where(burnt == 0.0, 0.0, burnt * rate))


def reference_approach_co2(
    apparent_tj: ArrayLike,
    carbon_content: ArrayLike,
    excluded_carbon: ArrayLike = 0.0,
    oxidation_fraction: ArrayLike = 1.0,
) -> FloatArray:
    """Compute CO2 [t] by the reference approach.

    (apparent [TJ] × content [tC/TJ] − excluded [tC]) × oxidation × 44/12.

    By hand: (1,000 × 26 − 1,000) × 0.98 × 44/12 = 89,833.33 t.

    Parameters
    ----------
    apparent_tj
        Apparent consumption [TJ].
    carbon_content
        tC/TJ.
    excluded_carbon
        Excluded carbon [tC].
    oxidation_fraction
        0–1.

    Returns
    -------
    CO2 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 2 ch. 6.

    Examples
    --------
    >>> round(float(reference_approach_co2(1000.0, 26.0, 1000.0, 0.98)), 2)
    89833.33
    """
    carbon = np.multiply(apparent_tj, carbon_content) - np.asarray(excluded_carbon, dtype=np.float64)
    return np.asarray(carbon * np.asarray(oxidation_fraction, dtype=np.float64) * CARBON_TO_CO2)


def approach_difference(reference: ArrayLike, sectoral: ArrayLike) -> FloatArray:
    """Compute the relative difference of reference to sectoral approach.

    Above 5 % in size it wants an explanation.

    By hand: 105/100 − 1 = 0.05.

    Parameters
    ----------
    reference
        CO2 by the reference approach.
    sectoral
        CO2 by the sectoral approach.

    Returns
    -------
    Relative difference.

    Source
    ------
    IPCC 2006 Guidelines vol. 2 ch. 6.8 (comparison of approaches).

    Examples
    --------
    >>> round(float(approach_difference(105.0, 100.0)), 10)
    0.05
    """
    return np.asarray(np.divide(reference, sectoral) - 1.0, dtype=np.float64)


def trace_gases(energy_tj: ArrayLike, kg_per_tj: ArrayLike) -> FloatArray:
    """Compute CH4 or N2O [t] of combustion: energy [TJ] × factor [kg/TJ] / 1,000.

    By hand: 5,000 TJ × 1.4 kg/TJ = 7 t.

    Parameters
    ----------
    energy_tj
        Energy burnt [TJ].
    kg_per_tj
        Emission factor [kg/TJ].

    Returns
    -------
    Emission in t of the gas.

    Source
    ------
    IPCC 2006 Guidelines vol. 2 ch. 2.

    Examples
    --------
    >>> float(trace_gases(5000.0, 1.4))
    7.0
    """
    return np.asarray(np.multiply(energy_tj, kg_per_tj) / 1000.0, dtype=np.float64)
