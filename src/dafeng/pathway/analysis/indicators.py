"""Quantities that targets refer to, and their units: the modelled rows of the table of indicators."""

from collections.abc import Mapping
from functools import cache

from dafeng.factors import Indicator, indicators
from dafeng.pathway.engine.evaluate import ACCOUNTS


@cache
def indicator_rows() -> Mapping[str, Indicator]:
    """Return the indicators that the annual model computes, by the id of the quantity."""
    return {one.model: one for one in indicators().values() if one.model_unit}


def indicator_names() -> Mapping[str, str]:
    """Return the Chinese name of each quantity, those included that no target refers to."""
    return {id_: row.zh for id_, row in indicator_rows().items()} | dict(OTHER_NAMES)


OTHER_NAMES: Mapping[str, str] = {
    "coal_generation_old": "存量煤电", "coal_generation_new": "新煤电", "wind_solar_generation": "风光发电",
    "hydro_generation": "水电", "biomass_generation": "生物质发电",
}  # fmt: skip
# quantities of `evaluate` that no target speaks about
OTHERS: Mapping[str, str] = {
    "coal_generation_old": "MWh",
    "coal_generation_new": "MWh",
    "wind_solar_generation": "MWh",
    "hydro_generation": "MWh",
    "biomass_generation": "MWh",
    "curtailment": "1",
}


def quantity_unit(quantity: str) -> str:
    """Return the unit of a quantity of `evaluate`; "1" for one that is not in the tables.

    Parameters
    ----------
    quantity
        Quantity of `evaluate`.

    Returns
    -------
    Unit as in the tables.
    """
    return (dict(OTHERS) | dict(quantity_units())).get(quantity, "1")


def quantity_units() -> Mapping[str, str]:
    """Return the unit of each quantity that can be required: the accounts and the indicators."""
    return dict.fromkeys(ACCOUNTS, "tCO2") | {id_: row.model_unit for id_, row in indicator_rows().items()}
