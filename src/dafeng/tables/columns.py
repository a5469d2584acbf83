"""Schema of columns and tables: permitted content of a cell, titles and bounds.

One definition of a table serves its CSV and Excel form, its check, its web form, its API and its page of the
docs.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from dafeng.evidence import Text, catalogue


class Kind(StrEnum):
    """Data type of the cells of a column; `cells.parse_cell` has the value that each kind is read as."""

    TEXT = "text"
    ID = "id"
    IDS = "ids"
    KEY = "key"
    YEAR = "year"
    INTEGER = "integer"
    NUMBER = "number"
    UNIT = "unit"
    CHOICE = "choice"
    CHOICES = "choices"
    FLAG = "flag"
    LOCATOR = "locator"
    REGION = "region"
    COUNTY = "county"
    DATE = "date"
    MONTH = "month"
    QUARTER = "quarter"
    TIME = "time"
    CLOCK = "clock"
    CREDIT_CODE = "credit_code"
    INDUSTRY = "industry"
    DOCUMENT = "document"
    FORMULA = "formula"
    SHARES = "shares"
    POINT = "point"


KIND_TEXT = {
    Kind.TEXT: ("文字", "text"),
    Kind.ID: ("标识符,无空格", "id without blanks"),
    Kind.IDS: ("以分号分隔的列表", "list, separated by ;"),
    Kind.KEY: ("编码,至多64个字符,无空格和 ; + , 引号", "id of at most 64 characters without spaces, ; + , or quotation marks"),
    Kind.YEAR: ("年份", "year"),
    Kind.INTEGER: ("整数", "whole number"),
    Kind.NUMBER: ("数值", "number"),
    Kind.UNIT: ("计量单位", "unit"),
    Kind.CHOICE: ("选项", "choice"),
    Kind.CHOICES: ("一个或多个选项,以分号分隔", "choices, separated by ;"),
    Kind.FLAG: ("是或否", "yes or no"),
    Kind.LOCATOR: ("方案中的条目编号", "locator in the plan"),
    Kind.REGION: ("GB/T 2260 行政区划代码", "GB/T 2260 code"),
    Kind.COUNTY: ("六位行政区划代码(GB/T 2260)", "code of six digits (GB/T 2260)"),
    Kind.DATE: ("日期,如 2025-01-31", "date as 2025-01-31"),
    Kind.MONTH: ("月份,如 2025-01", "month as 2025-01"),
    Kind.QUARTER: ("季度,如 2025Q1", "quarter as 2025Q1"),
    Kind.TIME: ("时间,如 2025-01-31 00:15", "time as 2025-01-31 00:15"),
    Kind.CLOCK: ("时刻,如 08:30", "time of day as 08:30"),
    Kind.CREDIT_CODE: ("校验码正确的18位统一社会信用代码(GB 32100)", "unified social credit code: 18 characters with a right check character (GB 32100)"),
    Kind.INDUSTRY: ("国民经济行业代码,如 2511 或 C2511(GB/T 4754)", "code of GB/T 4754 as 2511 or C2511"),
    Kind.DOCUMENT: ("文号,如 九府发〔2022〕27号", "document number as 九府发〔2022〕27号"),
    Kind.FORMULA: ("带正负号的计量点,如 A + B - C", "formula of points with signs, as A + B - C"),
    Kind.SHARES: ("十二个正的份额,合计为1,以分号分隔", "list of twelve shares above zero that add up to 1, separated by ;"),
    Kind.POINT: ("经度,纬度(度)", "longitude,latitude in degrees"),
}  # fmt: skip
"""Kind → its name in Chinese and in English."""

NUMERIC = frozenset({Kind.YEAR, Kind.INTEGER, Kind.NUMBER})
"""Kinds whose cells are numbers, in a workbook too."""

WHOLE = frozenset({Kind.YEAR, Kind.INTEGER})
"""Numeric kinds without a fraction."""

LISTS = frozenset({Kind.IDS, Kind.CHOICES, Kind.SHARES})
"""Kinds whose cells hold several parts, separated by ;."""


def words(id: str, **fields: object) -> Text:  # noqa: A002 - the column's name
    """Return a text of the room's catalogue in Chinese and English."""
    return catalogue("dafeng.tables").both(id, **fields)


@dataclass(frozen=True, slots=True)
class Column:
    """Column of a table.

    Parameters
    ----------
    name
        The id of the column: the header of the CSV file.
    kind
        What a cell holds.
    title_zh, title_en, help_zh, help_en
        Name of the column, and the help on its content.
    required
        Whether no cell may be empty.
    optional
        Whether the column itself may be missing.
    choices
        Ids that a cell may hold (kinds `choice` and `choices`).
    low, high
        Bounds of the numbers, both included.
    above
        Bound that the numbers exceed (an amount above zero: `above=0`).
    keys
        Whether a notation key NO, NE, IE, C may take the place of the number.
    expressions
        Whether a cell that begins with = denotes what the annual model computes from other series.
    refers
        The table, of this folder or an ancestor, whose first key column must hold the value.
    unit
        Unit of the numbers, where the column has one of its own.
    choice_names
        Chinese name of each of `choices`, which is read and written as well as the id.
    """

    name: str
    kind: Kind
    title_zh: str
    title_en: str
    help_zh: str = ""
    help_en: str = ""
    required: bool = True
    optional: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    keys: bool = False
    expressions: bool = False
    refers: str = ""
    above: float | None = None
    unit: str = ""
    choice_names: tuple[str, ...] = ()

    @property
    def key_name(self) -> str:
        """Return the companion column that holds the notation keys of this one."""
        return f"{self.name}_key"

    @property
    def expression_name(self) -> str:
        """Return the companion column that holds the expressions of this one."""
        return f"{self.name}_expression"


@dataclass(frozen=True, slots=True)
class Table:
    """Table schema: the single definition for CSV, Excel, form, API and documentation.

    `key` names the columns that together identify a row.
    """

    name: str
    title_zh: str
    title_en: str
    help_zh: str
    help_en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    named: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", {column.name: column for column in self.columns})

    @property
    def file(self) -> str:
        return f"{self.name}.csv"
