"""Values: a number with its unit, source, grade and range — or the notation key for its absence."""

import math
from dataclasses import dataclass

from dafeng.evidence.errors import DafengError
from dafeng.evidence.grades import Grade, NotationKey


def difference_as_shown(minuend: float, subtrahend: float, decimals: int) -> float:
    """Return the difference of two figures as readers see them: each rounded to `decimals`, then subtracted.

    A sentence that gives both figures and their difference adds up only so.

    >>> difference_as_shown(3512.59, 3616.09, 0), round(3512.59 - 3616.09)
    (-103.0, -104)
    """
    return round(round(minuend, decimals) - round(subtrahend, decimals), max(decimals, 0)) + 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """Source of numbers, with the terms on which they may be shown."""

    id: str
    citation: str
    licence: str = ""
    terms: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """Datum. Exactly one of `number` and `key` is set.

    `low` and `high` bound the 95 % range in the same unit, where a range is available.

    Raises: DafengError where neither or both of number and key are given, where a number is not
    finite, or where the range does not contain the number.
    """

    number: float | None
    unit: str
    grade: Grade
    source: str
    key: NotationKey | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.number is None) == (self.key is None):
            raise DafengError.at(
                self.source, f"number {self.number}, key {self.key}", "either a number or a notation key"
            )
        if self.number is None:
            return
        if not math.isfinite(self.number):
            raise DafengError.at(
                self.source, str(self.number), "a finite number", "use NE where it is unknown"
            )
        low = self.number if self.low is None else self.low
        high = self.number if self.high is None else self.high
        if not low <= self.number <= high:
            raise DafengError.at(self.source, f"{self.number} outside {low}–{high}", "low <= number <= high")
