"""Contract: returns go bottom-up; four locks are told apart; exceptions end; what changed since is counted; reopening loses nothing."""

import pytest

from dafeng.evidence import DafengError
from dafeng.registers import (
    Actor,
    Grant,
    accept,
    board,
    change,
    confirm,
    enter,
    grant_exception,
    reopen,
    send_back,
    submit,
)

REGISTER, PERIOD = "straw_ledger", "2025"
COUNTIES = ["990101", "990102"]


@pytest.fixture
def row():
    def cells(county="990102", crop="rice_late", **more):
        return {
            "county": county, "crop": crop, "year": 2025, "output": 1000, "grass_grain_ratio": 1, "collect_ratio": 0.8,
            "market": 300, "scattered": 100, "returned": 380, "moved_out": 0, "from_other_counties": 0, **more,
        }  # fmt: skip

    return cells


def west():
    return Actor("west", (Grant("reporter", "990102"),))


def east():
    return Actor("east", (Grant("reporter", "990101"),))


def lines(store, actor):
    return {line.region: line for line in board(store, actor, REGISTER, PERIOD, COUNTIES)}


def test_from_county_to_city_and_back(store, reviewer, head, row):
    done = enter(store, west(), REGISTER, row())
    submit(store, west(), REGISTER, PERIOD, "990102")
    with pytest.raises(DafengError, match="submitted"):
        change(store, west(), REGISTER, done.id, {"market": 310}, version=done.version)
    with pytest.raises(DafengError, match="submitted"):
        enter(store, west(), REGISTER, row(crop="rape"))
    enter(store, east(), REGISTER, row("990101"))
    send_back(store, reviewer, REGISTER, PERIOD, "990102", "核对收购量")
    changed = change(store, west(), REGISTER, done.id, {"market": 310}, version=done.version)
    submit(store, west(), REGISTER, PERIOD, "990102")
    accept(store, reviewer, REGISTER, PERIOD, "990102")
    with pytest.raises(DafengError, match="1 of 2 counties accepted; without 990101"):
        confirm(store, head, REGISTER, PERIOD, COUNTIES)
    assert confirm(store, head, REGISTER, PERIOD, COUNTIES, incomplete="东区推迟").en == "1 of 2"
    told = lines(store, head)
    assert (told["990102"].state, told["990101"].state, told["990100"].state) == (
        "accepted",
        "open",
        "confirmed",
    )
    assert told["990101"].lock == "approved_above"
    with pytest.raises(DafengError, match="approved_above"):
        change(store, east(), REGISTER, 2, {"market": 1}, version=1)
    reopen(store, head, REGISTER, PERIOD, "东区补报")
    assert lines(store, head)["990102"].state == "submitted", "what was accepted is handed in again, not lost"
    assert changed.version == 2


def test_changes_since_submission_are_counted(store, head, reviewer, row):
    done = enter(store, west(), REGISTER, row())
    submit(store, west(), REGISTER, PERIOD, "990102")
    assert lines(store, head)["990102"].changed == 0
    grant_exception(store, head, REGISTER, PERIOD, "990102", "2099-12-31", "更正")
    change(store, west(), REGISTER, done.id, {"market": 310}, version=1)
    assert lines(store, head)["990102"].changed == 1


@pytest.mark.parametrize(("year", "reason"), [("2021", "expired"), ("2090", "not_begun")])
def test_time_locks_and_exceptions_end(store, head, row, year, reason):
    with pytest.raises(DafengError, match=reason):
        enter(store, west(), REGISTER, row(year=int(year)))
    grant_exception(store, head, REGISTER, year, "990100", "2001-01-01", "已过期")
    with pytest.raises(DafengError, match=reason):
        enter(store, west(), REGISTER, row(year=int(year)))
    grant_exception(store, head, REGISTER, year, "990100", "2099-01-01", "补录")
    assert enter(store, west(), REGISTER, row(year=int(year))).id == 1


def test_who_may_do_what_with_a_return(store, reviewer, row):
    with pytest.raises(DafengError):
        submit(store, west(), REGISTER, PERIOD, "990101")
    submit(store, west(), REGISTER, PERIOD, "990102")
    with pytest.raises(DafengError):
        accept(store, west(), REGISTER, PERIOD, "990102")
    with pytest.raises(DafengError, match="one of open, returned"):
        submit(store, west(), REGISTER, PERIOD, "990102")
    with pytest.raises(DafengError, match="a year as 2025"):
        submit(store, west(), REGISTER, "2025Q1", "990102")
    with pytest.raises(DafengError, match="without returns"):
        submit(store, west(), "parks", "2025", "990102")
