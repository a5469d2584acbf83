"""Which statistic and which model quantity speak of an indicator that a plan names: a table, by row."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from dafeng.evidence import DafengError, packaged_rows


@dataclass(frozen=True, slots=True)
class Indicator:
    """`observation` is an id of observations.csv, `model` the name of a quantity of the model; empty where
    there is none. The notes say what would be needed, in Chinese and English."""

    plan_indicator: str
    observation: str = ""
    model: str = ""
    note_zh: str = ""
    note_en: str = ""


@cache
def indicators() -> dict[str, Indicator]:
    """All rows of `indicators.csv` by the plan's name of the indicator.

    Raises: DafengError where a name stands twice.
    """
    table: dict[str, Indicator] = {}
    for number, row in enumerate(packaged_rows("dafeng.assessment", "indicators.csv"), start=2):
        indicator = Indicator(**row)
        name = plain(indicator.plan_indicator)
        if name in table:
            raise DafengError.at(f"indicators.csv:{number}", indicator.plan_indicator, "a name given once")
        table[name] = indicator
    return table


def indicator_of(plan_indicator: str) -> Indicator:
    """The row for an indicator as a plan names it; an empty one where the table has none.

    Width of characters and spaces do not matter. Nothing is guessed from a part of the name: 森林覆盖率 of
    another scope would be another indicator.
    """
    return indicators().get(plain(plan_indicator), Indicator(plan_indicator))


def plain(name: str) -> str:
    """`name` in one width of characters, without spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split())
