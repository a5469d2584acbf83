"""Contract: any sequence of late data, corrections with and without versions, registers, swaps of the meter, closing and
reopening of months, new registries, and units and owners from a day on leaves what a plain model of the rules says: values,
sums of days by point and by unit, coverage, and which registries are refused."""

import itertools
import json
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dafeng.evidence import DafengError
from dafeng.metering import (
    Acceptance,
    By,
    Period,
    Question,
    Sending,
    Store,
    enter_registry,
    ingest_body,
    operate,
    registry_from_rows,
    rollup,
)

from .conftest import ROWS, point

BEGIN = datetime(2025, 1, 30)  # noqa: DTZ001 - Beijing time; hours 0–47 are of January, 48–95 of February
HOURS, FEBRUARY = 96, 48
MONTHS = {"2025-01": range(FEBRUARY), "2025-02": range(FEBRUARY, HOURS)}
HOUR = st.integers(0, HOURS - 1)
POINTS = st.sampled_from(["A", "B"])


SWAP = 72
"""The hour at which a registered swap ends the first meter at 144 and begins the second at 0."""


def day_of(hour):
    return str((BEGIN + timedelta(hours=hour)).date())


def rows_of(points, unit_since=None, owner_since=None, swapped=False):
    """The registry: A in MWh from an hour on, R of another owner from an hour on, its meter swapped."""
    rows = {name: ROWS[name] for name in ("units", "objects")}
    rows["points"] = [point(name, period="60", rated_max="") for name in points]
    rows["points"].append(point("R", period="60", kind="register", rated_max="1000000"))
    rows["meters"] = [{"id": "M", "point": "R", "ratio": "1", "valid_from": "2024-01-01 00:00"}]
    if swapped:
        at = f"{day_of(SWAP)} 00:00"
        rows["meters"][0] |= {"valid_to": at, "register_end": str(2 * SWAP)}
        rows["meters"].append(
            {"id": "N", "point": "R", "ratio": "1", "valid_from": at, "register_start": "0"}
        )
    rows["changes"] = [
        {"id": name, "point": name, "valid_from": day_of(since)} | fields
        for name, since, fields in (("A", unit_since, {"unit": "MWh"}), ("R", owner_since, {"object": "O2"}))
        if since is not None
    ]
    return registry_from_rows(rows, "t")


def _owner(since, name, hour):
    return "U2" if name == "R" and since is not None and hour >= since else "U1"


def month_of(hour):
    return "2025-01" if hour < FEBRUARY else "2025-02"


