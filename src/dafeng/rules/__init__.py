"""Dated rules as data: rows by place and date, verdicts with version, inputs and source.

Rooms bring the rows.

A row is valid from its first day up to, not including, the day it ends. Rules of a city replace those of the
province, these those of the nation, and the result names the place whose rules apply.

>>> row = {"rule_set": "gap", "order": 1, "level": "red", "statistic": "gap", "lower": 0.1, "lower_closed": True,
...        "upper": None, "upper_closed": False, "valid_from": "2021-01-01", "valid_to": None, "source": "s",
...        "confirmed": True, "region": "360000"}
>>> from datetime import date
>>> verdict = judge([row], "gap", "360400", "intensity", date(2024, 1, 1), {"gap": 0.1}, place="360400")
>>> verdict.level, verdict.place
('red', '360000')

Whether a trade (GB/T 4754) is on the dated list of a place; None where no place around has such a list that
day:

>>> entry = {"list": "two_high", "code": "25", "region": "CN", "valid_from": "2021-11-01", "valid_to": "",
...          "source": "s", "confirmed": True}
>>> on_list([entry], "two_high", "C2511", "360400", "2024-01-01", by_prefix=True).listed
True
>>> on_list([entry], "two_high", "C2511", "360400", "2021-10-31").listed is None
True
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.rules.judging import LEVELS, Rule, Verdict, digest, holds, judge, rule_set
    from dafeng.rules.lists import Listing, on_list
    from dafeng.rules.places import NATION, AtPlace, place_chain, rows_at
    from dafeng.rules.times_of_use import MINUTES, minute_of, minutes_between, months_of
    from dafeng.rules.validity import check_overlaps, check_spans, in_force, turns, valid_rows

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "LEVELS",
    "MINUTES",
    "NATION",
    "AtPlace",
    "Listing",
    "Rule",
    "Verdict",
    "check_overlaps",
    "check_spans",
    "digest",
    "holds",
    "in_force",
    "judge",
    "minute_of",
    "minutes_between",
    "months_of",
    "on_list",
    "place_chain",
    "rows_at",
    "rule_set",
    "turns",
    "valid_rows",
]
