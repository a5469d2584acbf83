"""Query of a sum of readings: period, grouping, span, filters."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from dafeng.evidence import DafengError
from dafeng.metering.master_data import Registry
from dafeng.metering.store.reading_columns import MONTH


class Sums(Protocol):
    """Store that can be asked for sums: the embedded one, or a cluster, each in the dialect of its engine."""

    @property
    def dialect(self) -> str:
        """Return the name of the dialect."""

    def rows(self, sql: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Return the rows of a query."""

    def registry(self) -> Registry:
        """Return the newest registry."""


class Period(StrEnum):
    """Length of a bucket; cut at UTC+8."""

    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class By(StrEnum):
    """Grouping of a sum."""

    POINT = "point"
    UNIT = "unit"
    MEDIUM = "medium"
    SECTOR = "sector"
    COUNTY = "county"
    CITY = "city"


FINE = {Period.QUARTER: 15, Period.HOUR: 60}


@dataclass(frozen=True, slots=True)
class Question:
    """Query of sums over [first, last), `by` group and `period`; `unit` limits them to one unit."""

    by: By
    period: Period
    first: date
    last: date
    unit: str | None = None
    periods: tuple[int, int] = (1, MONTH)
    """Shortest and longest period of the points [min]."""
    versions: bool = False
    """Whether each version of a point is a group of its own, named by its number, when grouped by point."""
    within: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Columns of the points (county, sector, owner, id, medium) and the values that each may have."""

    def __post_init__(self) -> None:
        if self.last <= self.first:
            raise DafengError.at("--to", str(self.last), f"a day after {self.first}")
        if self.period in FINE and (self.last - self.first).days > 62:
            raise DafengError.at(
                "--to", str(self.last), f"at most 62 days of {self.period}", "ask for days or months"
            )
