"""What a table of a case folder is made of: columns with a kind, and the rules that one column carries."""

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    ID = "id"
    IDS = "ids"
    YEAR = "year"
    INTEGER = "integer"
    NUMBER = "number"
    UNIT = "unit"
    CHOICE = "choice"
    LOCATOR = "locator"
    REGION = "region"


KIND_TEXT = {
    Kind.TEXT: ("文字", "text"),
    Kind.ID: ("标识符,无空格", "id without blanks"),
    Kind.IDS: ("以分号分隔的列表", "list, separated by ;"),
    Kind.YEAR: ("年份", "year"),
    Kind.INTEGER: ("整数", "whole number"),
    Kind.NUMBER: ("数值", "number"),
    Kind.UNIT: ("计量单位", "unit"),
    Kind.CHOICE: ("选项", "choice"),
    Kind.LOCATOR: ("方案中的条目编号", "locator in the plan"),
    Kind.REGION: ("GB/T 2260 行政区划代码", "GB/T 2260 code"),
}

NUMERIC = frozenset({Kind.YEAR, Kind.INTEGER, Kind.NUMBER})

PATTERNS = {
    Kind.ID: (re.compile(r"\S+"), "an id without blanks"),
    Kind.LOCATOR: (
        re.compile(r"[一二三四五六七八九十百]+(([(（][一二三四五六七八九十百]+[)）])(\d+(\.\d+)*)?)?"),
        "a locator such as 三(一)2",
    ),
    Kind.REGION: (re.compile(r"CN|\d{6}(\d{3}(\d{3})?)?"), "a GB/T 2260 code of six digits, or CN"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `keys`: a notation key may stand in place of the number. `required`: no cell may be empty. `optional`:
    the column itself may be missing. `low` and `high` bound the numbers, both included. `expressions`: a cell that
    begins with = stands for what the annual model reckons from other series. `refers`: the table, of this
    case or an ancestor, whose first key column must hold the value.
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

    @property
    def key_name(self) -> str:
        """The companion column that holds the notation keys of this one."""
        return f"{self.name}_key"

    @property
    def expression_name(self) -> str:
        """The companion column that holds the expressions of this one."""
        return f"{self.name}_expression"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a case folder: the single definition for CSV, Excel, form, API and documentation.

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
