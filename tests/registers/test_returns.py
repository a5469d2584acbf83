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
    grant_exception(store, head, REGISTER, year, "990100", "2099-12-31", "补录")
    with store.writing() as connection:  # its last day has passed
        connection.execute(store.schema.shared.exception.update().values(until="2001-01-01"))
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


def test_an_exception_ends_on_a_working_day_to_come(store, head):
    for until, told in (
        ("soon", "the last day as"),
        ("2020-01-02", "a day from"),
        ("2026-12-06", "no working day"),
    ):
        with pytest.raises(DafengError, match=told) as refused:
            grant_exception(store, head, REGISTER, PERIOD, "990102", until, "更正")
        assert refused.value.problems[0].mend
    with pytest.raises(DafengError, match="a place within 990100"):
        grant_exception(
            store, Actor("all", (Grant("owner"),)), REGISTER, PERIOD, "360402", "2099-12-31", "更正"
        )


def test_the_same_request_moves_a_return_once(store, reviewer, head, row):
    for _ in range(2):
        assert submit(store, west(), REGISTER, PERIOD, "990102", request="s1") == "submitted"
        assert accept(store, reviewer, REGISTER, PERIOD, "990102", request="a1") == "accepted"
        assert confirm(store, head, REGISTER, PERIOD, ["990102"], request="c1").en == "1 of 1"
    with pytest.raises(DafengError, match="another act"):
        submit(store, west(), REGISTER, PERIOD, "990102", request="c1")
    with pytest.raises(DafengError, match="state accepted"):
        submit(store, west(), REGISTER, PERIOD, "990102", request="s2")


def test_values_changed_since_submission_are_counted_one_by_one(store, head, row):
    done = enter(store, west(), REGISTER, row())
    submit(store, west(), REGISTER, PERIOD, "990102")
    grant_exception(store, head, REGISTER, PERIOD, "990102", "2099-12-31", "更正")
    change(store, west(), REGISTER, done.id, {"market": 310, "scattered": 90}, version=1)
    assert lines(store, head)["990102"].changed == 2, "two values in one change"


def test_reopening_from_above_may_send_counties_back_at_once(store, reviewer, head, row):
    done = enter(store, west(), REGISTER, row())
    for actor, county in ((west(), "990102"), (east(), "990101")):
        submit(store, actor, REGISTER, PERIOD, county)
        accept(store, reviewer, REGISTER, PERIOD, county)
    confirm(store, head, REGISTER, PERIOD, COUNTIES)
    reopen(store, head, REGISTER, PERIOD, "西县更正", counties=["990102"])
    told = lines(store, head)
    assert (told["990102"].state, told["990101"].state, told["990100"].state) == (
        "returned",
        "submitted",
        "open",
    )
    change(store, west(), REGISTER, done.id, {"market": 310}, version=1)


def test_a_county_hands_in_what_its_townships_report(store, head, row):
    done = enter(store, west(), REGISTER, row("990102101"))
    assert lines(store, head)["990102"].records == 1
    submit(store, west(), REGISTER, PERIOD, "990102")
    with pytest.raises(DafengError, match="submitted"):
        change(store, west(), REGISTER, done.id, {"market": 1}, version=1)


def test_a_return_is_accepted_by_another_person_than_who_submitted_it(store, reviewer, row):
    """Two pairs of eyes, also under a delegation: neither the deputy nor whom the deputy acts for."""
    both = Actor("one", (Grant("reporter", "990102"), Grant("reviewer")))
    deputy = Actor("deputy", (Grant("reporter", "990101"), Grant("reviewer")), behalf="chief")
    for actor, county in ((both, "990102"), (deputy, "990101")):
        enter(store, actor, REGISTER, row(county))
        submit(store, actor, REGISTER, PERIOD, county)
    chief = Actor("chief", (Grant("reviewer"),))
    plain = Actor("deputy", (Grant("reviewer"),))
    for actor, county in ((both, "990102"), (deputy, "990101"), (chief, "990101"), (plain, "990101")):
        with pytest.raises(DafengError, match="who submitted it"):
            accept(store, actor, REGISTER, PERIOD, county)
    assert accept(store, chief, REGISTER, PERIOD, "990102") == "accepted"
    assert accept(store, reviewer, REGISTER, PERIOD, "990101") == "accepted"
    send_back(store, both, REGISTER, PERIOD, "990102", "重报")
    submit(store, west(), REGISTER, PERIOD, "990102")
    assert accept(store, both, REGISTER, PERIOD, "990102") == "accepted"  # the last to submit was another
