"""Reductions by department in two readings: as lead of a task, and as one of those jointly responsible.

The text of most plans lists the departments of a task and marks no lead. Equal parts would put a department that is
listed in many tasks above the one that does the work, so both readings are given, each by its name.
"""

from collections.abc import Mapping, Sequence

from dafeng.pathway.results import Attribution
from dafeng.report.summary import DepartmentDuty


def department_duties(
    attribution: Attribution | None, leads: Mapping[str, Sequence[str]]
) -> list[DepartmentDuty]:
    """Return the reductions of tasks by department, those who lead first.

    Parameters
    ----------
    attribution
        Reductions by task [Mt CO2] with the departments in the order of the text.
    leads
        Task → departments that the text marks as its lead; a task without a mark counts for its first department.

    Returns
    -------
    list[DepartmentDuty]
        `lead` adds up to the reduction of the tasks that name a department; `joint` counts a task once for each of its
        departments and adds up to nothing.
    """
    if attribution is None:
        return []
    lead: dict[str, float] = {}
    joint: dict[str, float] = {}
    led: dict[str, list[str]] = {}
    taken: dict[str, list[str]] = {}
    for task in attribution.tasks:
        heads = list(leads.get(task.id) or task.departments[:1])
        for department in dict.fromkeys([*heads, *task.departments]):
            joint[department] = joint.get(department, 0.0) + task.reduction
            taken.setdefault(department, []).append(task.id)
        for department in heads:
            lead[department] = lead.get(department, 0.0) + task.reduction / len(heads)
            led.setdefault(department, []).append(task.id)
    return sorted(
        (
            DepartmentDuty(
                department=department, lead=lead.get(department, 0.0), joint=value,
                lead_tasks=led.get(department, []), joint_tasks=taken[department],
                marked=bool(led.get(department)) and all(department in leads.get(task, ()) for task in led[department]),
            )
            for department, value in joint.items()
        ),
        key=lambda row: (-row.lead, -row.joint, row.department),
    )  # fmt: skip
