"""Validation of headers and rows of small tables (registers, forms, folders of files) against a schema.

The cells go through the same parsers as those of a whole table; a bad cell is refused by its place and its
row keeps the other values.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dafeng.evidence import Problem, Problems
from dafeng.tables.cells import nearest, parse_cell
from dafeng.tables.columns import LISTS, Column, Kind, Table, words
from dafeng.tables.reading import csv_place, decode
from dafeng.tables.values import tidy

Row = dict[str, Any]
"""A typed row: column → value; `_row` holds its number, the header being row 1."""


def read_row(
    table: Table, cells: Mapping[str, object], place: Callable[[str], str], problems: Problems
) -> Row:
    """Read one typed row: a form, a record, a line of a file.

    Parameters
    ----------
    table
        Schema of the row; columns that `cells` lacks are empty, keys that are no column are left alone
        (`check_header` refuses them).
    cells
        Column → cell, as text or as a typed cell of a workbook or a JSON body; blanks around a text are cut
        off.
    place
        Column → place for people, as `lambda column: f"points.csv:7:{column}"`.
    problems
        Takes every cell that does not fit.

    Returns
    -------
    Column → value as `parse_cell` has it; None for an empty cell and for one that does not fit.
    """
    row: Row = {}
    for column in table.columns:
        text = tidy(cells.get(column.name))
        row[column.name], fault = parse_cell(column, text)
        if fault is not None:
            problems.add(place(column.name), *fault.of(text))
    return row


def read_rows(
    table: Table,
    rows: Iterable[Mapping[str, object]],
    place: Callable[[int, str], str],
    problems: Problems,
    first: int = 2,
) -> list[Row]:
    """Read the typed rows of `rows`, each with its number as `_row`; wholly blank rows are no rows.

    Parameters
    ----------
    place
        (row, column) → place, as `csv_place("points.csv")`.
    first
        Number of the first row; 2 below a header line.
    """
    typed: list[Row] = []
    for number, cells in enumerate(rows, start=first):
        if any(tidy(cell) for cell in cells.values()):
            row = read_row(table, cells, partial(place, number), problems)
            typed.append({**row, "_row": number})
    return typed


def check_header(table: Table, header: Sequence[str], where: str, problems: Problems) -> bool:
    """Check the header of a table: unknown, repeated and missing columns are added to `problems`.

    Returns whether the rows below can be read at all: the header fits, or some of its columns do.

    Parameters
    ----------
    table
        Table that the header should fit.
    header
        Ids of the columns as read.
    where
        Place of the header, as in problems.
    problems
        List that the problems are added to.

    Returns
    -------
    Whether the rows can be read.
    """
    known = list(table.named)
    before = len(problems)
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            problems.add(
                where,
                words("column_times", name=repr(name), count=header.count(name)),
                words("column_once"),
                words("delete_one"),
            )
        if name not in table.named:
            mend = nearest(name, [k for k in known if k not in header]) or words("delete_column")
            problems.add(
                where, words("unknown_column", name=repr(name)), words("columns_of", table=table.name), mend
            )
    for column in table.columns:
        if column.name not in header and not column.optional:
            problems.add(
                where,
                words("no_column", name=column.name),
                words("the_columns", names=", ".join(known)),
                words("add", name=column.name),
            )
    return len(problems) == before or bool(set(header) & set(known))


def read_csv_rows(
    table: Table, file: str, content: bytes, problems: Problems, *, gbk: bool = False
) -> list[Row]:
    """Read the typed rows of a CSV file; every problem is reported under `file`.

    Parameters
    ----------
    gbk
        Whether GB 18030, as older spreadsheets save it, is read as well as UTF-8; else it is refused by name.
    """
    text = decode(file, content, gbk=gbk)
    if isinstance(text, Problem):
        problems.extend([text])
        return []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [name.strip() for name in reader.fieldnames or []]
    while header and not header[-1]:  # a spreadsheet leaves commas behind the last column
        header.pop()
    place = csv_place(file)
    if not header or not check_header(table, header, place(1, ""), problems):
        if not header:
            problems.add(place(1, ""), words("no_header"), words("the_columns", names=", ".join(table.named)))
        return []
    reader.fieldnames = header
    rows: list[Mapping[str, object]] = []
    try:
        for number, row in enumerate(reader, start=2):
            more = [cell for cell in row.pop(None, None) or () if cell.strip()]
            if more:
                found = words("fields", count=len(header) + len(more))
                expected = words("fields_as_header", count=len(header))
                problems.add(place(number, ""), found, expected, words("quote_comma"))
            rows.append(row)
    except csv.Error as error:
        problems.add(file, str(error), words("well_formed"), words("check_quotes"))
    # a column that is not there is one problem of the header, not one of each row
    there = replace(table, columns=tuple(column for column in table.columns if column.name in header))
    empty = dict.fromkeys(table.named)
    return [{**empty, **row} for row in read_rows(there, rows, place, problems)]


_YES = frozenset({"yes", "1", "true", "是"})


def table_of(
    name: str, rows: Iterable[Mapping[str, object]], key: Sequence[str] = ("id",), **titles: str
) -> Table:
    """Return the table schema that schema rows describe (a packaged CSV, or rows built from YAML).

    Parameters
    ----------
    name
        The id of the table.
    rows
        One mapping a column with `column`, `kind`, `zh`, `en`, and optionally `required` (yes where no cell
        may be empty), `optional` (yes where the column may be missing), `choices` (ids, separated by |),
        `choice_names` (Chinese, alike), `low`, `high`, `above`, `keys`, `unit`, `refers`, `help_zh`,
        `help_en`.
    key
        Names of the columns that together identify a row.
    titles
        `title_zh`, `title_en`, `help_zh`, `help_en` of the table.

    Raises
    ------
    ValueError
        For a kind that does not exist, a bound that is no number, a key that is no column: a defect of the
        schema.
    """
    columns = tuple(column_of(row) for row in rows)
    known = {column.name for column in columns}
    if not set(key) <= known:
        raise ValueError(f"{name}: the key {', '.join(key)} is not among the columns {', '.join(known)}")
    words = {word: titles.get(word, "") for word in ("title_zh", "title_en", "help_zh", "help_en")}
    return Table(name, columns=columns, key=tuple(key), **words)


def column_of(row: Mapping[str, object]) -> Column:
    """Return the column that one schema row describes.

    Parameters
    ----------
    row
        Cells of the schema: column, kind, zh, en, required, low, high, choices and so on.

    Returns
    -------
    Column of a table.

    Raises
    ------
    ValueError
        As `table_of`.
    """
    cells = {name: tidy(cell) for name, cell in row.items()}
    return Column(
        cells["column"], Kind(cells["kind"]), cells.get("zh", ""), cells.get("en", ""), cells.get("help_zh", ""),
        cells.get("help_en", ""), required=_is_yes(cells, "required"), optional=_is_yes(cells, "optional"),
        keys=_is_yes(cells, "keys"), refers=cells.get("refers", ""), unit=cells.get("unit", ""),
        choices=_listed(cells, "choices"), choice_names=_listed(cells, "choice_names"),
        low=_bound(cells, "low"), high=_bound(cells, "high"), above=_bound(cells, "above"),
    )  # fmt: skip


def _is_yes(cells: Mapping[str, str], name: str) -> bool:
    return cells.get(name, "").lower() in _YES


def _listed(cells: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cells.get(name, "").split("|") if part.strip())


def _bound(cells: Mapping[str, str], name: str) -> float | None:
    return float(cells[name]) if cells.get(name) else None


def check_keys(
    table: Table, rows: Iterable[Row], place: Callable[[int, str], str], problems: Problems
) -> None:
    """Check that each key of `table` occurs once; a repeated key is a problem that names the first row.

    Parameters
    ----------
    table
        Table with its key columns.
    rows
        Typed rows with `_row`.
    place
        (row, column) → place.
    problems
        List that the problems are added to.
    """
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row[name] for name in table.key)
        if all(part is None for part in key):
            continue  # an empty key is a problem of its cell already
        if key in seen:
            found = " ".join(str(part) for part in key)
            expected = words("key_once", key=" + ".join(table.key), row=seen[key])
            problems.add(place(row["_row"], table.key[0]), found, expected, words("delete_or_rename"))
        else:
            seen[key] = row["_row"]


def check_references(
    table: Table, rows: Iterable[Row], ids: Mapping[str, Iterable[str]], place: Callable[[int, str], str],
    problems: Problems,
) -> None:  # fmt: skip
    """Check the columns that refer to another table: each part must be among `ids` of that table.

    Parameters
    ----------
    table
        Table with the columns that refer.
    rows
        Typed rows with `_row`.
    ids
        Ids that exist, by table.
    place
        (row, column) → place.
    problems
        List that the problems are added to.
    """
    known = {name: frozenset(listed) for name, listed in ids.items()}
    for column in table.columns:
        if not column.refers:
            continue
        for row in rows:
            value = row[column.name]
            for part in value or () if column.kind in LISTS else (value,):
                if part is not None and part not in known[column.refers]:
                    mend = nearest(str(part), known[column.refers])
                    problems.add(
                        place(row["_row"], column.name), part, words("id_of", table=column.refers), mend
                    )
