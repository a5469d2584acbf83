"""Parsing of file rows into records: cells, rules, keys, child rows.

Every problem is reported with sheet, row and cell.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection

from dafeng.evidence import Problem, Text
from dafeng.registers.definition.cells import LONGEST_TEXT, read_field, table_of_child, table_of_register
from dafeng.registers.definition.model import Definition, Kind, RegisterField
from dafeng.registers.definition.preparing import TYPED_FILE, Entry, Fault, Prepared, key_of
from dafeng.registers.exchange.reading import (
    Sent,
    SheetRows,
    header_problems,
    plain_cell,
    too_long_for_a_number,
)
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.personal import pseudonym
from dafeng.registers.store.rows import today
from dafeng.registers.summary.unusual import unusual
from dafeng.tables import Column, tidy

_CODES = frozenset({Kind.TEXT, Kind.CREDIT_CODE, Kind.ORG, Kind.REF, Kind.DOC_NUMBER, Kind.REGION})


MOST_PROBLEMS = 5_000


@dataclass(slots=True)
class Receipt:
    """Receipt of an import.

    `stored` is whether anything was kept; `repeated` that the file had been received before.
    """

    register: str
    file: str
    hash: str
    mode: str
    at: str = ""
    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: int = 0
    refused: int = 0
    findings: int = 0
    problems: list[Problem] = field(default_factory=list)
    doubts: list[dict[str, str]] = field(default_factory=list)
    """Stored figures that are unusual beside other years: where, zh, en."""
    more_problems: int = 0
    stored: bool = False
    repeated: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in asdict(self).items() if name != "problems"},
            "problems": [one.as_dict() for one in self.problems],
        }


@dataclass(slots=True)
class Row:
    number: int
    entry: Entry
    key: str
    faults: list[Fault]
    bad: bool


def note_unusual(
    connection: Connection, store: Store, ready: Prepared, rows: list[Row], sent: Sent, receipt: Receipt
) -> None:
    """Add what is unusual beside other years to the faults of new rows, and to the receipt with its cell."""
    sheet = sent.sheets[receipt.register]
    found = unusual(connection, store, ready.definition, [row.entry for row in rows])
    for row, doubts in zip(rows, found, strict=True):
        row.faults += doubts
        receipt.doubts += [
            {"where": sheet.place(row.number, one.field), "zh": one.expected.zh, "en": one.expected.en}
            for one in doubts
        ]


def add(receipt: Receipt, problem: Problem) -> None:
    if len(receipt.problems) < MOST_PROBLEMS:
        receipt.problems.append(problem)
    else:
        receipt.more_problems += 1


def read_rows(store: Store, ready: Prepared, sent: Sent, receipt: Receipt, grade: str) -> list[Row]:
    """Parse every row of the main sheet with its child rows and check them by the rules of the register."""
    definition = ready.definition
    sheet = sent.sheets[definition.register_id]
    for problem in header_problems(sheet, table_of_register(definition)):
        add(receipt, problem)
    parser = _Parser(sheet, ready.columns, receipt)
    circumstances = ready.circumstances(today(), store.scope)
    rows: list[Row] = []
    for number, cells in sheet.rows:
        entry, bad = parser.row(number, cells)
        entry.grade = grade
        rows.append(Row(number, entry, key_of(definition, entry.values, pseudonym), [], bad))
    receipt.rows = len(rows)
    _join_children(ready, sent, rows, receipt)
    for row in rows:
        row.faults = ready.complete(row.entry, circumstances)
        for fault in row.faults:
            if fault.refuse and not (row.bad and row.entry.values.get(fault.field) is None):
                row.bad = True
                add(receipt, fault.problem(lambda name, at=row.number: sheet.place(at, name)))  # type: ignore[misc]
    _check_keys(definition, sheet, rows, receipt)
    return rows


class _Parser:
    """Cell parser of one sheet, with a cache: a text that has been parsed once is not parsed again."""

    def __init__(
        self, sheet: SheetRows, columns: Mapping[str, tuple[RegisterField, Column]], receipt: Receipt
    ) -> None:
        self._sheet, self._receipt = sheet, receipt
        self._known: list[tuple[int, str, RegisterField, Column, bool, dict[Any, Any]]] = [
            (position, name, *columns[name], columns[name][0].type in _CODES, {})
            for position, name in enumerate(sheet.names) if name in columns
        ]  # fmt: skip

    def row(self, number: int, cells: Any) -> tuple[Entry, bool]:
        values: dict[str, Any] = {}
        notation: dict[str, str] = {}
        bad = False
        width = len(cells)
        for position, name, one, column, code, seen in self._known:
            cell = cells[position] if position < width else None
            if cell is None or cell == "":
                values[name] = None
                continue
            found = seen.get((cell.__class__, cell))
            if found is None:
                found = seen[cell.__class__, cell] = _read_cell(one, column, code, cell)
            value, key, fault = found
            if fault is not None:
                bad = True
                add(self._receipt, Problem(self._sheet.place(number, name), *fault))
            values[name] = value
            if key:
                notation[name] = key
        return Entry(values, notation), bad


def _read_cell(
    one: RegisterField, column: Column, code: bool, cell: Any
) -> tuple[Any, str, tuple[str, str, str] | None]:
    if code and too_long_for_a_number(cell):
        return (
            None,
            "",
            (
                f"{float(cell):.0f} as a number",
                Text("15位以上的代码须为文本", "a code of more than 15 digits as text"),
                Text("将该列设为文本格式后重填", "format the column as text and type it again"),
            ),
        )
    plain = _plain(one, column, cell)
    if plain is not None:
        return plain, "", None
    text = tidy(plain_cell(cell))
    if one.type is Kind.FILE and text:
        return None, "", (repr(text[:60]), *TYPED_FILE)
    value, key, fault = read_field(one, column, text)
    return value, key, None if fault is None else fault.of(text)


def _plain(one: RegisterField, column: Column, cell: Any) -> Any:
    """Return the value of a cell that needs no parsing, as most cells.

    It is a number within its bounds, or a short printable text.
    """
    if isinstance(cell, str):
        plain = (
            one.type is Kind.TEXT
            and len(cell) <= LONGEST_TEXT
            and cell.isprintable()
            and cell == cell.strip()
        )
        return cell if plain else None
    if one.type not in (Kind.DECIMAL, Kind.PERCENT) or not isinstance(cell, float):
        return None
    low = -math.inf if column.low is None else column.low
    high = math.inf if column.high is None else column.high
    within = low <= cell <= high and math.isfinite(cell) and (column.above is None or cell > column.above)
    return cell if within else None


def _join_children(ready: Prepared, sent: Sent, rows: list[Row], receipt: Receipt) -> None:
    by_key = {row.key: row for row in rows}
    for child in ready.definition.children:
        sheet = sent.sheets.get(child.id)
        if sheet is None:
            continue
        table = table_of_child(ready.definition, child)
        for problem in header_problems(sheet, table):
            add(receipt, problem)
        known = dict(ready.child_columns[child.id])
        own = set(known)
        known |= {name: ready.columns[name] for name in ready.definition.key if name not in known}
        parser = _Parser(sheet, known, receipt)
        seen: dict[tuple[Any, ...], int] = {}
        for number, cells in sheet.rows:
            entry, bad = parser.row(number, cells)
            parent = by_key.get(key_of(ready.definition, entry.values, pseudonym))
            values = {name: value for name, value in entry.values.items() if name in own}
            bad = (
                _check_child(
                    sheet, number, ready.definition, child.key, known, own, entry, parent, seen, receipt
                )
                or bad
            )
            if parent is not None:
                parent.entry.children.setdefault(child.id, []).append(values)
                parent.bad = parent.bad or bad


def _check_child(
    sheet: SheetRows, number: int, definition: Definition, key: tuple[str, ...], known: Mapping[str, tuple[RegisterField, Column]], own: set[str],
    entry: Entry, parent: Row | None, seen: dict[tuple[Any, ...], int], receipt: Receipt,
) -> bool:  # fmt: skip
    """Check whether a child row lacks its record, a required cell, or repeats a key."""
    bad = False
    if parent is None:
        bad = True
        names = " + ".join(definition.field(name).zh for name in definition.key)
        add(
            receipt,
            Problem(
                sheet.place(number, definition.key[0]),
                "a row without its record",
                f"a record with this {names} in the same file",
                "add the record, or correct the key",
            ),
        )
    for name in own:
        one, _ = known[name]
        if one.required and entry.values.get(name) is None and name not in entry.notation:
            bad = True
            add(
                receipt,
                Problem(sheet.place(number, name), "an empty cell", f"{one.zh} · {one.en}", "fill it"),
            )
    identity = (
        *(entry.values.get(name) for name in definition.key),
        *(entry.values.get(name) for name in key),
    )
    if identity in seen:
        bad = True
        add(
            receipt,
            Problem(
                sheet.place(number, key[0]),
                "|".join(map(str, identity)),
                f"each key once: row {seen[identity]} has it",
                "delete one",
            ),
        )
    seen.setdefault(identity, number)
    return bad


def _check_keys(definition: Definition, sheet: SheetRows, rows: list[Row], receipt: Receipt) -> None:
    """Check for duplicate keys in one file: neither row is guessed to be the right one."""
    first: dict[str, Row] = {}
    for row in rows:
        if any(row.entry.values.get(name) is None for name in definition.key):
            row.bad = True  # its empty cell is a problem already
            continue
        other = first.setdefault(row.key, row)
        if other is not row:
            row.bad = other.bad = True
            names = " + ".join(definition.field(name).zh for name in definition.key)
            add(
                receipt,
                Problem(
                    sheet.place(row.number, definition.key[0]),
                    row.key,
                    Text(
                        f"{names}只出现一次,第 {other.number} 行已有",
                        f"each {names} once: row {other.number} has it",
                    ),
                    "delete one of the two",
                ),
            )
