"""Names of balance rows and fuels: NBS Chinese, NBS English or CEADs spelling → one id."""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from dafeng.evidence import packaged_rows

_LEAD = re.compile(
    r"^(?:[\s#*.、:–—-]+|其中|of\s?which\b|\((?:[一二三四五六七八九十]+|\d+)\)"
    r"|(?:[一二三四五六七八九十]+|\d+(?:\.\d+)*|[ivx]+(?=[.、:]))(?=[.、:\s)]\)?)\)?|\d+(?:\.\d+)*(?=[一-鿿]))+",
    re.IGNORECASE,
)
"""Numbering and signs before a name: 一、 2. (3) # 其中: of which IV."""
_CLOSE_ENOUGH = 0.93
_LONG_ENOUGH = 8
_TABLES = (("balance_rows.csv", "row"), ("balance_fuels.csv", "fuel"))


@dataclass(frozen=True, slots=True)
class RowName:
    """Row of the balance.

    `kind` gives its part in the balance (see data/balance_rows.csv; `memo` rows count nowhere).
    """

    row: str
    kind: str
    zh: str


@dataclass(frozen=True, slots=True)
class FuelName:
    """Fuel of the balance: its CEADs column, factor key and unit kind, and the total that holds it.

    The factor key is its key in the factor tables.
    """

    fuel: str
    ceads_fuel: str
    factor_fuel: str
    kind: str
    total: str
    zh: str


def _read(name: str) -> Sequence[Mapping[str, str]]:
    return packaged_rows("dafeng.inventory", f"data/{name}")


_HALF_WIDTH = {0x3000: " ", 0xA0: " ", 0x2212: "-"} | {
    code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)
}


def half_width(text: str) -> str:
    """Return full-width letters, figures and signs in half width.

    Raised and circled figures (footnote marks) stay.

    >>> half_width("\uff11\uff0e\uff15\uff08\uff0d\uff09\u3000①")
    '1.5(-) ①'
    """
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def simplify(name: str) -> str:
    """Simplify a name: without numbering, spaces, signs, width and case, so that editions agree.

    >>> simplify(" 6.本省\uff08区、市\uff09调出量\uff08-\uff09"), simplify("Wholesale, Retail Trade & Catering")
    ('本省区市调出量', 'wholesaleretailtradeandcatering')
    >>> simplify("其中\uff1a用作原料、材料"), simplify("一次能源生产量"), simplify("(1) Thermal_Power")
    ('用作原料材料', '一次能源生产量', 'thermalpower')
    """
    text = unicodedata.normalize("NFKC", name).strip()
    text = _LEAD.sub("", text).replace("&", " and ").casefold()
    return "".join(letter for letter in text if letter.isalnum())


@cache
def row_names() -> dict[str, RowName]:
    """Return all rows by id."""
    return {
        r["row"]: RowName(r["row"], r["kind"], r["zh"].split("|")[0].removeprefix("+"))
        for r in _read("balance_rows.csv")
    }


@cache
def fuel_names() -> dict[str, FuelName]:
    """Return all fuels by id."""
    return {
        r["fuel"]: FuelName(
            r["fuel"],
            r["ceads_fuel"],
            r["factor_fuel"],
            r["kind"],
            r["total"],
            r["zh"].split("|")[0].removeprefix("+"),
        )
        for r in _read("balance_fuels.csv")
    }


@cache
def _aliases(file: str, column: str) -> dict[str, tuple[str, bool]]:
    """Simplified name → (id, whether it names a part only: written with + in the table)."""
    found: dict[str, tuple[str, bool]] = {}
    for r in _read(file):
        for name in [r[column], *r["zh"].split("|"), *r["en"].split("|")]:
            if name:
                found.setdefault(simplify(name.removeprefix("+")), (r[column], name.startswith("+")))
    return found


def row_title(row: str) -> str:
    """Return the Chinese name of a balance row; the id where the table has none.

    Parameters
    ----------
    row
        Id of the row.
    """
    return row_names()[row].zh if row in row_names() else row


def fuel_title(fuel: str) -> str:
    """Return the Chinese name of a fuel; the id where the table has none.

    Parameters
    ----------
    fuel
        Id of the fuel.
    """
    return fuel_names()[fuel].zh if fuel in fuel_names() else fuel


def find_row(name: str) -> RowName | None:
    """Return the row that `name` means, or None.

    >>> find_row("四.终端消费量").row, find_row("Others").row, find_row("火力发电").kind
    ('Total Final Consumption', 'Other', 'power_input')
    """
    row = _match(name, "balance_rows.csv", "row")
    return None if row is None else row_names()[row]


def find_fuel(name: str) -> FuelName | None:
    """Return the fuel that `name` means, or None.

    >>> find_fuel("原煤").fuel, find_fuel("Raw Coal").fuel, find_fuel("Raw_Coal").fuel, find_fuel("magic")
    ('Raw_Coal', 'Raw_Coal', 'Raw_Coal', None)
    """
    fuel = _match(name, "balance_fuels.csv", "fuel")
    return None if fuel is None else fuel_names()[fuel]


@cache
def is_part(name: str) -> bool:
    """Check whether `name` means a part of a row or fuel, which adds up with other parts.

    Example: two branches that CEADs joins.

    >>> is_part("汽车制造业"), is_part("炼焦烟煤"), is_part("工业")
    (True, True, False)
    """
    tables = [_aliases(*table) for table in _TABLES]
    return any(table[key][1] for table in tables if (key := _known(name, table)) is not None)


def is_exact(name: str) -> bool:
    """Check whether `name` is in the tables of names.

    Else it was matched by likeness, which must be reported.
    """
    return any(_known(name, _aliases(*table)) for table in _TABLES)


def _known(name: str, known: dict[str, tuple[str, bool]]) -> str | None:
    """The alias that `name` is; of a bilingual name (原煤 Raw Coal) its Chinese or its English half."""
    key = simplify(name)
    if key in known:
        return key
    if key.isascii():
        return None
    chinese = "".join(letter for letter in key if not letter.isascii())
    english = "".join(letter for letter in key if letter.isascii())
    return next((half for half in (chinese, english) if half in known), None)


@lru_cache(maxsize=65536)
def _match(name: str, file: str, column: str) -> str | None:
    known = _aliases(file, column)
    exact = _known(name, known)
    if exact is not None:
        return known[exact][0]
    key = simplify(name)
    if not key.isascii() or len(key) <= _LONG_ENOUGH:
        return None
    close = difflib.get_close_matches(key, known, n=1, cutoff=_CLOSE_ENOUGH)
    return known[close[0]][0] if close else None


def suggestions(name: str, file: str, column: str) -> str:
    """Return the names nearest to an unknown one, for the error message."""
    known = _aliases(file, column)
    close = difflib.get_close_matches(simplify(name), known, n=3, cutoff=0.5)
    return ", ".join(dict.fromkeys(known[c][0] for c in close))
