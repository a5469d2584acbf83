"""Default half-widths (95 %, relative) where nothing is published: expert judgement, always labelled so."""

from functools import cache

from dafeng.evidence import packaged_rows

COALS = frozenset(
    {"Raw_Coal", "Cleaned_Coal", "Other_Washed_Coal", "Briquettes", "Gangue", "Coke", "Coke_Oven_Gas", "Other_Gas",
     "Blast_Furnace_Gas", "Converter_Gas", "Other_Coking_Products"}
)  # fmt: skip


@cache
def _table() -> dict[str, float]:
    return {
        row["subject"]: float(row["half_width"])
        for row in packaged_rows("dafeng.inventory", "data/uncertainties.csv")
    }


def half_width(subject: str) -> float:
    """Return the default half-width of a subject of uncertainties.csv, such as `factor.coal`.

    >>> half_width("factor.coal")
    0.11
    """
    return _table()[subject]


def fuel_half_width(fuel: str) -> float:
    """Return the default half-width of a fuel's CO2 factor."""
    if fuel in COALS:
        return half_width("factor.coal")
    return half_width("factor.gas" if fuel in ("Natural_Gas", "LNG") else "factor.oil")