class Ledger(RuleBasedStateMachine):
    """The store beside a model: amounts (point, hour) → (value, version), registers hour → value, months that are closed.

    After each write the store is checked by itself, too (`check_invariants` in conftest).
    """

    steps = 0

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.create(Path(self.folder.name) / "s.duckdb", rows_of(["A", "B"]), threads=1)
        self.keys = itertools.count()
        self.amounts, self.registers, self.frozen = {}, {}, {}
        self.more, self.changes, self.swapped = [], {"A": None, "R": None}, False

    def send(self, rows):
        body = [
            {"point": name, "start": (BEGIN + timedelta(hours=hour)).isoformat(), "value": value}
            | ({} if version is None else {"version": version})
            for name, hour, value, version in rows
        ]
        sending = Sending("t", str(next(self.keys)), Acceptance.PARTIAL)
        receipt = ingest_body(self.store, json.dumps(body).encode(), "json", sending)
        closed = sum(month_of(hour) in self.frozen for _, hour, _, _ in rows)
        assert (receipt.counts.refused, receipt.counts.rows) == (closed, len(rows))
        return [row for row in rows if month_of(row[1]) not in self.frozen]

    @rule(
        name=POINTS, hours=st.lists(HOUR, min_size=1, max_size=5, unique=True),
        value=st.sampled_from([0.0, 1.0, 2.5, 7.0]), version=st.none() | st.integers(0, 3),
    )  # fmt: skip
    def send_amounts(self, name, hours, value, version):
        for _, hour, sent, number in self.send([(name, hour, value, version) for hour in hours]):
            stored = self.amounts.get((name, hour))
            both = stored is not None and stored[1] is not None and number is not None
            if (
                stored is None
                or (stored[0] != sent and (not both or number > stored[1]))
                or (stored[0] == sent and number is not None and (stored[1] is None or number > stored[1]))
            ):
                said = stored[1] if stored is not None and number is None else number
                self.amounts[name, hour] = (sent, said)

    @rule(hours=st.lists(HOUR, min_size=1, max_size=4, unique=True), more=st.sampled_from([0.0, 0.5, 1.5]))
    def send_registers(self, hours, more):
        """Two an hour and up to 1.5 beside: it rises whatever is corrected."""
        rows = [("R", hour, 2.0 * (hour - self.swap_before(hour)) + more, None) for hour in hours]
        for _, hour, value, _ in self.send(rows):
            self.registers[hour] = value

    def swap_before(self, hour):
        return SWAP if self.swapped and hour >= SWAP else 0

    def intervals(self):
        """Hour → (energy, whether it is covered), from the registers, those of closed months as they were closed."""
        made = {}
        for one, other in itertools.pairwise(sorted(self.registers)):
            knots = [(one, self.registers[one]), (other, self.registers[other])]
            if self.swapped and one < SWAP <= other:
                knots[1:1] = [(SWAP, 2.0 * SWAP), (SWAP, 0.0)]
            for (begin, low), (end, high) in zip(knots[::2], knots[1::2], strict=True):
                if begin < end:
                    made |= dict.fromkeys(
                        range(begin, end), ((high - low) / (end - begin), other - one <= 24)
                    )
        for month, kept in self.frozen.items():
            made = {hour: found for hour, found in made.items() if hour not in MONTHS[month]} | kept
        return made

    @precondition(lambda self: len(self.frozen) < 2)
    @rule(data=st.data())
    def close(self, data):
        month = data.draw(st.sampled_from([month for month in MONTHS if month not in self.frozen]))
        kept = {hour: found for hour, found in self.intervals().items() if hour in MONTHS[month]}
        there = [hour for _, hour in self.amounts if hour in MONTHS[month]] + list(kept)
        if there or any(hour in MONTHS[month] for hour in self.registers):
            operate(self.store, "archive", {"month": month})
            self.frozen[month] = kept

    @precondition(lambda self: self.frozen)
    @rule(data=st.data())
    def reopen(self, data):
        month = data.draw(st.sampled_from(sorted(self.frozen)))
        operate(self.store, "archive", {"month": month, "reopen": True, "reason": "t"})
        del self.frozen[month]

    def registry(self):
        return rows_of(["A", "B", *self.more], self.changes["A"], self.changes["R"], self.swapped)

    @rule(more=st.lists(st.sampled_from(["C", "D"]), unique=True))
    def renew_the_registry(self, more):
        self.more = more
        assert enter_registry(self.store, self.registry())[1] == 0

    @rule(
        name=st.sampled_from(["A", "R"]),
        since=st.sampled_from([None, 24, 48, 72]),
        approve=st.sampled_from([None, "t"]),
    )
    def change_from_a_day_on(self, name, since, approve):
        """Refused where it reaches into a closed month, or where readings have come of its days and nobody approves."""
        before = self.changes[name]
        low, high = sorted(HOURS if hour is None else hour for hour in (before, since))
        affected = range(low, HOURS if None in (before, since) else high)
        if before == since:
            affected = range(0)
        hours = (
            set(self.registers) | set(self.intervals())
            if name == "R"
            else {hour for id_, hour in self.amounts if id_ == name}
        )
        last_day = max((hour // 24 for hour in hours), default=-1)
        wrong = any(set(affected) & set(MONTHS[month]) for month in self.frozen)
        unapproved = approve is None and len(affected) > 0 and last_day * 24 >= affected[0]
        self.changes[name] = since
        try:
            enter_registry(self.store, self.registry(), approve=approve)
        except DafengError:
            self.changes[name] = before
            assert wrong or unapproved
        else:
            assert not wrong
            assert not unapproved

    @precondition(lambda self: not self.swapped and all(hour < SWAP for hour in self.registers))
    @rule()
    def swap_the_meter(self):
        self.swapped = True
        assert enter_registry(self.store, self.registry())[1] == 0

    @rule()
    def open_again(self):
        self.store.close()
        self.store = Store(Path(self.folder.name) / "s.duckdb", threads=1)

    @invariant()
    def values_are_those_of_the_model(self):
        found = {
            (row["id"], row["hour"]): row["value"]
            for row in self.store.rows(
                "SELECT p.id, CAST(date_diff('hour', TIMESTAMP '2025-01-29 16:00', r.start) AS INTEGER) AS hour, r.value "
                "FROM readings r JOIN point p ON p.number = r.point WHERE r.period = 60"
            )
        }
        expected = {key: value for key, (value, _) in self.amounts.items()}
        expected |= {("R", hour): energy for hour, (energy, _) in self.intervals().items()}
        assert found == pytest.approx(expected)
        Ledger.steps += 1

    @invariant()
    def sums_and_coverage_are_those_of_the_model(self):
        days = rollup(self.store, Question(By.POINT, Period.DAY, date(2025, 1, 30), date(2025, 2, 3)))
        made = self.intervals()
        for row in days:
            begin = (date.fromisoformat(row["bucket"]) - BEGIN.date()).days * 24
            hours = range(begin, begin + 24)
            if row["group"] == "R":
                parts = {hour: made[hour] for hour in hours if hour in made}
            else:
                parts = {
                    h: (self.amounts[row["group"], h][0], True)
                    for h in hours
                    if (row["group"], h) in self.amounts
                }
            assert (row["readings"], row["expected"]) == (len(parts), 24)
            assert row["covered"] == sum(covered for _, covered in parts.values())
            if parts:
                amounts = [energy * self.kwh(row["group"], hour) for hour, (energy, _) in parts.items()]
                assert row["quantity"] == pytest.approx(sum(amounts))

    def kwh(self, name, hour):
        since = self.changes["A"]
        return 1000.0 if name == "A" and since is not None and hour >= since else 1.0

    @invariant()
    def sums_of_units_are_those_of_the_model(self):
        owners = {}
        for (name, hour), amount in self.kilowatt_hours().items():
            key = (_owner(self.changes["R"], name, hour), hour // 24)
            owners[key] = owners.get(key, 0.0) + amount
        days = rollup(self.store, Question(By.UNIT, Period.DAY, date(2025, 1, 30), date(2025, 2, 3)))
        found = {
            (row["group"], (date.fromisoformat(row["bucket"]) - BEGIN.date()).days): row["quantity"]
            for row in days
            if row["readings"]
        }
        assert found == pytest.approx(owners)

    def kilowatt_hours(self):
        made = {("R", hour): energy for hour, (energy, _) in self.intervals().items()}
        made |= {
            (name, hour): value * self.kwh(name, hour) for (name, hour), (value, _) in self.amounts.items()
        }
        return made

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


def run(examples, steps, number=0):
    """Run so many sequences of the random number `number`; returns how many steps were judged."""
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    before = Ledger.steps
    run_state_machine_as_test(
        seed(number)(type("Ledger", (Ledger,), {})),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=False,
            suppress_health_check=checks,
        ),
    )  # fmt: skip
    return Ledger.steps - before


def test_a_store_beside_its_model():
    assert run(4, 15) > 30


@pytest.mark.slow
def test_a_store_beside_its_model_longer():
    assert run(12, 25, 1) > 200


@pytest.mark.prove
@pytest.mark.parametrize("number", range(2, 10))
def test_a_store_beside_its_model_for_long(number, figure):
    """Eight times 625 steps are 5,000; side by side where there are two cores."""
    steps = run(32, 30, number)
    assert steps >= 625
    figure(
        "store beside a plain model: the same values, sums, flags, coverage",
        f"steps judged={steps}",
        "≥ 5,000 steps, 0 differ",
    )
