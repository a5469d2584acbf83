"""Entries of an energy balance: each cell is brought to ids and fuel units, or refused with its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dafeng.evidence import Finding, NotationKey, Severity, Text
from dafeng.inventory.balance.equivalents import unit_scale
from dafeng.inventory.balance.figures import mend_of, number_of, plain
from dafeng.inventory.balance.names import (
    FuelName,
    RowName,
    find_fuel,
    find_row,
    fuel_names,
    fuel_title,
    half_width,
    is_exact,
    is_part,
    row_title,
    suggestions,
)
from dafeng.inventory.balance.refusals import Refusals
from dafeng.units import is_unit

TIDY = ("row", "fuel", "year", "value", "unit")
FIRST_YEAR, LAST_YEAR = 1949, 2100
LARGEST = 1e15
"""In fuel units (t, m3, MWh): beyond what the world uses; a slip of the unit or the pen."""

NOISE = 1e-9
"""In printed units: a negative consumption smaller than this is the rounding of a spreadsheet, and is 0."""

NO_YEAR = "no year"
"""Year of the entries of a table that names none: reported by a finding, 0 in the cells."""

CONSUMING = frozenset({"final", "branch", "industry", "residential", "subtotal", "non_energy"})
_DATE = re.compile(r"^((?:19|20)\d\d)[-/.年]\d\d?(?:[-/.月]\d\d?日?)?(?:00:00:00)?$")
"""A date in the column of years: that of the end of the year, mostly."""
CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_KEYS = frozenset(key.value for key in NotationKey)
BLANKS = frozenset({"", "-", "--", "---", "–", "––", "—", "——", "…", "……", "...", "..", "/", "#", "*"})
BURNING = CONSUMING | {"final_total", "power_input", "heat_input", "own_use"}
COAL_TOTAL = "Coal_Total"
COAL_KINDS = frozenset({"Anthracite", "Bituminous_Coal", "Lignite"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Number of a balance as printed in a file."""

    where: str
    region: str
    row: str
    fuel: str
    year: str
    value: str
    unit: str


Line = tuple[str, int, str, str, str, float, str, float, float, int, str]


