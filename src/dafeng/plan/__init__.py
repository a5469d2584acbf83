"""What a carbon-peaking plan promises: the document as outline, tasks, duties, targets, names and findings.

>>> plan = Plan(title="某市碳达峰实施方案", targets=(Target(locator="二", indicator="森林覆盖率",
...     comparator=">=", value=57.2, unit="%", year=2030),))
>>> plan.targets[0].comparator.value, plan.targets[0].year
('>=', 2030)
"""

from dafeng.plan.model import (
    Comparator,
    Duty,
    DutyStyle,
    Heading,
    Name,
    NameKind,
    Plan,
    PlanFinding,
    Reading,
    Sense,
    Span,
    Target,
    Task,
    load_plan,
    plan_from_dict,
    plan_schema,
    save_plan,
)

__all__ = [
    "Comparator",
    "Duty",
    "DutyStyle",
    "Heading",
    "Name",
    "NameKind",
    "Plan",
    "PlanFinding",
    "Reading",
    "Sense",
    "Span",
    "Target",
    "Task",
    "load_plan",
    "plan_from_dict",
    "plan_schema",
    "save_plan",
]
