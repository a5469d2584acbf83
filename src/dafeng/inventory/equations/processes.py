"""Industrial processes: carbon of carbonates, reductants and feedstock, N2O and fluorinated gases.

Quantities in t per year, factors in t per t unless stated, results in t of the gas.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def product_emission(output: ArrayLike, factor: ArrayLike, abated_share: ArrayLike = 0.0) -> FloatArray:
    """Emission [t] = output [t] × factor [t/t] × (1 − share destroyed).

    The tier-1 form of lime, glass, carbide, ferroalloys, nitric and adipic acid, HFC-23, PFC and SF6
    (IPCC 2006 Guidelines vol. 3 ch. 2–4, 6). By hand: 1,000 t nitric acid × 0.007 t N2O/t × (1 − 0.8) = 1.4 t.

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
    """CO2 [t] of calcining clinker [t] made in the place; clinker from carbide slag is left out.

    `factor` 0.51 tCO2/t × 1.02 for kiln dust is the default of IPCC 2006 Guidelines vol. 3 ch. 2
    (EFDB prints the product 0.52). Clinker, not cement: the activity excludes bought clinker.
    By hand: (1,000 − 100) × 0.51 × 1.02 = 468.18 t.

    >>> round(float(clinker_co2(1000.0, carbide_slag_clinker=100.0)), 6)
    468.18
    """
    burnt = np.subtract(clinker, carbide_slag_clinker)
    return np.asarray(burnt * np.multiply(factor, kiln_dust_correction), dtype=np.float64)


def clinker_from_cement(
    cement: ArrayLike, clinker_ratio: ArrayLike, clinker_imports: ArrayLike = 0.0
) -> FloatArray:
    """Clinker [t] burnt in the place, from its cement [t]: cement × ratio − net imports of clinker [t].

    Source: IPCC 2006 Guidelines vol. 3 ch. 2. By hand: 1,000 × 0.65 − 50 = 600 t.

    >>> float(clinker_from_cement(1000.0, 0.65, 50.0))
    600.0
    """
    return np.asarray(np.multiply(cement, clinker_ratio) - np.asarray(clinker_imports), dtype=np.float64)


def carbonate_co2(
    carbonate: ArrayLike, factor: ArrayLike, purity: ArrayLike = 1.0, calcined_share: ArrayLike = 1.0
) -> FloatArray:
    """CO2 [t] of carbonates used as flux or raw material [t].

    Source: IPCC 2006 Guidelines vol. 3 ch. 2 (other process uses of carbonates), `factor` the
    stoichiometric share (CaCO3 0.43971). By hand: 100 × 0.43971 × 0.95 × 1 = 41.77245 t.

    >>> round(float(carbonate_co2(100.0, 0.43971, 0.95)), 5)
    41.77245
    """
    pure = np.multiply(carbonate, purity) * np.asarray(calcined_share, dtype=np.float64)
    return np.asarray(pure * np.asarray(factor, dtype=np.float64))


def glass_co2(glass: ArrayLike, factor: ArrayLike = 0.20, cullet_share: ArrayLike = 0.5) -> FloatArray:
    """CO2 [t] of melting glass [t]: output × factor × (1 − share of cullet).

    Source: IPCC 2006 Guidelines vol. 3 ch. 2 (E-glass fibre 0.19, cullet 0–0.15 in EFDB).
    By hand: 100 × 0.19 × (1 − 0.1) = 17.1 t.

    >>> round(float(glass_co2(100.0, 0.19, 0.1)), 9)
    17.1
    """
    return np.asarray(np.multiply(glass, factor) * np.subtract(1.0, cullet_share), dtype=np.float64)


def steel_co2(
    limestone: ArrayLike,
    dolomite: ArrayLike,
    electrodes: ArrayLike,
    pig_iron_bought: ArrayLike,
    crude_steel: ArrayLike,
    factors: ArrayLike = (0.44, 0.471, 3.663, 0.172, 0.0154),
) -> FloatArray:
    """Process CO2 [t] of steel works: fluxes + electrodes + bought pig iron − carbon kept in steel.

    All in t; `factors` in the order of the arguments, tCO2/t, the last one subtracted. Source of the
    defaults: 中国钢铁生产企业温室气体核算方法与报告指南(试行)2013. Coke and coal of the furnace are in
    combustion. By hand: 100 × 0.44 + 10 × 0.471 + 1 × 3.663 + 5 × 0.172 − 1,000 × 0.0154 = 37.833 t.

    >>> round(float(steel_co2(100.0, 10.0, 1.0, 5.0, 1000.0)), 6)
    37.833
    """
    given = [np.asarray(x, dtype=np.float64) for x in (limestone, dolomite, electrodes, pig_iron_bought)]
    f = np.asarray(factors, dtype=np.float64)
    released = sum((x * f[i] for i, x in enumerate(given)), np.zeros(()))
    return np.asarray(released - np.multiply(crude_steel, f[4]), dtype=np.float64)


