"""Follow-up of duties (调度): requests by task and body, replies, overdue and stale tasks, suggested status.

The record is that of the register `task_follow_up`: its life cycle, rights and history are those of every
register.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dafeng.assessment.records.listing import records_of
from dafeng.assessment.verdicts import Status
from dafeng.evidence import DafengError
from dafeng.plan import DutyStyle, Plan
from dafeng.registers import Actor, Filter, Store, enter, is_working_day

REGISTER = "task_follow_up"
OPEN = ("requested", "returned")
STALE_DAYS = 200
"""A task whose last accepted reply is older is stale: half a year and a fortnight, our assumption."""

_ROLES = ("lead", "support", "joint", "blanket")
_WORST = {Status.MISSED: 0, Status.BEHIND_PATH: 1, Status.AT_RISK: 2, Status.ON_PATH: 3, Status.MET: 4}
_SUGGESTED = {status: "on_track" if status in {Status.MET, Status.ON_PATH} else "slow" for status in _WORST}


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One body's duty for one task; `role` is lead, support, joint or blanket."""

    task: str
    title: str
    body: str
    role: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Status of one request on a given day.

    `overdue` counts calendar days after the day due while no reply is there, `overdue_working` working days
    (None in a year whose holidays are not in the table); `suggested` is the status that the judged targets of
    the task suggest ("" where none is judged), `unexplained` whether the reply differs from it without a
    reason; `before` the status of the period before.
    """

    id: int
    version: int
    task: str
    title: str
    body: str
    role: str
    period: str
    state: str
    due: date
    status: str
    suggested: str
    unexplained: bool
    overdue: int
    overdue_working: int | None
    before: str
    blockers: str


@dataclass(frozen=True, slots=True)
class Requested:
    """Result of a request: records entered, and records that existed already."""

    entered: int
    there: int


def duty_lines(plan: Plan) -> list[DutyLine]:
    """Return the duties of a plan, one line for each task and body.

    A body that leads in one list of a task leads the task; where a text marks a lead, the others support;
    without a mark all are jointly responsible. Blanket lists name bodies that answer for every task under
    their locator.
    """
    titles = {task.locator: task.title for task in plan.tasks}
    best: dict[tuple[str, str], str] = {}
    for duty in plan.duties:
        for task in _tasks_of(duty.locator, titles):
            for body in duty.departments:
                role = _role(body, duty.lead, duty.style)
                known = best.get((task, body), role)
                best[task, body] = min(known, role, key=_ROLES.index)
    return [DutyLine(task, titles[task], body, role) for (task, body), role in best.items()]


def _tasks_of(locator: str, titles: Mapping[str, str]) -> list[str]:
    """Return the task itself, or all tasks of the chapter or section that contains the list."""
    return [locator] if locator in titles else [task for task in titles if task.startswith(locator)]


def _role(body: str, lead: tuple[str, ...], style: DutyStyle) -> str:
    if style is DutyStyle.BLANKET:
        return "blanket"
    if not lead:
        return "joint"
    return "lead" if body in lead else "support"


def request_replies(
    store: Store, actor: Actor, plan: Plan, period: str, due: date, tasks: Iterable[str] = ()
) -> Requested:
    """Ask every body of the plan's tasks for its progress in a period.

    Asked again, bodies that were asked already are left alone: no reply is lost and none is asked twice.

    Parameters
    ----------
    store, actor
        Record store, and who asks.
    plan : Plan
    period : str
        Name of the period, as 2026H1.
    due : date
        Day by which replies are due.
    tasks : iterable of str
        Locators; by default all tasks.

    Raises
    ------
    DafengError
        For a task that the plan does not have, a due day that is no working day, a period without a name, or
        a missing right.
    """
    chosen = set(tasks)
    lines = duty_lines(plan)
    unknown = sorted(chosen - {task.locator for task in plan.tasks})
    if unknown:
        raise DafengError.at("task", ", ".join(unknown), "locators of tasks of the plan, as 三(一)2")
    if not period.strip():
        raise DafengError.at("period", "nothing", "the name of the period, as 2026H1")
    if not _worked(due):
        raise DafengError.at("due", str(due), "a working day", "choose the next working day")
    there = {(row["task"], row["body"]) for row in _rows(store, actor, period)}
    entered = 0
    for line in lines:
        if (line.task, line.body) in there or (chosen and line.task not in chosen):
            continue
        cells = {"task": line.task, "title": line.title, "body": line.body, "role": line.role, "round": period, "due": str(due)}  # fmt: skip
        enter(store, actor, REGISTER, cells, request=f"follow-up/{period}/{line.task}/{line.body}")
        entered += 1
    return Requested(entered, len(there))


def follow_up(
    store: Store,
    actor: Actor,
    period: str,
    on: date,
    suggested: Mapping[str, str] | None = None,
    before: str = "",
) -> list[FollowUp]:
    """Return the status of every request of a period on a day, unanswered and longest overdue first.

    Parameters
    ----------
    store, actor
        Record store, and who looks: each sees what its rights allow.
    period, before : str
        The period, and the one before it to compare with.
    on : date
        Day of judgement.
    suggested : mapping, optional
        Task → status that its targets suggest (`suggested_status`).

    Returns
    -------
    list of FollowUp
    """
    earlier = _rows(store, actor, before) if before else []
    return follow_up_of(_rows(store, actor, period), on, suggested, earlier)


def follow_up_of(
    rows: Iterable[Mapping[str, object]],
    on: date,
    suggested: Mapping[str, str] | None = None,
    before: Iterable[Mapping[str, object]] = (),
) -> list[FollowUp]:
    """Return the status of requests on a day from their records, as those of a freeze.

    Parameters
    ----------
    rows, before : iterable of mapping
        Records of the register `task_follow_up` of a period, and of the one before it.
    on, suggested
        As `follow_up`.

    Returns
    -------
    list of FollowUp
    """
    hints = suggested or {}
    earlier = {(row["task"], row["body"]): row["status"] or "" for row in before}
    lines = [_line(row, on, hints.get(str(row["task"]), ""), earlier) for row in rows]
    return sorted(lines, key=lambda line: (line.state not in OPEN, -line.overdue, line.task, line.body))


def last_round(store: Store, actor: Actor) -> str:
    """Return the period for which replies were due last; "" where nobody was asked."""
    rows = _rows(store, actor, "")
    return str(max(rows, key=lambda row: (str(row["due"]), int(str(row["id"]))))["round"]) if rows else ""


def suggested_status(judged: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the status that judged targets suggest, by locator of their task.

    The status is slow where a target is missed or at risk.

    Parameters
    ----------
    judged : iterable of (locator, status)
        Locator and status of each verdict; what cannot be judged suggests nothing.
    """
    worst: dict[str, Status] = {}
    for locator, text in judged:
        status = Status(text)
        if status in _WORST:
            worst[locator] = min(worst.get(locator, status), status, key=_WORST.__getitem__)
    return {locator: _SUGGESTED[status] for locator, status in worst.items()}


