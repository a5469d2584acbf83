"""Contract: any sequence of late data, corrections with and without versions, registers, closing and reopening of months and
new registries leaves what a plain model of the rules says: values, sums of days, coverage."""

import itertools
import json
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

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

from .conftest import ROWS, check_invariants, point

BEGIN = datetime(2025, 1, 30)  # noqa: DTZ001 - Beijing time; hours 0–47 are of January, 48–95 of February
HOURS, FEBRUARY = 96, 48
MONTHS = {"2025-01": range(FEBRUARY), "2025-02": range(FEBRUARY, HOURS)}
HOUR = st.integers(0, HOURS - 1)
POINTS = st.sampled_from(["A", "B"])


def rows_of(points):
    rows = {name: ROWS[name] for name in ("units", "objects")}
    rows["points"] = [point(name, period="60", rated_max="") for name in points]
    rows["points"].append(point("R", period="60", kind="register", rated_max="1000000"))
    rows["meters"] = [{"id": "M", "point": "R", "ratio": "1", "valid_from": "2024-01-01 00:00"}]
    return registry_from_rows(rows, "t")


def month_of(hour):
    return "2025-01" if hour < FEBRUARY else "2025-02"


class Ledger(RuleBasedStateMachine):
    """The store beside a model: amounts (point, hour) → (value, version), registers hour → value, months that are closed."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.create(Path(self.folder.name) / "s.duckdb", rows_of(["A", "B"]))
        self.keys = itertools.count()
        self.amounts, self.registers, self.frozen = {}, {}, {}

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
                self.amounts[name, hour] = (sent, number)

    @rule(hours=st.lists(HOUR, min_size=1, max_size=4, unique=True), more=st.sampled_from([0.0, 0.5, 1.5]))
    def send_registers(self, hours, more):
        """Two an hour and up to 1.5 beside: it rises whatever is corrected."""
        for _, hour, value, _ in self.send([("R", hour, 2.0 * hour + more, None) for hour in hours]):
            self.registers[hour] = value

    def intervals(self):
        """Hour → (energy, whether it is covered), from the registers, those of closed months as they were closed."""
        made = {}
        for one, other in itertools.pairwise(sorted(self.registers)):
            energy = (self.registers[other] - self.registers[one]) / (other - one)
            made |= dict.fromkeys(range(one, other), (energy, other - one <= 24))
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

    @rule(more=st.lists(st.sampled_from(["C", "D"]), unique=True))
    def renew_the_registry(self, more):
        assert enter_registry(self.store, rows_of(["A", "B", *more]))[1] == 0

    @rule()
    def open_again(self):
        self.store.close()
        self.store = Store(Path(self.folder.name) / "s.duckdb")

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
        check_invariants(self.store)

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
                assert row["quantity"] == pytest.approx(sum(energy for energy, _ in parts.values()))

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


def run(examples, steps):
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    run_state_machine_as_test(
        Ledger, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=checks)
    )  # fmt: skip


def test_a_store_beside_its_model():
    run(5, 15)


@pytest.mark.slow
def test_a_store_beside_its_model_for_long():
    """170 sequences of 30 steps: at least 5,000."""
    run(170, 30)
