"""Reader of carbon-peaking plans: outline, tasks, duties, targets, names and findings of a plan document.

`read` takes a .docx, .pdf, .html or .txt and reports what it could not read instead of guessing; `diff`
compares two plans; `review_page` shows every reading in the text, to be confirmed or mended. Word, PDF and
web pages need the extra `plan`; the model and plain text do not.

>>> plan = read_text("某市碳达峰实施方案\\n一、主要目标\\n到2030年,森林覆盖率稳定在57.2%以上。")
>>> target = plan.targets[0]
>>> target.indicator, target.comparator.value, target.value, target.unit, target.year
('森林覆盖率', '>=', 57.2, '%', 2030)
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.plan.answers import answers_text, draft_answers, write_answers
    from dafeng.plan.calibration import confidence_of, leave_one_out, read_checked, reliability, rules
    from dafeng.plan.comparing import Difference, DifferenceKind, diff
    from dafeng.plan.division import divide
    from dafeng.plan.division_files import calendar, write_division
    from dafeng.plan.many_plans import Comparison, compare
    from dafeng.plan.many_plans_files import comparison_sheets, write_comparison
    from dafeng.plan.model import (
        Assignment,
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
    )
    from dafeng.plan.plan_files import load_plan, plan_from_dict, plan_schema, save_plan
    from dafeng.plan.reading import read, read_text, with_first_leads
    from dafeng.plan.review import review_page
    from dafeng.plan.structure.bodies import identify, same_body, successor_of
    from dafeng.plan.upper import beside_upper
    from dafeng.plan.workbook import sheets, write_workbook

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "Assignment",
    "Comparator",
    "Comparison",
    "Difference",
    "DifferenceKind",
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
    "answers_text",
    "beside_upper",
    "calendar",
    "compare",
    "comparison_sheets",
    "confidence_of",
    "diff",
    "divide",
    "draft_answers",
    "identify",
    "leave_one_out",
    "load_plan",
    "plan_from_dict",
    "plan_schema",
    "read",
    "read_checked",
    "read_text",
    "reliability",
    "review_page",
    "rules",
    "same_body",
    "save_plan",
    "sheets",
    "successor_of",
    "with_first_leads",
    "write_answers",
    "write_comparison",
    "write_division",
    "write_workbook",
]
