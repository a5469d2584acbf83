"""Reconciliation for readers: whole 10⁴ t or hundredths of Mt; levels and changes add up as shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from dafeng.evidence import Language
from dafeng.pathway.results import Reconciliation, Step
from dafeng.report.summary import Summary
from dafeng.report.texts import text
from dafeng.report.wording import emission_unit, scale

DECIMALS = {Language.ZH: 0, Language.EN: 2}
ORDER = (
    "inventory_all_gases", "other_gases", "inventory", "combustion", "process", "import", "start", "central", "sampling",
    "model_error", "median", "skew", "mean",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """Step of the table: id, level or change, a cell for each account and year ("" without such a step)."""

    id: str
    level: bool
    cells: tuple[str, ...]


def columns(summary: Summary, language: Language) -> list[str]:
    """Return the headings of the columns: account, year and the scenario of a year to come."""
    return [
        " ".join((text("account.short", language, account=found.account), str(found.year), *_scenario(found, language)))
        for found in summary.reconciliation
    ]  # fmt: skip


def _scenario(found: Reconciliation, language: Language) -> list[str]:
    return [] if found.scenario is None else [text(f"scenario.{found.scenario}", language)]


def lines(summary: Summary, language: Language) -> list[Line]:
    """Return the steps that any account or year has, in their order."""
    cells = [shown(found.steps, language) for found in summary.reconciliation]
    kinds = {step.id: step.kind for found in summary.reconciliation for step in found.steps}
    return [
        Line(id_, kinds[id_] == "level", tuple(column.get(id_, "") for column in cells))
        for id_ in ORDER if id_ in kinds
    ]  # fmt: skip


def sentence(found: Reconciliation, language: Language) -> str:
    """Return one account and year as a chain: inventory 3,616 − 103 net import = start 3,513 …"""
    parts: list[str] = []
    for step, number in zip(found.steps, shown(found.steps, language).values(), strict=True):
        name = text(f"reconciliation.{step.id}", language)
        parts.append(
            f"{name} {number}" if step.kind == "change" else f"{'= ' if parts else ''}{name} {number}"
        )
    title = " ".join((text("account.short", language, account=found.account), *_scenario(found, language)))
    return text(
        "reconciliation.sentence",
        language,
        year=found.year,
        account=title,
        unit=emission_unit(language),
        parts=" ".join(parts),
    )


def shown(steps: Sequence[Step], language: Language) -> dict[str, str]:
    """Return the figure of each step; what rounding leaves between two levels goes to the largest change between them."""
    decimals = DECIMALS[language]
    rounded = {step.id: round(step.value * scale(language), decimals) for step in steps}
    before: str | None = None
    between: list[str] = []
    for step in steps:
        if step.kind == "change":
            between.append(step.id)
            continue
        if before is not None and between:
            rest = rounded[step.id] - rounded[before] - sum(rounded[id_] for id_ in between)
            largest = max(between, key=lambda id_: abs(rounded[id_]))
            rounded[largest] = round(rounded[largest] + rest, decimals)
        before, between = step.id, []
    return {
        step.id: f"{rounded[step.id]:,.{decimals}f}"
        if step.kind == "level"
        else _signed(rounded[step.id], decimals)
        for step in steps
    }


def _signed(value: float, decimals: int) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):,.{decimals}f}"
