"""Fluorinated gases: refrigerants and switchgear by charge and bank, perfluorocarbons of aluminium.

Charges, banks and emissions in t of the gas, shares 0–1.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def bank_emission(
    charged: ArrayLike,
    bank: ArrayLike,
    retired: ArrayLike,
    charging_loss: ArrayLike,
    annual_loss: ArrayLike,
    remaining: ArrayLike = 1.0,
    recovered: ArrayLike = 0.0,
) -> FloatArray:
    """Emission [t] of a gas kept in equipment: at charging, over its life and when it is retired.

    `charged` t filled into new equipment × `charging_loss`; `bank` t in use × `annual_loss`; `retired` t first filled into
    equipment now retired × share `remaining` × (1 − share `recovered`). Source: IPCC 2006 Guidelines vol. 3 ch. 7 (refrigeration), ch. 8 (switchgear). By hand: 100 × 0.005 + 1,000 × 0.1 + 50 × 0.8 × (1 − 0.7) = 112.5 t.

    >>> round(float(bank_emission(100.0, 1000.0, 50.0, 0.005, 0.1, 0.8, 0.7)), 9)
    112.5
    """
    at_end = np.multiply(retired, remaining) * np.subtract(1.0, recovered)
    return np.asarray(
        np.multiply(charged, charging_loss) + np.multiply(bank, annual_loss) + at_end, dtype=np.float64
    )


def anode_effect_pfc(
    aluminium: ArrayLike, slope: ArrayLike, anode_effect_minutes: ArrayLike, c2f6_share: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """CF4 and C2F6 [t] of aluminium [t] by the slope method.

    CF4 = slope [kg CF4/t Al per minute and cell-day] × anode-effect minutes per cell-day × aluminium / 1,000; C2F6 =
    CF4 × `c2f6_share` (weight). Source: IPCC 2006 Guidelines vol. 3 ch. 4. By hand: 0.143 × 0.5 × 100,000/1,000
    = 7.15 t and 7.15 × 0.121 = 0.865 t.

    >>> [round(float(x), 3) for x in anode_effect_pfc(100_000.0, 0.143, 0.5, 0.121)]
    [7.15, 0.865]
    """
    cf4 = np.multiply(slope, anode_effect_minutes) * np.asarray(aluminium, dtype=np.float64) / 1000.0
    return np.asarray(cf4), np.asarray(cf4 * np.asarray(c2f6_share, dtype=np.float64))
