"""Consistency of the plan with the tables of its case: existing departments, tasks that measures may name."""

import pandas as pd

from dafeng.case.checked import Checked
from dafeng.evidence import Problems
from dafeng.plan import Plan
from dafeng.tables import nearest, report


def check_plan(plan: Plan, checked: Checked, has_organisations: bool, problems: Problems) -> None:
    """Check that every department of a task or duty list is a name or an alias in organisations.csv."""
    known = _organisation_names(checked)
    if not known and not has_organisations:
        return
    lists = [("tasks", task.locator, (*task.departments, *task.lead)) for task in plan.tasks]
    lists += [("duties", duty.locator, (*duty.departments, *duty.lead)) for duty in plan.duties]
    lists += [("targets", target.locator, target.departments) for target in plan.targets]
    unknown: dict[str, str] = {}
    for part, locator, departments in lists:
        for department in departments:
            if department not in known:
                unknown.setdefault(department, f"plan.yaml:{part}:{locator}")
    for department, where in unknown.items():
        mend = nearest(department, known) or "add it, or its alias, to organisations.csv"
        problems.add(where, department, "a name or alias of organisations.csv", mend)


def _organisation_names(checked: Checked) -> set[str]:
    names: set[str] = set()
    for tables in (checked.tables, *checked.ancestors):
        if "organisations" in tables:
            frame = tables["organisations"]
            names |= set(frame["name_zh"]) | set(frame["id"])
            for aliases in frame["aliases"]:
                names |= {alias.strip() for alias in aliases.replace("；", ";").split(";") if alias.strip()}
    return names


def check_measures_against_plan(plan: Plan | None, checked: Checked, problems: Problems) -> None:
    """Check that every measure names a task that the plan has."""
    frame = checked.tables.get("measures")
    if plan is None or frame is None or not len(frame):
        return
    locators = {task.locator for task in plan.tasks} | {heading.locator for heading in plan.outline}
    locators |= {duty.locator for duty in plan.duties} | {target.locator for target in plan.targets}
    wrong: pd.Index = frame.index[~frame["task"].isin(locators) & frame["task"].ne("")]

    def describe(row: int) -> tuple[str, str, str]:
        return (
            repr(frame.at[row, "task"]),
            "the locator of a task of plan.yaml",
            nearest(str(frame.at[row, "task"]), locators),
        )

    report(
        problems,
        wrong,
        len(wrong),
        lambda row: checked.places["measures"](row, "task"),
        describe,
        "unknown task",
    )
