"""Carbon balance of coke ovens, blast furnaces and converters: what goes in comes out as product, gas or CO2.

Quantities of carbon in t per year; arrays broadcast.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def carbon_difference(inputs: ArrayLike, outputs: ArrayLike) -> FloatArray:
    """Compute the carbon [t] that enters a process and leaves it in none of its products.

    Positive: emitted in the process, or in a product that is not listed; negative: more leaves than enters, the
    carbon contents or the amounts do not fit.

    By hand: 100 t in coal; 80 in coke, 12 in gas and 5 in tar: 3 t are left.

    Parameters
    ----------
    inputs
        Carbon of each input [t], the last axis is summed.
    outputs
        Carbon of each product and by-product [t], the last axis is summed.

    Returns
    -------
    Carbon [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 3 ch. 4, tier 2 of coke, iron and steel: carbon in less carbon out.

    Examples
    --------
    >>> float(carbon_difference([100.0], [80.0, 12.0, 5.0]))
    3.0
    """
    return np.asarray(np.sum(inputs, axis=-1) - np.sum(outputs, axis=-1), dtype=np.float64)


def share_counted_twice(fuel_carbon: ArrayLike, gas_carbon: ArrayLike) -> FloatArray:
    """Compute the share of the furnace gases whose carbon is counted with the fuels of the furnace already.

    Coke and coal count as burnt where they enter the furnace. The carbon of its gases is that of these fuels:
    all of it where the fuels hold at least as much, else as much as they hold. 0 without gases.

    By hand: 8 t of carbon in coke and coal, 10 t in gases: 0.8.

    Parameters
    ----------
    fuel_carbon
        Carbon of the coke and coal of the furnaces [t].
    gas_carbon
        Carbon of the gases recovered from them [t].

    Returns
    -------
    Share [1].

    Source
    ------
    Conservation of carbon; IPCC 2006 Guidelines vol. 3 ch. 4: carbon of blast-furnace gas burnt elsewhere is
    deducted from that of the furnace.

    Examples
    --------
    >>> float(share_counted_twice(8.0, 10.0)), float(share_counted_twice(12.0, 10.0))
    (0.8, 1.0)
    """
    gas = np.asarray(gas_carbon, dtype=np.float64)
    held = np.clip(fuel_carbon, 0.0, gas)
    return np.asarray(np.divide(held, gas, out=np.zeros(held.shape), where=gas > 0), dtype=np.float64)


def unoxidised_co2(co2: ArrayLike, oxidation: ArrayLike) -> FloatArray:
    """Compute the CO2 [t] that an oxidation fraction leaves out of a fuel's carbon.

    By hand: 93 t at an oxidation of 0.93 leave out 7 t.

    Parameters
    ----------
    co2
        CO2 counted [t].
    oxidation
        Oxidation fraction in it, 0–1.

    Returns
    -------
    CO2 [t].

    Source
    ------
    IPCC 2006 Guidelines vol. 3 ch. 4, tier 2: the balance counts all carbon that stays in no product.

    Examples
    --------
    >>> round(float(unoxidised_co2(93.0, 0.93)), 9)
    7.0
    """
    fraction = np.asarray(oxidation, dtype=np.float64)
    return np.asarray(np.multiply(co2, 1.0 / fraction - 1.0), dtype=np.float64)