class EntryReader:
    """State of the reading of entries: names met, cells seen, problems by their cause."""

    def __init__(self, refusals: Refusals) -> None:
        self.refusals = refusals
        self.rows: dict[str, RowName | None] = {}
        self.fuels: dict[str, FuelName | None] = {}
        self.seen: dict[tuple[str, ...], Entry] = {}
        self.order: dict[tuple[str, int, str], int] = {}
        self.blank: list[str] = []
        self.by_coal_equivalent: set[str] = set()
        self.physical: set[tuple[object, ...]] = set()
        self.in_coal_equivalent: list[tuple[Entry, Line]] = []
        self.keys: dict[str, list[str]] = {}
        self.totals: dict[tuple[str, int, str], str] = {}
        self.coal_totals: list[tuple[Entry, int, RowName]] = []
        self.parts: set[tuple[str, int, str]] = set()
        self.memo: dict[str, str] = {}
        self.rates: dict[str, str] = {}
        self.noise: list[str] = []
        self.as_raw_coal: list[str] = []
        self.undated: list[str] = []
        self.repeated: list[str] = []
        self.places_of_energy: set[str] = set()

    def line(self, e: Entry) -> Line | None:
        """Return one line of `cells`, or None where the entry is no number or has a problem."""
        value = plain(e.value)
        if e.row.lstrip().startswith(("%", "\uff05")):
            self.rates.setdefault(e.row, e.where)
            return None
        if value in BLANKS:
            self.blank.append(e.where)
            return None
        row, fuel = self._names(e)
        year = self._year(e)
        if row is None or fuel is None or year is None:
            return None
        if value in _KEYS:
            self.keys.setdefault(value, []).append(f"{row.row}, {fuel.fuel}, {year}")
            return None
        if row.kind == "memo":
            self.memo.setdefault(row.zh, e.where)
        if fuel.kind == "total":
            if row.kind in BURNING and value.strip("0.-"):
                self.totals.setdefault((e.region, year, fuel.fuel), e.where)
                if fuel.fuel == COAL_TOTAL:
                    self.coal_totals.append((e, year, row))
            return None
        self.parts.add((e.region, year, fuel.total))
        return self._amount(e, year, row, fuel, value)

    def _amount(self, e: Entry, year: int, row: RowName, fuel: FuelName, value: str) -> Line | None:
        number = self._number(e, value)
        scale, by_coal_equivalent = self._scale(e, fuel)
        if number is None or scale is None:
            return None
        if abs(number) * scale > LARGEST:
            self._refuse(
                e,
                "value",
                f"{e.value} {e.unit}",
                Text(f"不超过{LARGEST:.0e} {fuel.kind}", f"at most {LARGEST:.0e} {fuel.kind}"),
                Text("核对数值和单位", "check the number and its unit"),
            )
            return None
        if row.kind == "own_use":
            # printed as an input (negative) by the IEA, as a use by Eurostat
            number = abs(number)
        if number < 0 and row.kind in CONSUMING:
            if number > -NOISE:
                self.noise.append(e.where)
                number = 0.0
            else:
                told = Text(
                    f"{row_title(e.row)}的{fuel_title(e.fuel)}为{e.value}",
                    f"{e.value} of {e.fuel} in {e.row}",
                )
                expected = Text("不小于零的消费量", "consumption of 0 or more")
                mend = Text(
                    "核对行名和正负号:只有调出、投入和差额可以为负",
                    "check row and sign: only outflows, inputs and differences may be negative",
                )
                self._refuse(e, "value", told, expected, mend, amount=number * scale)
                return None
        place = self.order.setdefault((e.region, year, row.row), len(self.order))
        line = (
            e.region, year, row.row, row.kind, fuel.fuel, number * scale, fuel.kind, number, scale, place, e.where
        )  # fmt: skip
        if by_coal_equivalent:
            self.in_coal_equivalent.append((e, line))
            return None
        if self.again(e, line):
            return None
        self.physical.add(line[:3] + line[4:5])
        return line

    def _names(self, e: Entry) -> tuple[RowName | None, FuelName | None]:
        if e.row not in self.rows:
            self.rows[e.row] = find_row(e.row)
        if e.fuel not in self.fuels:
            self.fuels[e.fuel] = find_fuel(e.fuel)
        row, fuel = self.rows[e.row], self.fuels[e.fuel]
        if row is None:
            near = suggestions(e.row, "balance_rows.csv", "row")
            told = e.row or Text("空白", "nothing")
            self._refuse(e, "row", told, Text("能源平衡表的一行", "a row of the energy balance"), _near(near))
        if fuel is None:
            near = suggestions(e.fuel, "balance_fuels.csv", "fuel")
            told = e.fuel or Text("空白", "nothing")
            self._refuse(
                e, "fuel", told, Text("能源平衡表的一个品种", "a fuel of the energy balance"), _near(near)
            )
        return row, fuel

    def again(self, e: Entry, line: Line) -> bool:
        """Check whether the cell was there before.

        Parts of a row or fuel (two branches that are one here) add up.
        """
        year = line[1]
        key: tuple[str, ...] = (e.region, str(year), line[2], line[4])
        parts = is_part(e.row) or is_part(e.fuel)
        whole = self.seen.get(key)
        if parts and (whole is None or is_part(whole.row) or is_part(whole.fuel)):
            self.seen.setdefault(key, e)
            key = (*key, e.row, e.fuel)
            whole = self.seen.get(key)
        if whole is None:
            self.seen[key] = e
            return False
        same = (whole.row, whole.fuel) == (e.row, e.fuel)
        if same and (plain(whole.value), whole.unit) == (plain(e.value), e.unit):
            self.repeated.append(e.where)
            return True
        named = (
            ("", "")
            if same
            else (f",名为{row_title(whole.row)}、{fuel_title(whole.fuel)}", f" as {whole.row}, {whole.fuel}")
        )
        told = Text(
            f"{row_title(e.row)}、{fuel_title(e.fuel)}、{year}再次出现,为{e.value} {e.unit}",
            f"{e.row}, {e.fuel}, {year} again: {e.value} {e.unit}",
        )
        first = f"{whole.value} {whole.unit}"
        once = Text(
            f"只出现一次(首次在{whole.where}{named[0]},为{first},按首次计算)",
            f"once (first at {whole.where}{named[1]}: {first}, which counts)",
        )
        mend = Text("删去其一,或改正地区、年份、行名", "remove one of them, or correct region, year or row")
        self._refuse(e, "", told, once, mend, amount=line[5])
        return True

    def _year(self, e: Entry) -> int | None:
        if e.year == NO_YEAR:
            self.undated.append(e.where)
            return 0
        try:
            year = plain(e.year).removesuffix("年").removesuffix("年度")
            number = float(_DATE.sub(r"\1", year).translate(CHINESE_DIGITS))
        except ValueError:
            number = 0.0
        if not FIRST_YEAR <= number <= LAST_YEAR or number != int(number):
            span = Text(f"{FIRST_YEAR}至{LAST_YEAR}年", f"a year from {FIRST_YEAR} to {LAST_YEAR}")
            mend = Text("改正年份", "correct the year")
            self._refuse(e, "year", e.year or Text("空白", "nothing"), span, mend)
            return None
        return int(number)

    def _number(self, e: Entry, value: str) -> float | None:
        # blanks part groups of three figures only as they are printed
        number = number_of(half_width(e.value))
        if not np.isfinite(number):
            expected = Text("数字,或NO、NE、IE、C", "a number, or NO, NE, IE, C")
            self._refuse(e, "value", e.value, expected, mend_of(value))
            return None
        return number

    def _scale(self, e: Entry, fuel: FuelName) -> tuple[float | None, bool]:
        scale, by_coal_equivalent = unit_scale(e.unit, fuel)
        if scale is None:
            told: str | Text = e.unit or Text("空白", "nothing")
            if e.unit and is_unit(e.unit):
                told = Text(f"{fuel.zh}以{e.unit}计", f"{e.unit} for {fuel.fuel}")
            wanted = Text(
                f"{fuel.kind}的单位,或能量单位(tce、TJ、ktoe …)",
                f"a unit of {fuel.kind}, or of energy (tce, TJ, ktoe …)",
            )
            mend = Text(
                "二氧化碳不是能源量:请提供能源平衡表", "CO2 is no amount of energy: give the energy balance"
            )
            if "co2" not in e.unit.casefold():
                mend = Text("改正或补填该列(该行)的单位", "correct or fill in the unit of the column or line")
            self._refuse(e, "unit", told, wanted, mend)
        return scale, by_coal_equivalent

    def _refuse(
        self,
        e: Entry,
        column: str,
        found: str | Text,
        expected: str | Text,
        mend: str | Text = "",
        amount: float = np.nan,
    ) -> None:
        """Refuse the cell of an entry, at its column where the file has columns of names."""
        year = e.year.removesuffix("年")
        self.refusals.add(
            f"{e.where}:{column}" if column else e.where, found, expected, mend, kind=column or "again", region=e.region,
            year=int(year) if year.isdecimal() else 0, row=e.row, fuel=e.fuel, amount=amount,
        )  # fmt: skip

    def coal_of_totals(self) -> list[Line]:
        """Return coal as one number, in a place and year without any of its kinds.

        It is counted as raw coal, with a finding.
        """
        raw = fuel_names()["Raw_Coal"]
        lines = []
        for e, year, row in self.coal_totals:
            if (e.region, year, COAL_TOTAL) in self.parts:
                continue
            line = self._amount(e, year, row, raw, plain(e.value))
            if line is not None:
                lines.append(line)
                self.as_raw_coal.append(e.where)
        return lines

    def _notes(self) -> list[Finding]:
        """Cells that were read in another way than printed, by kind."""
        met: tuple[tuple[str, Mapping[str, str]], ...] = (
            ("memory-row", self.memo),
            ("percentage-row", self.rates),
            *((code, {where: where for where in places}) for code, places in (
                ("rounding-noise", self.noise), ("coal-as-raw-coal", self.as_raw_coal), ("year-missing", self.undated),
                ("repeated-cell", self.repeated),
            )),
        )  # fmt: skip
        found = []
        for code, cells in met:
            if cells:
                zh, en = _NOTES[code]
                names = "、".join(list(cells)[:3]) + ("…" if len(cells) > 3 else "")
                severity = Severity.WARNING if code in ("coal-as-raw-coal", "year-missing") else Severity.NOTE
                found.append(
                    Finding(code, severity, next(iter(cells.values())), f"{names}:{zh}", f"{names}: {en}")
                )
        return found

    def findings(self) -> list[Finding]:
        """Return the findings on how the balance was read."""
        found = self._notes()
        if self.blank:
            zh = f"{len(self.blank)}个空白数值未计入(不作零处理),如{self.blank[0]}"
            en = f"{len(self.blank)} blank values are left out (not taken as zero), as {self.blank[0]}"
            found.append(Finding("blank-values", Severity.NOTE, self.blank[0], zh, en))
        for key, cells in self.keys.items():
            zh = f"{len(cells)}个单元为{key},未计入,如{cells[0]}"
            en = f"{len(cells)} cells are {key} and not counted, as {cells[0]}"
            found.append(Finding("notation-key", Severity.NOTE, key, zh, en))
        for (region, year, total), where in self.totals.items():
            if (region, year, total) not in self.parts and total not in ("Energy_Total", COAL_TOTAL):
                place = f"{region} {year}".strip()
                zh = f"{place}只有{fuel_names()[total].zh},没有分品种:其燃烧未估算(NE)"
                en = f"{place}: only {total} and none of its fuels: not estimated (NE)"
                found.append(Finding("total-without-fuels", Severity.WARNING, where, zh, en))
        if self.by_coal_equivalent:
            listed = ", ".join(sorted(self.by_coal_equivalent))
            found.append(
                Finding(
                    "from-coal-equivalent",
                    Severity.NOTE,
                    listed,
                    f"{listed}由能量按热值折回实物量(GB/T 2589-2020,缺者用因子集),排放按能量×含碳量",
                    f"{listed} turned back from energy by heating values (GB/T 2589-2020, else a factor set); CO2 is energy × carbon content",
                    ("gbt2589_2020",),
                )
            )
        named = {**self.rows, **self.fuels}
        for name, meant in named.items():
            if meant is not None and not is_exact(name):
                id_ = meant.row if isinstance(meant, RowName) else meant.fuel
                found.append(
                    Finding(
                        "name-read-as",
                        Severity.WARNING,
                        name,
                        f"“{name}”按{meant.zh}读取",
                        f"{name} is read as {id_}",
                    )
                )
        return found


_NOTES = {
    "memory-row": ("备忘行,不燃烧,未计入", "a memory row, burns nothing and is not counted"),
    "percentage-row": ("百分比行,不是数量,未计入", "a row of percentages, no amount, not counted"),
    "rounding-noise": ("负数小于舍入误差,按零计", "a negative number below rounding: 0"),
    "coal-as-raw-coal": ("只有煤炭合计,按原煤计算", "only the sum of coal, counted as raw coal"),
    "repeated-cell": (
        "与前面同一单元数值相同,只计一次",
        "the same cell with the same value again, counted once",
    ),
    "year-missing": ("表中没有年份,未注明年份", "the table names no year: year not stated"),
}


def _near(names: str) -> Text:
    if not names:
        return Text(
            "改用平衡表的名称,或删去此行(列)", "use a name of the balance, or remove the line or column"
        )
    return Text(f"是否为{names}?", f"did you mean {names}?")
