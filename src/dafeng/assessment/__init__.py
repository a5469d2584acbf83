"""Assessment of the targets of a plan: met, at risk, missed or not assessable, each verdict with its reason.

A target whose year is not after the case's `as_of` year is judged on observation only; a later one by the
model's ensemble, or, where the model does not hold it, placed on its path by approved records. `answers.csv`
of the case assigns the observation, model quantity or register indicator to each target. A target without any
of these is `cannot_be_judged`, with the reason, and never omitted.

>>> from dafeng.plan import Target
>>> cap = Target(locator="三(二)2", indicator="原油一次性加工能力", comparator="<=", value=0.1, unit="亿吨",
...              year=2025)
>>> [verdict] = judge([cap], observations=[Observation("crude_processing_capacity", 2025, 1000, "万吨")], as_of=2025)
>>> verdict.status.value, verdict.why_en
('met', 'Observed in 2025: 0.1 亿吨, which satisfies at most 0.1 亿吨.')
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.assessment import duties, records
    from dafeng.assessment.allocation.apportion import apportion
    from dafeng.assessment.allocation.inputs import Basis, basis_of_case, read_basis, read_totals
    from dafeng.assessment.allocation.methods import METHODS, TITLES, Parts, Settings
    from dafeng.assessment.allocation.propose import Cascade, Proposal, propose, propose_many
    from dafeng.assessment.allocation.references import (
        RESERVE,
        Allocated,
        PartFigure,
        Request,
        allocate_many,
        allocate_source,
        explain_part,
    )
    from dafeng.assessment.answers import Answer, AnswerRow, answer_of
    from dafeng.assessment.budgets.budget import Account, Emitter, Project, Used, carbon_budget
    from dafeng.assessment.budgets.budget import Line as BudgetLine
    from dafeng.assessment.budgets.inputs import branch_of_trade, read_used, used_of_case
    from dafeng.assessment.dual_control.deductions import (
        AssessedEnergy,
        Certificate,
        assessed_energy,
        read_certificates,
    )
    from dafeng.assessment.dual_control.of_case import control_of_case, read_deductions
    from dafeng.assessment.dual_control.paths import ControlOdds, ControlPath, Spread
    from dafeng.assessment.dual_control.products import ProductIntensity, product_intensities
    from dafeng.assessment.early_warning.inputs import read_readings
    from dafeng.assessment.early_warning.judging import EarlyWarning, Reading, judge_counties
    from dafeng.assessment.early_warning.periods import last_day, period_before
    from dafeng.assessment.early_warning.rules import warning_rules
    from dafeng.assessment.indicators import indicator_of
    from dafeng.assessment.judge import judge
    from dafeng.assessment.judging import answers_of, judge_case, outlook_of, register_feeds
    from dafeng.assessment.next_steps import NextStep, next_steps
    from dafeng.assessment.required_rate import required_annual_fall
    from dafeng.assessment.requirements import requirements
    from dafeng.assessment.rules import LIKELY, UNLIKELY, satisfied
    from dafeng.assessment.scoring.scheme import Scheme, load_scheme, scheme_names
    from dafeng.assessment.scoring.score import ScoreSheet, score, sheet_of
    from dafeng.assessment.targets.issued import Issued
    from dafeng.assessment.targets.of_case import issued_of_case, validity_of_case
    from dafeng.assessment.targets.tree import Tree, target_tree, values_in_force
    from dafeng.assessment.together import Together, together
    from dafeng.assessment.verdicts import Observation, Outlook, Status, Verdict
    from dafeng.assessment.yearly import YearRecords, year_records

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "LIKELY",
    "METHODS",
    "RESERVE",
    "TITLES",
    "UNLIKELY",
    "Account",
    "Allocated",
    "Answer",
    "AnswerRow",
    "AssessedEnergy",
    "Basis",
    "BudgetLine",
    "Cascade",
    "Certificate",
    "ControlOdds",
    "ControlPath",
    "EarlyWarning",
    "Emitter",
    "Issued",
    "NextStep",
    "Observation",
    "Outlook",
    "PartFigure",
    "Parts",
    "ProductIntensity",
    "Project",
    "Proposal",
    "Reading",
    "Request",
    "Scheme",
    "ScoreSheet",
    "Settings",
    "Spread",
    "Status",
    "Together",
    "Tree",
    "Used",
    "Verdict",
    "YearRecords",
    "allocate_many",
    "allocate_source",
    "answer_of",
    "answers_of",
    "apportion",
    "assessed_energy",
    "basis_of_case",
    "branch_of_trade",
    "carbon_budget",
    "control_of_case",
    "duties",
    "explain_part",
    "indicator_of",
    "issued_of_case",
    "judge",
    "judge_case",
    "judge_counties",
    "last_day",
    "load_scheme",
    "next_steps",
    "outlook_of",
    "period_before",
    "product_intensities",
    "propose",
    "propose_many",
    "read_basis",
    "read_certificates",
    "read_deductions",
    "read_readings",
    "read_totals",
    "read_used",
    "records",
    "register_feeds",
    "required_annual_fall",
    "requirements",
    "satisfied",
    "scheme_names",
    "score",
    "sheet_of",
    "target_tree",
    "together",
    "used_of_case",
    "validity_of_case",
    "values_in_force",
    "warning_rules",
    "year_records",
]
