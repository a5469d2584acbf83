"""Sections of the assessment from what the rooms below compute."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dafeng.assessment import (
    ControlOdds,
    ControlPath,
    NextStep,
    ProductIntensity,
    Spread,
    control_of_case,
    product_intensities,
)
from dafeng.case import Case
from dafeng.evidence import Text
from dafeng.inventory import Inventory
from dafeng.pathway import Projection
from dafeng.pathway.results import T_PER_MT, Range
from dafeng.report import assessed as parts

if TYPE_CHECKING:
    from dafeng.assessment import BudgetLine
    from dafeng.assessment.duties import FollowUp

CNY_PER_TEN_THOUSAND = 1e4


def assessed(case: Case, inventory: Inventory, projection: Projection) -> parts.Assessed:
    """Return dual control and CO2 per product of a case, without a record store."""
    return assessed_parts(
        control_of_case(case, projection), product_intensities(case, inventory), synthetic=case.city.synthetic
    )


def assessed_parts(
    paths: Iterable[ControlPath], products: Iterable[ProductIntensity], budgets: Mapping[int, "Sequence[BudgetLine]"] | None = None,
    warnings: Iterable[Mapping[str, Any]] = (), names: Mapping[str, Text] | None = None,
    lines: "Iterable[FollowUp]" = (), steps: Iterable[NextStep] = (),
    synthetic: bool = False,
) -> parts.Assessed:  # fmt: skip
    """Return the sections of the assessment.

    Parameters
    ----------
    paths, products
        Dual control and CO2 per product.
    budgets : mapping, optional
        Year → settled carbon budgets.
    warnings : iterable of mapping
        Records of the register `early_warnings` of one period.
    names : mapping, optional
        Code of a county → name, as `place_names` returns them.
    lines : iterable of FollowUp
        Follow-up of a period; bodies with overdue replies are kept.
    steps : iterable of NextStep
        Targets missed or at risk, with the measures that would close them.
    synthetic : bool
        Whether the data are synthetic.

    Returns
    -------
    Assessed
    """
    return parts.Assessed(
        synthetic=synthetic,
        dual_control=[_path(path) for path in paths],
        products=[
            parts.ProductIntensity(
                product=one.product, name_zh=one.zh, name_en=one.en, branch=one.branch, year=one.year, output=one.output,
                value=one.value, source=one.source,
            )
            for one in products
        ],
        budgets=[_budget(line, year) for year, settled in (budgets or {}).items() for line in settled],
        lights=[_light(row, names or {}) for row in warnings],
        late=_late(lines),
        open_targets=[_open(step) for step in steps],
    )  # fmt: skip


def _path(path: ControlPath) -> parts.ControlPath:
    return parts.ControlPath(
        quantity=path.quantity, account=path.account, from_year=path.first, to_year=path.last,
        aim=None if path.aim is None else path.aim.id, aims=[_outcome(one) for one in path.aims],
        years=[
            parts.ControlYear(
                year=one.year, basis=one.basis, amount=_range(one.amount, T_PER_MT), deducted=one.deducted / T_PER_MT,
                intensity=None if one.intensity is None else _range(one.intensity, 1 / CNY_PER_TEN_THOUSAND),
                per_head=None if one.per_head is None else _range(one.per_head), fall=_range(one.fall), done=one.done,
                line=one.line, annual=one.annual, required=one.required,
            )
            for one in path.years
        ],
    )  # fmt: skip


def _outcome(one: ControlOdds) -> parts.AimOutcome:
    aim, amount = one.aim, one.aim.kind == "amount"
    return parts.AimOutcome(
        id=aim.id, name_zh=aim.zh, name_en=aim.en, kind=aim.kind, from_year=aim.first, to_year=aim.last,
        aim=aim.value / T_PER_MT if amount else -aim.value, level=aim.level, binding=aim.binding, bound=aim.bound,
        document=aim.document, issued=aim.issued, source=aim.source, grade=aim.grade, reached=one.reached,
        done=None if amount else one.done, odds=dict(one.odds), change=_range(one.change), short=one.short / T_PER_MT,
        amount=one.amount / T_PER_MT,
    )  # fmt: skip


def _range(spread: Spread, divisor: float = 1.0) -> Range:
    return Range(low=spread.low / divisor, median=spread.median / divisor, high=spread.high / divisor)


def _budget(line: "BudgetLine", year: int) -> parts.BudgetLine:
    def mt(value: float | None) -> float | None:
        return None if value is None else value / T_PER_MT

    return parts.BudgetLine(
        level=line.level, node=line.node, name=line.name, year=year, coverage=line.coverage, assigned=line.assigned / T_PER_MT,
        used=mt(line.used), basis=line.basis, ets=mt(line.ets), committed=line.committed / T_PER_MT, left=mt(line.left),
        unknown=len(line.unknown), document=line.document,
    )  # fmt: skip


def _light(row: Mapping[str, Any], names: Mapping[str, Text]) -> parts.CountyLight:
    name = names.get(row["county"], Text(row["county"], row["county"]))
    return parts.CountyLight(
        county=row["county"], name_zh=name.zh, name_en=name.en, period=row["round"], basis=row["basis"], colour=row["colour"],
        consequence=row["consequence"], in_force=row["state"] == "issued", record=int(row["id"]),
    )  # fmt: skip


def _late(lines: "Iterable[FollowUp]") -> list[parts.LateBody]:
    found: dict[tuple[str, str], list[FollowUp]] = {}
    for line in lines:
        if line.overdue:
            found.setdefault((line.body, line.period), []).append(line)
    late = [
        parts.LateBody(
            body=body, period=period, overdue=len(own), longest=max(line.overdue for line in own),
            tasks=[line.task for line in own],
        )
        for (body, period), own in found.items()
    ]  # fmt: skip
    return sorted(late, key=lambda one: (-one.overdue, -one.longest, one.body))


def _open(step: NextStep) -> parts.OpenTarget:
    return parts.OpenTarget(
        target=step.target, year=step.year, status=step.status, odds=step.odds,
        measures=[
            parts.ClosingMeasure(
                measure=one.measure, name_zh=one.name_zh, name_en=one.name_en, task=one.task,
                body=one.bodies[0] if one.bodies else "", open_delivery=one.open_delivery, odds=one.odds, cost=one.cost,
            )
            for one in step.measures
        ],
    )  # fmt: skip
