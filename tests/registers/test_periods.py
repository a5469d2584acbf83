"""Contract: no sum over part of a year looks like the year: a month or quarter without a record that counts is named, and the year is NE."""

import csv

import pytest

from dafeng.registers import act, compute, enter, extract, grant_exception, owner

WASTE = {"category": "other", "county": "990101", "facility": "F1", "way": "incineration", "received": 100}
MONTHS = [f"2025-{number:02}" for number in range(1, 13)]


@pytest.fixture
def report(store, clerk, reviewer, head):
    """Enter one month of one facility; without `counts` it stays a draft."""

    def made(month, counts=True, **more):
        place = more.get("county", "990101")
        grant_exception(store, head, "household_waste", month, place, "2099-12-31", "补录")
        done = enter(store, clerk, "household_waste", WASTE | {"month": month} | more)
        if counts:
            act(store, reviewer, "household_waste", done.id, "to_checked", version=done.version)
        return done

    return made


def waste(store, by=None):
    return {
        tuple(one.group.values()): one
        for one in compute(store, owner(), "household_waste", "msw_incinerated", 2025, by)
    }


def test_eleven_months_are_not_a_year(store, report, tmp_path):
    for month in MONTHS[:11]:
        report(month)
    year = waste(store)[()]
    assert (year.value, year.partial, year.n, year.missing, year.absent) == (None, 1100.0, 11, 0, 1)
    extract(store, owner(), tmp_path / "x", [2025], ["household_waste"])
    with (tmp_path / "x" / "activities.csv").open(encoding="utf-8", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if row["activity"] == "msw_incinerated"]
    assert row["value"] == "NE"
    assert "absent=1" in row["note"]
    report("2025-12", received=0)
    assert (waste(store)[()].value, waste(store)[()].absent) == (1100.0, 0)


def test_a_draft_is_no_month_and_another_facility_does_not_fill_it(store, report):
    for month in MONTHS:
        report(month, facility="F2", county="990102")
        report(month, counts=month != "2025-07")
    found = waste(store, ["county"])
    assert (found[()].value, found[()].absent, found[()].pending) == (None, 1, 1)
    assert (found["990101",].value, found["990101",].absent) == (None, 1)
    assert (found["990102",].value, found["990102",].absent) == (1200.0, 0)
    assert waste(store, ["category"])["other",].absent == 1, "a group of no one place has the absence of all"


def test_a_month_may_have_none_of_one_kind(store, report):
    """The month was reported: that it holds no incineration is no gap."""
    for month in MONTHS:
        report(month, way="landfill" if month == "2025-03" else "incineration")
    assert (waste(store)[()].value, waste(store)[()].absent) == (1100.0, 0)


@pytest.mark.parametrize(
    ("months", "absent", "value"),
    [(MONTHS, 0, 12 * 0.1229), (["2025-12"], 0, 0.1229), (MONTHS[:6], 6, None), (["2024-12", "2025-11"], 11, None)],
)  # fmt: skip
def test_rows_of_a_record_are_a_year_with_twelve_months_or_the_figure_of_december(
    store, clerk, months, absent, value
):
    """Energy of twelve months by one floor area: not by the floor area of twelve months."""
    rows = [
        {"month": month, "floor_area": 1000, "people": 10, "electricity": 1000, "gas": 0, "coal": 0, "petrol": 0, "diesel": 0, "heat": 0}
        for month in months
    ]  # fmt: skip
    body = {
        "credit_code": "91990100000000001D",
        "name": "示例医院",
        "kind": "health",
        "county": "990101",
        "level": "city",
    }
    enter(store, clerk, "public_institutions", body, children={"use": rows})
    year = compute(store, owner(), "public_institutions", "public_institution_energy_per_area", 2025)[0]
    assert (year.absent, year.value) == (absent, None if value is None else pytest.approx(value))
