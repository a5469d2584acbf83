"""Export of records.

Outputs are a workbook or CSV within the actor's rights, an error workbook for the sender, the public list.
"""

import csv
import html
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, Problem, write_atomically
from dafeng.registers.definition.cells import shown, table_of_register
from dafeng.registers.definition.model import Definition, RegisterField
from dafeng.registers.exchange.reading import read_sent
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.filters import Filter
from dafeng.registers.store.finding import find
from dafeng.registers.store.rights import Actor, Grant
from dafeng.tables import Heading, Sheet, write_workbook

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows_of(
    store: Store, actor: Actor, register: str, filters: Iterable[Filter] = (), search: str = ""
) -> Iterator[dict[str, Any]]:
    """Iterate over the records that the actor may see, page by page."""
    after, listed = None, list(filters)
    while True:
        page = find(store, actor, register, filters=listed, search=search, after=after, limit=1_000)
        yield from page.rows
        if page.after is None:
            return
        after = page.after


def export(
    store: Store, actor: Actor, register: str, path: Path, *, filters: Iterable[Filter] = (), search: str = ""
) -> int:
    """Write the records that `actor` may see as .xlsx or .csv; return how many.

    A text that a spreadsheet would run as a formula is written as text.

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
        headings = [Heading(f"{one.zh}\n{one.id}") for one in fields] + [
            Heading("状态\nstate"),
            Heading("等级\ngrade"),
        ]
        body = [
            [
                *(shown(one, row.get(one.id)) for one in fields),
                definition.state(row["state"]).zh,
                row["grade"],
            ]
            for row in rows
        ]
        write_workbook(path, [Sheet(definition.zh, headings, body)], {"title": definition.zh})
    else:
        raise DafengError.at(path.name, path.suffix or "no ending", ".xlsx or .csv", "choose another --out")
    return len(rows)


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
    """Write the sender's main sheet again with the wrong cells in red.

    A further sheet lists every problem.
    """
    sheet = read_sent(sent, [table_of_register(definition)]).sheets[definition.register_id]
    rows = [list(cells) for _, cells in sheet.rows]
    where = {
        sheet.place(number, name): (index, column)
        for index, (number, _) in enumerate(sheet.rows)
        for column, name in enumerate(sheet.names)
    }
    marked = frozenset(where[str(problem.where)] for problem in problems if str(problem.where) in where)
    table = table_of_register(definition)
    headings = [
        Heading(f"{table.named[name].title_zh}\n{name}" if name in table.named else name)
        for name in sheet.names
    ]
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
    write_workbook(path, [Sheet(definition.zh, headings, rows, marked=marked, filtered=False), told])


def publish(store: Store, register: str, folder: Path) -> list[Path]:
    """Write the public list of a register as workbook and page fragment.

    It contains public fields of records that count only.

    Raises
    ------
    DafengError
        Where the definition makes no field public.
    """
    definition = store.book.latest(register)
    fields = [
        definition.field(name) for name in definition.public if definition.field(name).privacy == "none"
    ]
    if not fields:
        raise DafengError.at(
            register, "no public fields", "fields listed under public", "add them to the definition"
        )
    public = Actor("public", (Grant("reader"),))
    rows = [[shown(one, row[one.id]) for one in fields] for row in rows_of(store, public, register)]
    folder.mkdir(parents=True, exist_ok=True)
    workbook, page = folder / f"{register}.xlsx", folder / f"{register}.html"
    note = "公开字段,不含个人信息和商业秘密 · public fields only"
    write_workbook(
        workbook,
        [
            Sheet(
                definition.zh,
                [Heading(f"{one.zh}\n{one.en}") for one in fields],
                rows,
                above=[definition.zh, note],
            )
        ],
    )
    head = "".join(f"<th>{html.escape(one.zh)}<br>{html.escape(one.en)}</th>" for one in fields)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape('' if cell is None else str(cell))}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    with write_atomically(page) as temporary:
        temporary.write_text(
            f'<section lang="zh"><h2>{html.escape(definition.zh)}</h2><p>{note}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>\n',
            encoding="utf-8",
        )
    return [workbook, page]