def carbon_balance_co2(carbon_in: ArrayLike, carbon_out: ArrayLike) -> FloatArray:
    """CO2 [t] of a carbon balance [t C]: (in − out) × 44/12; ammonia, methanol, carbide, ferroalloys.

    Source: IPCC 2006 Guidelines vol. 3 ch. 3 (tier 2–3 balances). By hand: (100 − 40) × 44/12 = 220 t.

    >>> float(carbon_balance_co2(100.0, 40.0))
    220.0
    """
    return np.asarray(np.subtract(carbon_in, carbon_out) * (44 / 12), dtype=np.float64)


def ammonia_co2(
    ammonia: ArrayLike,
    fuel_per_tonne_gj: ArrayLike,
    carbon_content: ArrayLike,
    oxidation_fraction: ArrayLike = 1.0,
    recovered_for_urea: ArrayLike = 0.0,
) -> FloatArray:
    """CO2 [t] of ammonia [t]: output × GJ/t × tC/TJ / 1,000 × oxidation × 44/12 − CO2 bound in urea [t].

    Source: IPCC 2006 Guidelines vol. 3 ch. 3. By hand: 1 t × 30.2 GJ × 15.3 / 1,000 × 44/12 = 1.6942 t.

    >>> round(float(ammonia_co2(1.0, 30.2, 15.3)), 4)
    1.6942
    """
    carbon = np.multiply(ammonia, fuel_per_tonne_gj) * np.asarray(carbon_content, dtype=np.float64) / 1000
    released = carbon * np.asarray(oxidation_fraction, dtype=np.float64) * (44 / 12)
    return np.asarray(released - np.asarray(recovered_for_urea), dtype=np.float64)


def soda_ash_co2(trona: ArrayLike, factor: ArrayLike = 0.097) -> FloatArray:
    """CO2 [t] of natural soda ash from trona [t], 0.097 t/t (stoichiometry below).

    2 Na3H(CO3)2·2H2O → 3 Na2CO3 + 5 H2O + CO2: 44.0095 / (2 × 226.03) = 0.0974. By hand: 100 × 0.097 = 9.7.

    >>> round(float(soda_ash_co2(100.0)), 9)
    9.7
    """
    return np.asarray(np.multiply(trona, factor), dtype=np.float64)


def clinker_factor(lime_share: ArrayLike, lime_not_from_carbonate: ArrayLike = 0.0) -> FloatArray:
    """CO2 of clinker [t/t] from its CaO: (share of CaO − share not from carbonate) × 44.01/56.08 (0.785).

    Source: IPCC 2006 Guidelines vol. 3 ch. 2. By hand: 0.65 × 0.785 = 0.51025 t/t.

    >>> round(float(clinker_factor(0.65)), 5)
    0.51025
    """
    return np.asarray(np.subtract(lime_share, lime_not_from_carbonate) * 0.785, dtype=np.float64)


def lime_co2(
    lime: ArrayLike,
    factor: ArrayLike = 0.75,
    kiln_dust_correction: ArrayLike = 1.0,
    hydrated_share: ArrayLike = 0.0,
    water_share: ArrayLike = 0.28,
) -> FloatArray:
    """CO2 [t] of lime [t]: output × factor × correction for kiln dust × (1 − hydrated share × water share).

    `factor` t/t: 0.75 high-calcium, 0.86 or 0.77 dolomitic, 0.59 hydraulic lime. Source: IPCC 2006 Guidelines vol. 3 ch. 2. By hand: 1,000 × 0.75 × 1.02 × (1 − 0.10 × 0.28) = 743.58 t.

    >>> round(float(lime_co2(1000.0, kiln_dust_correction=1.02, hydrated_share=0.10)), 9)
    743.58
    """
    dry = np.subtract(1.0, np.multiply(hydrated_share, water_share))
    return np.asarray(np.multiply(lime, factor) * np.multiply(kiln_dust_correction, dry), dtype=np.float64)


def product_use_co2(
    energy_tj: ArrayLike, carbon_content: ArrayLike, oxidised_during_use: ArrayLike = 0.2
) -> FloatArray:
    """CO2 [t] of lubricants and waxes as they are used: TJ × tC/TJ × share oxidised × 44/12.

    Source: IPCC 2006 Guidelines vol. 3 ch. 5. By hand: 100 × 20 × 0.2 × 44/12 = 1,466.6667 t.

    >>> round(float(product_use_co2(100.0, 20.0)), 4)
    1466.6667
    """
    carbon = np.multiply(energy_tj, carbon_content) * np.asarray(oxidised_during_use, dtype=np.float64)
    return np.asarray(carbon * (44 / 12))


def coal_mine_ch4(
    coal: ArrayLike, m3_per_tonne: ArrayLike, recovered: ArrayLike = 0.0, density: float = 0.67
) -> FloatArray:
    """CH4 [t] of coal mines or of coal after mining: coal [t] × m3/t × 0.67 kg/m3 / 1,000 − recovered [t].

    Source: IPCC 2006 Guidelines vol. 2 ch. 4 (surface and underground mines). By hand: 1,000,000 × 18 × 0.67/1,000 = 12,060 t.

    >>> float(coal_mine_ch4(1e6, 18.0))
    12060.0
    """
    released = np.multiply(coal, m3_per_tonne) * density / 1000.0
    return np.asarray(released - np.asarray(recovered), dtype=np.float64)
