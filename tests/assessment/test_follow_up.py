"""Contract: every body of every task is asked once, a reply moves through its life cycle, lateness is counted in calendar and
working days, a status at odds with the indicators needs a reason, and each actor sees what its rights allow."""

from datetime import date

import pytest

from dafeng.assessment.duties import duty_lines, follow_up, request_replies, stale_tasks, suggested_status
from dafeng.evidence import DafengError
from dafeng.plan import Duty, Plan, Task
from dafeng.registers import Actor, Grant, act, change, find, owner

DUE, DAY = date(2025, 9, 26), date(2025, 10, 10)


def made() -> Plan:
    tasks = (
        Task(locator="三(一)1", title="煤炭"),
        Task(locator="三(一)2", title="新能源"),
        Task(locator="四(一)1", title="宣传"),
    )
    duties = (
        Duty(locator="三(一)1", departments=("甲局", "乙局"), lead=("甲局",)),
        Duty(locator="三(一)1", departments=("乙局", "丙局")),
        Duty(locator="三(一)2", departments=("乙局",)),
        Duty(locator="三", departments=("各区政府",), style="blanket"),
    )
    return Plan(title="方案", tasks=tasks, duties=duties)


def test_duties_by_task_and_body_by_hand():
    assert {(line.task, line.body): line.role for line in duty_lines(made())} == {
        ("三(一)1", "甲局"): "lead",
        # support in one list, jointly responsible in the other: the stronger role
        ("三(一)1", "乙局"): "support",
        ("三(一)1", "丙局"): "joint",
        ("三(一)2", "乙局"): "joint",
        ("三(一)1", "各区政府"): "blanket",
        ("三(一)2", "各区政府"): "blanket",
    }


def test_every_column_of_a_line_by_hand(store):
    request_replies(store, owner("办"), made(), "2025H1", DUE)
    lines = {
        (line.task, line.body): line
        for line in follow_up(store, owner("办"), "2025H1", DAY, {"三(一)1": "slow"})
    }
    line = lines["三(一)1", "甲局"]
    # 27 September to 10 October: 14 days; worked are 28–30 September (the 28th in exchange) and 9–10 October
    assert (line.overdue, line.overdue_working) == (14, 5)
    assert (line.title, line.role, line.period, line.state, line.due) == (
        "煤炭",
        "lead",
        "2025H1",
        "requested",
        DUE,
    )
    assert (line.status, line.suggested, line.unexplained, line.before, line.blockers) == (
        "",
        "slow",
        False,
        "",
        "",
    )
    assert lines["三(一)2", "乙局"].suggested == ""


def test_on_the_day_due_nothing_is_overdue(store):
    request_replies(store, owner("办"), made(), "2025H1", DUE)
    assert {line.overdue for line in follow_up(store, owner("办"), "2025H1", DUE)} == {0}
    assert {line.overdue for line in follow_up(store, owner("办"), "2025H1", date(2025, 9, 27))} == {1}


def test_asked_again_nobody_is_asked_twice_and_no_reply_is_lost(store):
    assert request_replies(store, owner("办"), made(), "2025H1", DUE, ["三(一)2"]).entered == 2
    replied(store, "三(一)2", "乙局", status="done")
    again = request_replies(store, owner("办"), made(), "2025H1", DUE)
    assert (again.entered, again.there) == (4, 2)
    lines = {(line.task, line.body): line for line in follow_up(store, owner("办"), "2025H1", DAY)}
    assert lines["三(一)2", "乙局"].status == "done"
    assert len(lines) == 6


def replied(store, task, body, **cells):
    """A body's reply: fill in and hand in."""
    [row] = [
        one
        for one in find(store, owner("办"), "task_follow_up", limit=1000).rows
        if (one["task"], one["body"]) == (task, body)
    ]
    done = change(
        store, owner(body), "task_follow_up", row["id"], {"progress": "已做", **cells}, version=row["version"]
    )
    return act(store, owner(body), "task_follow_up", row["id"], "reply", version=done.version)