def stale_tasks(store: Store, actor: Actor, plan: Plan, on: date, days: int = STALE_DAYS) -> list[str]:
    """Return the tasks of the plan without an accepted reply that was due within the last `days`."""
    fresh = set()
    for row in _rows(store, actor, ""):
        if row["state"] == "accepted" and date.fromisoformat(str(row["due"])) >= on - timedelta(days=days):
            fresh.add(row["task"])
    return [task.locator for task in plan.tasks if task.locator not in fresh]


def _rows(store: Store, actor: Actor, period: str) -> list[dict[str, object]]:
    """Return all records of a period that the actor may read; of all periods where it has no name."""
    filters = [Filter("round", "=", period)] if period else []
    return [row for row in records_of(store, actor, REGISTER, filters) if row["state"] != "cancelled"]


def _line(
    row: Mapping[str, object], on: date, suggested: str, earlier: Mapping[tuple[object, object], object]
) -> FollowUp:
    due = date.fromisoformat(str(row["due"]))
    late = max((on - due).days, 0) if row["state"] in OPEN else 0
    status = str(row["status"] or "")
    differs = bool(suggested and status) and (suggested == "slow") != (
        status in {"slow", "blocked", "not_started"}
    )
    return FollowUp(
        int(str(row["id"])), int(str(row["version"])), str(row["task"]), str(row["title"]), str(row["body"]), str(row["role"]),
        str(row["round"]), str(row["state"]), due, status, suggested, differs and not row["reason"], late,
        _working_days(due, on) if late else 0, str(earlier.get((row["task"], row["body"]), "")), str(row["blockers"] or ""),
    )  # fmt: skip


def _working_days(due: date, on: date) -> int | None:
    """Return the working days after `due` up to `on`; None where a year has no table of holidays."""
    try:
        return sum(is_working_day(due + timedelta(days=step)) for step in range(1, (on - due).days + 1))
    except DafengError:
        return None


def _worked(day: date) -> bool:
    """Check whether the day is a working day; without a table of holidays, whether it is a weekday."""
    try:
        return is_working_day(day)
    except DafengError:
        return day.weekday() < 5
