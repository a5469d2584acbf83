"""Tables of people: column kinds, cells read and checked, each problem with its place.

>>> from dafeng.evidence import Problems
>>> year = Column("year", Kind.YEAR, "年份", "year")
>>> table = Table("output", "产量", "output", "", "", (year,), ("year",))
>>> raw, problems = read_csv("output", "output.csv", "year\\n2020\\n2O21\\n".encode()), Problems()
>>> check_table(table, raw.table, problems)["year"].tolist()[0]
2020
>>> [problem.where for problem in problems]
['output.csv:3:year']
"""

from dafeng.tables.checking import check_table, empty_frame, nearest, report
from dafeng.tables.columns import KIND_TEXT, NUMERIC, PATTERNS, Column, Kind, Table
from dafeng.tables.reading import SHOWN, RawTable, Reading, csv_place, decode, from_rows, read_csv

__all__ = [
    "KIND_TEXT",
    "NUMERIC",
    "PATTERNS",
    "SHOWN",
    "Column",
    "Kind",
    "RawTable",
    "Reading",
    "Table",
    "check_table",
    "csv_place",
    "decode",
    "empty_frame",
    "from_rows",
    "nearest",
    "read_csv",
    "report",
]
