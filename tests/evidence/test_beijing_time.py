"""Contract: UTC+8 is computed in one module; days, months and midnights at their boundaries; no other place adds eight hours."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

import dafeng
from dafeng.evidence import BEIJING, day_of, midnight, to_beijing, to_utc, today, utc_now

ROOT = Path(dafeng.__file__).parent
EIGHT = re.compile(
    r"28_?800(_?000){0,2}\b|hours=8\b|INTERVAL '?8'? HOUR|INTERVAL '?16'? HOUR|addHours\(\w+, 8\)"
)


def test_a_day_begins_at_sixteen_utc():
    assert day_of(datetime(2025, 1, 31, 15, 59, 59)) == date(2025, 1, 31)  # noqa: DTZ001 - UTC without zone
    assert day_of(datetime(2025, 1, 31, 16)) == date(2025, 2, 1)  # noqa: DTZ001
    assert midnight(date(2024, 2, 29)) == datetime(2024, 2, 28, 16)  # noqa: DTZ001


@given(at=st.datetimes(datetime(1992, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001
def test_as_the_zone_table_has_it(at):
    local = at.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai"))
    assert to_beijing(at) == local.replace(tzinfo=None)
    assert to_utc(to_beijing(at)) == at
    assert at.replace(tzinfo=UTC).astimezone(BEIJING).utcoffset() == local.utcoffset()
    assert midnight(day_of(at)) <= at < midnight(day_of(at) + timedelta(days=1))


def test_now_is_without_zone():
    assert utc_now().tzinfo is None
    assert today() in {day_of(utc_now()), day_of(utc_now() - timedelta(minutes=1))}


def test_no_other_module_adds_eight_hours():
    found = {path.name: EIGHT.findall(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.py")}
    assert {name for name, hits in found.items() if hits} == set()
    assert all(
        map(EIGHT.search, ("timedelta(hours=8)", "start + INTERVAL 8 HOUR", "28_800_000_000", "28800"))
    )
