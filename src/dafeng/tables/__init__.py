"""Tabular input: column types, parsing and validation of cells, problems with their place; forms, workbooks.

A table is defined once (`Table` of `Column`s, in code, or from schema rows with `table_of`) and serves

- whole tables, a million rows in seconds: `read_csv`, `check_table` → typed data frame;
- rows of forms, registers and small files: `read_row`, `read_rows`, `read_csv_rows` → typed mappings;
- single cells: `parse_cell`;
- empty forms: `form_sheet` and `help_sheet`, as any workbook with `write_workbook` or `open_workbook`.

>>> from dafeng.evidence import Problems
>>> year = Column("year", Kind.YEAR, "年份", "year")
>>> table = Table("output", "产量", "output", "", "", (year,), ("year",))
>>> raw, problems = read_csv("output", "output.csv", "year\\n2020\\n2O21\\n".encode()), Problems()
>>> check_table(table, raw.table, problems)["year"].tolist()[0]
2020
>>> [problem.where for problem in problems]
['output.csv:3:year']
>>> read_rows(table, [{"year": 2020}, {"year": " 2021"}], csv_place("form"), problems)
[{'year': 2020, '_row': 2}, {'year': 2021, '_row': 3}]
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.tables.cells import (
        Fault,
        bounds_text,
        choice_id,
        expected_kind,
        nearest,
        parse_cell,
    )
    from dafeng.tables.checking import check_table, empty_frame, report
    from dafeng.tables.columns import KIND_TEXT, LISTS, NUMERIC, WHOLE, Column, Kind, Table
    from dafeng.tables.forms import HELP_SHEET, form_sheet, header_ids, help_sheet
    from dafeng.tables.reading import SHOWN, RawTable, Reading, csv_place, decode, from_rows, read_csv
    from dafeng.tables.rows import (
        Row,
        check_header,
        check_keys,
        check_references,
        column_of,
        read_csv_rows,
        read_row,
        read_rows,
        table_of,
    )
    from dafeng.tables.sheets import NOTE, SheetCells, column_letters, raw_table, read_sheets
    from dafeng.tables.values import cell_text, credit_code_is_valid, number_text, tidy
    from dafeng.tables.workbooks import (
        Book,
        Heading,
        Sheet,
        open_workbook,
        text_width,
        write_cell,
        write_workbook,
    )

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "HELP_SHEET",
    "KIND_TEXT",
    "LISTS",
    "NOTE",
    "NUMERIC",
    "SHOWN",
    "WHOLE",
    "Book",
    "Column",
    "Fault",
    "Heading",
    "Kind",
    "RawTable",
    "Reading",
    "Row",
    "Sheet",
    "SheetCells",
    "Table",
    "bounds_text",
    "cell_text",
    "check_header",
    "check_keys",
    "check_references",
    "check_table",
    "choice_id",
    "column_letters",
    "column_of",
    "credit_code_is_valid",
    "csv_place",
    "decode",
    "empty_frame",
    "expected_kind",
    "form_sheet",
    "from_rows",
    "header_ids",
    "help_sheet",
    "nearest",
    "number_text",
    "open_workbook",
    "parse_cell",
    "raw_table",
    "read_csv",
    "read_csv_rows",
    "read_row",
    "read_rows",
    "read_sheets",
    "report",
    "table_of",
    "text_width",
    "tidy",
    "write_cell",
    "write_workbook",
]
