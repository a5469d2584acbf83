"""Excel round trip of a case: one sheet a table, one sheet a YAML file, nothing lost."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dafeng.case.city import SCHEMA
from dafeng.case.folder import Location, case_files, locate
from dafeng.case.loading import STRUCTURE, RawCase, assemble, doubts, read_folder
from dafeng.case.schemas import TABLES
from dafeng.case.workbooks.plan_sheets import FILE as PLAN
from dafeng.case.workbooks.plan_sheets import plan_sheet_of, plan_sheets, read_plan
from dafeng.evidence import DafengError, Finding, Problems, catalogue, track
from dafeng.tables import (
    HELP_SHEET,
    NUMERIC,
    Book,
    RawTable,
    Sheet,
    Table,
    cell_text,
    form_sheet,
    help_sheet,
    nearest,
    number_text,
    open_workbook,
    raw_table,
    read_sheets,
)

_CELL = 32_000
"""Characters of one line in one cell; Excel holds 32,767."""
_MORE_ROWS = 500
"""Empty rows below the last one that the drop-down lists reach."""
_TEXT_FILES = frozenset(STRUCTURE)


def to_xlsx(name_or_path: str | Path, file: Path) -> None:
    """Write the case to the workbook `file`: a sheet for each table, one for each YAML file.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a bundled case, or a folder.
    file : Path
        Workbook.

    Raises
    ------
    DafengError
        Where the case does not load, holds files that no workbook can, or `file` cannot be written.
    """
    location = locate(name_or_path)
    problems = Problems()
    raw = read_folder(location, problems)
    assemble(raw, problems)
    for name, _ in case_files(location.path):
        if "/" in name or (name not in _TEXT_FILES and name.removesuffix(".csv") not in TABLES):
            problems.add(
                name,
                "a file that a workbook cannot hold",
                "tables and YAML files of a case",
                "copy it by hand",
            )
    problems.raise_if_any()
    _write(file, raw.tables, raw.texts)


def template(file: Path) -> None:
    """Write an empty workbook: every table with its header, help for each column, drop-down lists.

    Parameters
    ----------
    file : Path
        Workbook.
    """
    _write(file, {}, {"city.yaml": _CITY_FORM}, empty=True)


_CITY_FORM = f"""schema: {SCHEMA}
name_zh: 某某市
name_en: City
code: "000000"
level: city
parent: regions/360000
base_year: 2020
as_of: 2025
horizon: 2060
inventory_years: [2015, 2022]
headline_account: A
counties: []
"""


def from_xlsx(file: Path, folder: Path) -> tuple[Finding, ...]:
    """Write the case in the workbook `file` as a new `folder`, whole or not at all.

    Returns what is doubtful in its figures.

    Parameters
    ----------
    file : Path
        Workbook.
    folder : Path
        New folder.

    Raises
    ------
    DafengError
        With every problem (`sheet!cell`), or where `folder` exists already.
    """
    problems = Problems()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DafengError.at(str(folder), "a folder that is not empty", "a new folder", "choose another DIR")
    raw = _read(file, folder, problems)
    # a cell that the sheet itself gives no value of is not told again as an empty one
    named, further = {problem.where for problem in problems}, Problems()
    case = assemble(raw, further)
    problems.extend(problem for problem in further if problem.where not in named)
    problems.raise_if_any()
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, table in raw.tables.items():
            frame = table.cells.set_axis(list(table.header), axis=1)
            frame.to_csv(temporary / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
        for name, text in raw.texts.items():
            (temporary / name).write_bytes(text.encode())
        temporary.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        temporary.replace(folder)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)
    return doubts(case) if case is not None else ()


def _write(
    path: Path, tables: Mapping[str, RawTable], texts: Mapping[str, str], *, empty: bool = False
) -> None:
    with open_workbook(path) as book:
        book.table(help_sheet(list(TABLES.values())))
        for name, table in track("Excel", list(TABLES.items())):
            if name in tables or empty:
                book.table(_table_sheet(table, tables.get(name)))
        as_tables = plan_sheets(texts[PLAN]) if PLAN in texts else []
        for sheet in as_tables:
            book.table(sheet)
        _files_sheets(book, {name: text for name, text in texts.items() if name != PLAN or not as_tables})


def sheet_name(table: Table) -> str:
    """Return the name of a table's sheet: its Chinese title with the id."""
    return f"{table.title_zh} {table.name}"


def _table_sheet(table: Table, raw: RawTable | None) -> Sheet:
    if raw is None:
        return replace(form_sheet(table), name=sheet_name(table))
    columns = tuple(table.named[name] for name in raw.header)
    cells = [
        [float(cell) if _is_exact(cell) else cell for cell in raw.cells[position]]
        if column.kind in NUMERIC
        else raw.cells[position].tolist()
        for position, column in zip(raw.cells.columns, columns, strict=True)
    ]
    sheet = form_sheet(replace(table, columns=columns), list(zip(*cells, strict=True)))
    return replace(sheet, name=sheet_name(table), form_rows=_MORE_ROWS)


def _is_exact(cell: str) -> bool:
    """Whether the number comes back from Excel as it was written: the same text, 15 digits at most."""
    try:
        number = float(cell)
    except ValueError:
        return False
    return number_text(number) == cell and float(f"{number:.16G}") == number


def _files_sheets(book: Book, texts: Mapping[str, str]) -> None:
    """The YAML and GeoJSON files line by line; a long line goes on in the next cell of its row."""
    look = book.look(num_format="@")
    for name, content in texts.items():
        sheet = book.sheet(name)
        sheet.set_column(0, 0, 110, look)
        for row, line in enumerate(content.split("\n")):
            parts = [line[start : start + _CELL] for start in range(0, len(line), _CELL)]
            for number, part in enumerate(parts):
                sheet.write_string(row, number, part, look)


def _read(file: Path, folder: Path, problems: Problems) -> RawCase:
    tables: dict[str, RawTable] = {}
    texts: dict[str, str] = {}
    named, words = _sheet_ids(), catalogue("dafeng.case")
    sheets = read_sheets(file, "dafeng case template")
    plan = read_plan(sheets, problems)
    if plan is not None:
        texts[PLAN] = plan
    for sheet in sheets:
        if plan_sheet_of(sheet.name) is not None:
            continue
        table = named.get(_folded(sheet.name))
        if sheet.name in _TEXT_FILES:
            texts[sheet.name] = "\n".join("".join(cell_text(cell) for cell in row) for row in sheet.rows)
            if texts[sheet.name] and not texts[sheet.name].endswith("\n"):
                texts[sheet.name] += "\n"
        elif table is not None:
            raw = raw_table(TABLES[table], sheet, problems)
            if raw is not None:
                tables[table] = raw
        elif sheet.name != HELP_SHEET and any(cell not in ("", None) for row in sheet.rows for cell in row):
            known = [*(table.title_zh for table in TABLES.values()), *TABLES, *_TEXT_FILES]
            mend = nearest(sheet.name, known) or words.both("delete_sheet")
            problems.add(sheet.name, words.both("unknown_sheet"), words.both("a_sheet"), mend)
    present = frozenset([*(f"{name}.csv" for name in tables), *texts])
    return RawCase(Location(folder.name, folder.resolve()), tables, texts, present)


def _sheet_ids() -> dict[str, str]:
    """Names that a sheet of a table may have → the table's id."""
    return {
        _folded(name): table.name
        for table in TABLES.values()
        for name in (table.title_zh, table.name, table.file, sheet_name(table))
    }


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()
