"""Export of records.

Outputs are a workbook or CSV within the actor's rights, an error workbook for the sender.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Problem, write_atomically
from dafeng.registers.definition.cells import shown, table_of_child, table_of_register
from dafeng.registers.definition.model import Definition, RegisterField
from dafeng.registers.exchange.reading import SheetRows, read_sent
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.filters import Filter
from dafeng.registers.store.finding import find
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.showing import child_rows
from dafeng.tables import Heading, Sheet, Table, write_workbook

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows_of(
    store: Store,
    actor: Actor,
    register: str,
    filters: Iterable[Filter] = (),
    search: str = "",
    pending: bool = True,
) -> Iterator[dict[str, Any]]:
    """Iterate over the records that the actor may see, page by page."""
    after, listed = None, list(filters)
    while True:
        page = find(
            store, actor, register, filters=listed, search=search, after=after, limit=1_000, pending=pending
        )
        yield from page.rows
        if page.after is None:
            return
        after = page.after


def export(
    store: Store, actor: Actor, register: str, path: Path, *, filters: Iterable[Filter] = (), search: str = ""
) -> int:
    """Write the records that `actor` may see as .xlsx or .csv; return how many.

    A text that a spreadsheet would run as a formula is written as text.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    path
        File to write.
    filters
        Field, comparison and value of each.
    search
        Text to look for.

    Returns
    -------
    Number of records.

    Raises
    ------
    DafengError
        For another kind of file, or where the actor may not read.
    """
    definition = store.book.latest(register)
    fields = [one for one in definition.fields if actor.sees(one, register)]
    rows = list(rows_of(store, actor, register, filters, search))
    if path.suffix.lower() == ".csv":
        with write_atomically(path) as temporary:
            temporary.write_text(csv_text(fields, rows), encoding="utf-8-sig", newline="")
    elif path.suffix.lower() == ".xlsx":
        write_workbook(path, list(_sheets(store, actor, definition, fields, rows)), {"title": definition.zh})
    else:
        raise DafengError.at(path.name, path.suffix or "no ending", ".xlsx or .csv", "choose another --out")
    return len(rows)


def _sheets(
    store: Store, actor: Actor, definition: Definition, fields: Sequence[RegisterField], rows: Sequence[dict[str, Any]]
) -> Iterator[Sheet]:  # fmt: skip
    """Return the sheet of records and one per child table, as the template has them."""
    headings = [heading_of(one) for one in fields]
    headings += [Heading("编号\nrecord_id"), Heading("状态\nrecord_state"), Heading("等级\nrecord_grade")]
    body = [
        [
            *(shown(one, row.get(one.id)) for one in fields),
            row["id"],
            _state(store, definition, row),
            row["grade"],
        ]
        for row in rows
    ]
    yield Sheet(definition.zh, headings, body, frozen=1)
    keys = [definition.field(name) for name in definition.key]
    for child in definition.children:
        shown_fields = [one for one in child.fields if actor.sees(one, definition.register_id)]
        found = child_rows(store, actor, definition, child, [row["id"] for row in rows])
        listed = [
            [
                *(shown(one, row.get(one.id)) for one in keys),
                *(shown(one, each.get(one.id)) for one in shown_fields),
            ]
            for row in rows
            for each in found.get(row["id"], ())
        ]
        yield Sheet(child.zh, [heading_of(one) for one in (*keys, *shown_fields)], listed, frozen=1)


def heading_of(one: RegisterField, second: str = "") -> Heading:
    """Return the heading of a field: name and unit, below it the id, by which an import knows it, or `second`."""
    return Heading(f"{one.zh}{f'({one.unit})' if one.unit else ''}\n{second or one.id}")


def _state(store: Store, definition: Definition, row: dict[str, Any]) -> str:
    return store.book.edition(definition.register_id, row["edition"]).state(row["state"]).zh


def csv_text(fields: Sequence[RegisterField], rows: Iterable[dict[str, Any]]) -> str:
    """Format the rows as CSV with ids as headings; potential formulas are escaped by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([one.id for one in fields])
    for row in rows:
        writer.writerow([_protected(shown(one, row.get(one.id))) for one in fields])
    return out.getvalue()


def _protected(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else "" if cell is None else cell


def write_errors(path: Path, sent: Path, definition: Definition, problems: Sequence[Problem]) -> None:
    """Write the sender's sheets again with the wrong cells in red.

    A further sheet lists every problem.

    Parameters
    ----------
    path
        Workbook to write.
    sent
        File as sent.
    definition
        Definition of the register.
    problems
        Problems with their cells.
    """
    tables = [
        table_of_register(definition),
        *(table_of_child(definition, child) for child in definition.children),
    ]
    found = read_sent(sent, tables).sheets
    sheets = [_marked(found[table.name], table, problems) for table in tables if table.name in found]
    listed = [[str(one.where), one.sentence("zh"), one.sentence("en")] for one in problems]
    told = Sheet(
        "问题 problems",
        [
            Heading("位置 where", width=24),
            Heading("中文", width=80, wrap=True),
            Heading("English", width=80, wrap=True),
        ],
        listed,
    )
    write_workbook(path, [*sheets, told])


def _marked(sheet: SheetRows, table: Table, problems: Sequence[Problem]) -> Sheet:
    where = {
        sheet.place(number, name): (index, column)
        for index, (number, _) in enumerate(sheet.rows)
        for column, name in enumerate(sheet.names)
    }
    marked = frozenset(where[str(problem.where)] for problem in problems if str(problem.where) in where)
    headings = [
        Heading(f"{table.named[name].title_zh}\n{name}" if name in table.named else name)
        for name in sheet.names
    ]
    rows = [list(cells) for _, cells in sheet.rows]
    return Sheet(table.title_zh, headings, rows, marked=marked, filtered=False)
