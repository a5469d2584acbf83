"""IPCC 2006 and CRT codes of the cells of an inventory, by row and category."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from dafeng.evidence import Text, packaged_rows
from dafeng.inventory.accounts.model import COMBUSTION, TRACE

SOLID = frozenset(
    {"Raw_Coal", "Anthracite", "Bituminous_Coal", "Lignite", "Cleaned_Coal", "Other_Washed_Coal", "Briquettes", "Gangue",
     "Coke", "Coke_Oven_Gas", "Blast_Furnace_Gas", "Converter_Gas", "Other_Gas", "Other_Coking_Products"}
)  # fmt: skip
GASEOUS = frozenset({"Natural_Gas", "LNG"})
UNSPECIFIED = "1.A"


@dataclass(frozen=True, slots=True)
class IpccCode:
    """Code of a source: IPCC 2006 Guidelines vol. 1 table 8.2, and the common reporting tables (CRT)."""

    ipcc2006: str
    crt: str
    zh: str
    en: str


@cache
def ipcc_codes() -> Mapping[str, IpccCode]:
    """Return the codes by balance row, or by category outside combustion."""
    rows = packaged_rows("dafeng.inventory", "data/ipcc_codes.csv")
    return {r["row"]: IpccCode(r["ipcc2006"], r["crt"], r["zh"], r["en"]) for r in rows}


def fuel_class(fuel: str) -> str:
    """Return the IPCC class of a fuel: solid, gaseous or liquid; nothing without a fuel.

    >>> fuel_class("Coke_Oven_Gas"), fuel_class("Natural_Gas"), fuel_class("Diesel_Oil"), fuel_class("")
    ('solid', 'gaseous', 'liquid', '')
    """
    if not fuel or fuel == "Electricity":
        return ""
    if fuel == "Other_Energy":
        return "other"
    return "solid" if fuel in SOLID else "gaseous" if fuel in GASEOUS else "liquid"


def with_codes(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells with the columns ipcc2006 and crt; refinery fuels are petroleum refining (1.A.1.b).

    Parameters
    ----------
    cells
        Cells of an inventory, or any rows with category, row and branch.
    """
    codes = ipcc_codes()
    whole = IpccCode(UNSPECIFIED, UNSPECIFIED, "", "")
    found = [codes.get(str(row), whole) for row in cells["row"]]
    burnt = cells["category"].isin((COMBUSTION, TRACE)).to_numpy()
    refining = burnt & (cells["branch"] == "refining").to_numpy()
    both = {
        name: [
            "1.A.1.b" if refined else getattr(code, name)
            for code, refined in zip(found, refining, strict=True)
        ]
        for name in ("ipcc2006", "crt")
    }
    return cells.assign(**both)


@cache
def ipcc_title(code: str) -> Text:
    """Return the name of an IPCC 2006 category; the code itself where the table has none.

    >>> ipcc_title("2.A.1").zh, ipcc_title("9.Z").en
    ('水泥生产', '9.Z')
    """
    found = next((c for c in ipcc_codes().values() if c.ipcc2006 == code), None)
    return Text(code, code) if found is None else Text(found.zh or code, found.en or code)