def test_a_reply_moves_from_request_to_acceptance_and_back(store):
    request_replies(store, owner("办"), made(), "2025H1", DUE)
    done = replied(store, "三(一)1", "甲局", status="on_track", blockers="缺资金")
    back = act(
        store, owner("办"), "task_follow_up", done.id, "send_back", version=done.version, reason="缺数据"
    )
    late = {line.id: line for line in follow_up(store, owner("办"), "2025H1", DAY)}[done.id]
    assert (late.state, late.overdue, late.blockers) == ("returned", 14, "缺资金")
    again = act(store, owner("甲局"), "task_follow_up", done.id, "reply", version=back.version)
    act(store, owner("办"), "task_follow_up", done.id, "take", version=again.version)
    taken = {line.id: line for line in follow_up(store, owner("办"), "2025H1", DAY)}[done.id]
    assert (taken.state, taken.overdue) == ("accepted", 0)
    assert stale_tasks(store, owner("办"), made(), DAY) == ["三(一)2", "四(一)1"]
    assert stale_tasks(store, owner("办"), made(), date(2026, 6, 1)) == ["三(一)1", "三(一)2", "四(一)1"]


def test_an_empty_reply_is_refused(store):
    request_replies(store, owner("办"), made(), "2025H1", DUE)
    row = find(store, owner("办"), "task_follow_up").rows[0]
    with pytest.raises(DafengError):
        act(store, owner("甲局"), "task_follow_up", row["id"], "reply", version=row["version"])


@pytest.mark.parametrize(
    ("status", "suggested", "reason", "unexplained"),
    [
        ("on_track", "slow", "", True), ("done", "slow", "", True), ("on_track", "slow", "数据滞后", False), ("slow", "slow", "", False),
        ("blocked", "slow", "", False), ("slow", "on_track", "", True), ("on_track", "on_track", "", False), ("slow", "", "", False),
    ],
)  # fmt: skip
def test_a_status_at_odds_with_the_indicators_needs_a_reason(store, status, suggested, reason, unexplained):
    request_replies(store, owner("办"), made(), "2025H1", DUE, ["三(一)2"])
    replied(store, "三(一)2", "乙局", status=status, reason=reason)
    hints = {"三(一)2": suggested} if suggested else {}
    [line] = [one for one in follow_up(store, owner("办"), "2025H1", DAY, hints) if one.body == "乙局"]
    assert line.unexplained is unexplained


def test_the_period_before_stands_in_the_line(store):
    for period, status in (("2024H2", "slow"), ("2025H1", "on_track")):
        request_replies(store, owner("办"), made(), period, DUE, ["三(一)2"])
        rows = [
            one
            for one in find(store, owner("办"), "task_follow_up", limit=100).rows
            if one["round"] == period and one["body"] == "乙局"
        ]
        done = change(
            store,
            owner("乙局"),
            "task_follow_up",
            rows[0]["id"],
            {"progress": "x", "status": status},
            version=rows[0]["version"],
        )
        act(store, owner("乙局"), "task_follow_up", rows[0]["id"], "reply", version=done.version)
    [line] = [
        one for one in follow_up(store, owner("办"), "2025H1", DAY, before="2024H2") if one.body == "乙局"
    ]
    assert (line.before, line.status) == ("slow", "on_track")


def test_the_worst_judged_target_of_a_task_suggests():
    judged = [
        ("a", "met"),
        ("a", "at_risk"),
        ("b", "met"),
        ("c", "cannot_be_judged"),
        ("d", "missed"),
        ("d", "met"),
        ("e", "on_path"),
        ("e", "behind_path"),
        ("f", "on_path"),
    ]
    assert suggested_status(judged) == {
        "a": "slow",
        "b": "on_track",
        "d": "slow",
        "e": "slow",
        "f": "on_track",
    }


def test_a_body_sees_its_own_requests_alone(store):
    request_replies(store, owner("办"), made(), "2025H1", DUE)
    own = Actor("张", (Grant("reporter", "990100", organisation="甲局"),), organisations=("甲局",))
    assert {line.body for line in follow_up(store, own, "2025H1", DAY)} == {"甲局"}


@pytest.mark.parametrize(
    ("period", "due", "tasks", "where"),
    [
        ("2025H1", DUE, ["九(九)9"], "task"),
        (" ", DUE, [], "period"),
        ("2025H1", date(2025, 10, 1), [], "due"),
        ("2025H1", date(2025, 9, 27), [], "due"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_whole(store, period, due, tasks, where):
    with pytest.raises(DafengError) as error:
        request_replies(store, owner("办"), made(), period, due, tasks)
    assert error.value.problems[0].where == where
    assert follow_up(store, owner("办"), "2025H1", DAY) == []
