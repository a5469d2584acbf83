"""Table of indicators: names, synonyms, unit, sense, plausible range and yearly change, formula.

`indicators.csv` is the one list that plan, case, pathway and assessment read. Plausible ranges are wide
bounds within which Chinese cities and provinces have been since 2000 — assumptions of ours (grade E), there
to catch a digit too many or another unit, not to judge a figure.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from dafeng.evidence import DafengError, packaged_rows


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator.

    Parameters
    ----------
    id
        Permanent id.
    zh, en, synonyms
        Names; a synonym is another Chinese name of the same quantity.
    unit
        Unit in which people write it.
    sense
        better_up, better_down or match.
    observation
        Id in observations.csv; "" where no statistic is kept.
    model, model_unit
        Quantity of the annual model and its unit; "" where the model does not compute it.
    per
        Indicator by which a value is divided before it is compared with `low` and `high`; "" for the value
        itself.
    low, high
        Plausible range in the base unit of `unit` (yuan, t, tce, MWh, m3, person), or in `unit` where that is
        a percentage or a unit that is compared as it is; None for none.
    change
        "ratio" or "points": how two years are compared; "" where they are not.
    change_low, change_high
        Plausible change from one year to the next.
    formula
        How it follows from other indicators; "" where it does not.
    note_zh, note_en
        What data would be needed.
    """

    id: str
    zh: str
    en: str
    synonyms: tuple[str, ...] = ()
    unit: str = "1"
    sense: str = "match"
    observation: str = ""
    model: str = ""
    model_unit: str = ""
    per: str = ""
    low: float | None = None
    high: float | None = None
    change: str = ""
    change_low: float | None = None
    change_high: float | None = None
    formula: str = ""
    range_grade: str = ""
    note_zh: str = ""
    note_en: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return every Chinese name."""
        return (self.zh, *self.synonyms)


_NUMBERS = ("low", "high", "change_low", "change_high")


@cache
def indicators() -> Mapping[str, Indicator]:
    """Return every indicator by id, in the order of the table.

    Raises
    ------
    DafengError
        For an id or a name given twice.
    """
    table: dict[str, Indicator] = {}
    names: dict[str, str] = {}
    for number, row in enumerate(packaged_rows("dafeng.factors", "indicators.csv"), start=2):
        numbers = {name: float(row[name]) if row[name] else None for name in _NUMBERS}
        texts = {name: cell for name, cell in row.items() if name not in (*_NUMBERS, "synonyms")}
        synonyms = tuple(filter(None, row["synonyms"].split("|")))
        one = Indicator(**texts, **numbers, synonyms=synonyms)  # type: ignore[arg-type]  # names are the header's
        if one.id in table:
            raise DafengError.at(f"indicators.csv:{number}:id", one.id, "an id given once")
        table[one.id] = one
        for name in dict.fromkeys(map(plain_name, one.names)):
            if names.setdefault(name, one.id) != one.id:
                raise DafengError.at(f"indicators.csv:{number}", name, f"a name that {names[name]} has not")
    return table


def indicator_named(name: str) -> Indicator | None:
    """Return the indicator that a plan or a table calls `name`; None where the table has none.

    Width of characters, spaces, and terms that mean the same (`same_terms`) do not matter. Nothing is guessed
    from a part of the name: 森林覆盖率 of another scope would be another indicator.

    Parameters
    ----------
    name
        Name in Chinese or English, a synonym, or an id.

    Returns
    -------
    Indicator, or None.
    """
    plain, same = _by_name()
    return plain.get(plain_name(name)) or same.get(same_terms(name))


def indicator_observed(observation: str) -> Indicator | None:
    """Return the indicator that observations.csv keeps under the id `observation`, None without one.

    Parameters
    ----------
    observation
        Id in observations.csv of a case.

    Returns
    -------
    Indicator, or None.
    """
    return _by_observation().get(observation)


def plain_name(name: str) -> str:
    """Return `name` in one width of characters, without spaces.

    Parameters
    ----------
    name
        Name of an indicator.

    Returns
    -------
    Name in NFKC without spaces.
    """
    return "".join(unicodedata.normalize("NFKC", name).split())


def same_terms(name: str) -> str:
    """Return `name` with each term in the one form of `indicator_terms.csv`, to compare names of indicators.

    Parameters
    ----------
    name
        Name of an indicator.

    Returns
    -------
    Name in the terms of the table.

    Examples
    --------
    >>> same_terms("万元地区生产总值能源消耗") == same_terms("单位GDP能耗")
    True
    >>> same_terms("农作物秸秆综合利用率") == same_terms("秸秆综合利用率")
    True
    """
    text = plain_name(name)
    for pattern, form in _terms():
        text = pattern.sub(form, text)
    return text


@cache
def _terms() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = packaged_rows("dafeng.factors", "indicator_terms.csv")
    return tuple((re.compile(re.escape(row["term"])), row["same_as"]) for row in rows)


@cache
def _by_name() -> tuple[Mapping[str, Indicator], Mapping[str, Indicator]]:
    plain: dict[str, Indicator] = {}
    same: dict[str, Indicator] = {}
    for one in indicators().values():
        for name in one.names:
            plain.setdefault(plain_name(name), one)
            same.setdefault(same_terms(name), one)
    return plain, same


@cache
def _by_observation() -> Mapping[str, Indicator]:
    return {one.observation: one for one in indicators().values() if one.observation}
