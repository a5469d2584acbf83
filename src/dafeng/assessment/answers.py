"""Assignment of data to targets: rows of the case's answers.csv, then the packaged table of indicators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dafeng.assessment.indicators import indicator_of
from dafeng.factors import Indicator, plain_name
from dafeng.plan import Comparator, Target

ROLES = ("observation", "model", "coverage", "base", "issued", "delivery")


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One row of answers.csv.

    `answer` names an observation, a model quantity or `register.indicator`, by `role`.
    """

    target: str
    role: str
    answer: str = ""
    locator: str = ""
    year: int | None = None
    measure: str = ""
    value: float | None = None
    unit: str = ""
    comparator: str = ""
    baseline_year: int | None = None
    document: str = ""
    issued_on: str = ""
    source: str = ""

    def speaks_of(self, target: Target) -> bool:
        return (
            plain_name(self.target) == plain_name(target.indicator)
            and (not self.locator or self.locator == target.locator)
            and (self.year is None or self.year == target.year)
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Data that a case assigns to one target.

    `observations` are ids in the order given; `threshold` the share in % from which whole coverage counts as
    reached; `base` a value to compare with, or where a path begins; `issued` the values of the upper level,
    newest last.
    """

    indicator: Indicator
    observations: tuple[str, ...]
    model: str
    threshold: float = 100.0
    base: AnswerRow | None = None
    issued: tuple[AnswerRow, ...] = ()

    @property
    def issued_now(self) -> AnswerRow | None:
        """Return the issued value in force: the newest; the older ones stay in the table."""
        return self.issued[-1] if self.issued else None


def answer_of(
    target: Target, rows: Sequence[AnswerRow] = (), feeds: Mapping[str, str] | None = None
) -> Answer:
    """Return the data assigned to `target`.

    Parameters
    ----------
    rows
        The case's answers.csv; where a row names an observation or a quantity, the packaged table is not
        read.
    feeds
        `register.indicator` → id of the observation that it feeds.
    """
    packaged, known = indicator_of(target.indicator), feeds or {}
    own = [row for row in rows if row.speaks_of(target)]
    observations = tuple(
        dict.fromkeys(known.get(row.answer, row.answer) for row in own if row.role in ("observation", "coverage") and row.answer)
    )  # fmt: skip
    models = [row.answer for row in own if row.role == "model"]
    thresholds = [row.value for row in own if row.role == "coverage" and row.value is not None]
    bases = [row for row in own if row.role == "base" and row.value is not None]
    issued = sorted(
        (row for row in own if row.role == "issued" and row.value is not None), key=lambda row: row.issued_on
    )
    return Answer(
        packaged, observations or ((packaged.observation,) if packaged.observation else ()), models[0] if models else packaged.model,
        thresholds[0] if thresholds else 100.0, bases[0] if bases else None, tuple(issued),
    )  # fmt: skip


def with_issued(target: Target, row: AnswerRow) -> Target:
    """Return the target with the value that the upper level has issued."""
    return target.model_copy(
        update={
            "comparator": Comparator(row.comparator or "="), "value": row.value, "unit": row.unit or target.unit,
            "baseline_year": row.baseline_year or target.baseline_year,
        }
    )  # fmt: skip


def rows_of(records: Sequence[Mapping[str, Any]]) -> list[AnswerRow]:
    """Convert the rows of the case's table to answers; empty cells become what the row has by default."""
    found = []
    for record in records:
        cells = {
            name: value for name, value in record.items() if name in AnswerRow.__slots__ and not _blank(value)
        }
        for name in ("year", "baseline_year"):
            if name in cells:
                cells[name] = int(cells[name])
        found.append(replace(AnswerRow("", ""), **cells))
    return found


def _blank(value: object) -> bool:
    return value is None or value == "" or value != value
