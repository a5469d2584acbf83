"""Names of balance rows and fuels: NBS Chinese, NBS English or CEADs spelling → one id."""

import csv
import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NUMBER = re.compile(r"^[\s#*＃]*(?:其中[::]?)?(?:[((]?(?:[一二三四五六七八九十]+|\d+)[))]?[.、..::\s])+\s*")
_CLOSE_ENOUGH = 0.93


@dataclass(frozen=True, slots=True)
class RowName:
    """A row of the balance; `kind` says what part it plays (see data/balance_rows.csv)."""

    row: str
    kind: str
    zh: str


@dataclass(frozen=True, slots=True)
class FuelName:
    """A fuel of the balance: its CEADs column, its key in the factor tables, its unit kind."""

    fuel: str
    ceads_fuel: str
    factor_fuel: str
    kind: str
    zh: str


def _read(name: str) -> list[dict[str, str]]:
    text = (files("dafeng.inventory") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def simplify(name: str) -> str:
    """A name without numbering, spaces, signs and case, so that editions agree.

    >>> simplify(" 6.本省(区、市)调出量(-)"), simplify("Wholesale, Retail Trade & Catering")
    ('本省区市调出量', 'wholesaleretailtradeandcatering')
    """
    text = _NUMBER.sub("", name.strip())
    text = text.replace("&", " and ").casefold()
    return "".join(letter for letter in text if letter.isalnum())


@cache
def row_names() -> dict[str, RowName]:
    """All rows by id."""
    return {r["row"]: RowName(r["row"], r["kind"], r["zh"].split("|")[0]) for r in _read("balance_rows.csv")}


@cache
def fuel_names() -> dict[str, FuelName]:
    """All fuels by id."""
    return {
        r["fuel"]: FuelName(r["fuel"], r["ceads_fuel"], r["factor_fuel"], r["kind"], r["zh"].split("|")[0])
        for r in _read("balance_fuels.csv")
    }


@cache
def _aliases(file: str, column: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for r in _read(file):
        for name in [r[column], *r["zh"].split("|"), *r["en"].split("|")]:
            found.setdefault(simplify(name), r[column])
    return found


def find_row(name: str) -> RowName | None:
    """The row that `name` means, or None.

    >>> find_row("四.终端消费量").row, find_row("Others").row, find_row("火力发电").kind
    ('Total Final Consumption', 'Other', 'power_input')
    """
    row = _match(name, "balance_rows.csv", "row")
    return None if row is None else row_names()[row]


def find_fuel(name: str) -> FuelName | None:
    """The fuel that `name` means, or None.

    >>> find_fuel("原煤").fuel, find_fuel("Raw Coal").fuel, find_fuel("Raw_Coal").fuel, find_fuel("peat")
    ('Raw_Coal', 'Raw_Coal', 'Raw_Coal', None)
    """
    fuel = _match(name, "balance_fuels.csv", "fuel")
    return None if fuel is None else fuel_names()[fuel]


def _match(name: str, file: str, column: str) -> str | None:
    known = _aliases(file, column)
    key = simplify(name)
    if key in known:
        return known[key]
    if not key.isascii():
        return None
    close = difflib.get_close_matches(key, known, n=1, cutoff=_CLOSE_ENOUGH)
    return known[close[0]] if close and len(key) > 8 else None


def suggestions(name: str, file: str, column: str) -> str:
    """The names nearest to one that is not known, for the error message."""
    known = _aliases(file, column)
    close = difflib.get_close_matches(simplify(name), known, n=3, cutoff=0.5)
    return ", ".join(dict.fromkeys(known[c] for c in close))
