"""Contract: the clock of the machine set back or forward by a day loses no reading: what is of now is stored, in the ledger's
order; a sender whose clock runs ahead is still refused."""

from datetime import datetime, timedelta

import pytest

from dafeng.metering import Store
from dafeng.metering.store import batches

from .conftest import reading

TRUE = datetime(2026, 5, 2, 4)  # noqa: DTZ001 - the store's UTC; noon in Beijing
DAY = timedelta(days=1)


@pytest.fixture
def clock(monkeypatch):
    """The machine's clock and the monotonic one, set by hand."""
    state = {"now": TRUE, "monotonic": 1000.0}
    monkeypatch.setattr("dafeng.metering.intake.ingest.utc_now", lambda: state["now"])
    monkeypatch.setattr(batches.time, "monotonic", lambda: state["monotonic"])
    return state


def beijing(at):
    return (at + timedelta(hours=8)).isoformat()


@pytest.mark.parametrize("step", [-DAY, DAY, timedelta(days=-9000)])
def test_readings_of_now_are_stored_while_the_clock_is_wrong(store, send, clock, step):
    assert send(reading("P1", beijing(TRUE), 1)).counts.new == 1
    clock["now"] += step
    clock["monotonic"] += 7200
    at = TRUE + timedelta(hours=2)
    assert send(reading("P1", beijing(at), 2)).counts.new == 1
    assert send(reading("P1", beijing(TRUE), 3)).counts.replaced == 1  # a correction is later in the ledger
    clock["now"] = at
    assert send(reading("P1", beijing(at), 4)).counts.replaced == 1
    assert {row["value"] for row in store.rows("SELECT value FROM reading")} == {3.0, 4.0}


def test_a_server_started_with_its_clock_behind_goes_on_from_its_ledger(store, send, clock):
    send(reading("P1", beijing(TRUE), 1))
    clock["now"] = TRUE - DAY
    store.close()
    with Store(store.path) as again:
        assert again.clock.moment(clock["now"]) == TRUE
        clock["monotonic"] += 900
        assert again.clock.moment(clock["now"]) == TRUE + timedelta(minutes=15)
        assert again.clock.moment(TRUE + DAY) == TRUE + DAY


def test_a_sender_ahead_of_the_ledger_is_refused(send, clock):
    send(reading("P1", beijing(TRUE), 1))
    clock["now"] -= DAY
    receipt = send(reading("P1", beijing(TRUE + timedelta(hours=2)), 1))
    assert (receipt.status, receipt.problems[0].expected) == ("refused", "a time that has begun")


def test_an_empty_ledger_has_the_time_of_the_machine(store):
    assert store.clock.moment(TRUE) == TRUE
