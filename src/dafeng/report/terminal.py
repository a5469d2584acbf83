"""The answer on one screen of a terminal."""

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from dafeng.evidence import Language
from dafeng.report.page import STATUSES
from dafeng.report.summary import Summary
from dafeng.report.wording import (
    NO_PLAN,
    PLAN,
    emission_range,
    emissions,
    headline,
    leading,
    second_sentence,
    text,
    with_error,
    year_range,
    years_of,
)

STYLES = {"met": "green", "at_risk": "yellow", "missed": "red", "cannot_be_judged": "dim"}
SHOWN_FINDINGS = 5
SHOWN_DATA = 3


def show(summary: Summary, console: Console, language: Language = Language.ZH) -> None:
    """Print base year, peak, targets, measures, findings and the data that would help most."""
    blocks: list[RenderableType] = [
        Text(headline(summary, language), style="bold"),
        Text(second_sentence(summary, language)),
        _base(summary, language),
        _peaks(summary, language),
        *_measures(summary, language),
        *_targets(summary, language),
        *_data(summary, language),
    ]
    console.print(Group(*blocks))


def _base(summary: Summary, language: Language) -> Text:
    parts = [
        f"{text('account.short', language, account=account)} {emission_range(value, language)}"
        for account, value in sorted(summary.base.items())
    ]
    title = text("terminal.base", language, year=summary.place.base_year)
    return Text.assemble("\n", (title, "bold"), "  ", "   ".join(parts))


def _peaks(summary: Summary, language: Language) -> Table:
    table = _table(
        text("terminal.scenario", language), text("column.peak_year", language), text("column.level", language),
        "P(≤2029)", "P(≤2030)", figures=True,
    )  # fmt: skip
    for account in summary.accounts:
        for scenario in (NO_PLAN, PLAN):
            peak = summary.peak(scenario, account)
            name = f"{text(f'scenario.{scenario}', language)} · {text('account.short', language, account=account)}"
            table.add_row(
                name, year_range(peak.year, language),
                "–" if peak.level is None else emission_range(peak.level, language),
                with_error(peak.before_2030), with_error(peak.by_2030),
            )  # fmt: skip
    return table


def _measures(summary: Summary, language: Language) -> list[RenderableType]:
    attribution = summary.attribution
    if attribution is None:
        return []
    table = _table("#", text("column.measure", language), text("column.reduction", language),
                   text("column.task", language), text("column.departments", language))  # fmt: skip
    for rank, row in enumerate(attribution.measures[:10], start=1):
        table.add_row(
            str(rank), Text(row.name_zh if language is Language.ZH else row.name_en or row.name_zh),
            emissions(row.reduction, language), Text(" ".join(row.tasks)), Text("、".join(row.departments)),
        )  # fmt: skip
    return [_rule(text("terminal.measures", language, year=years_of(attribution.quantity))), table]


def _targets(summary: Summary, language: Language) -> list[RenderableType]:
    if not summary.targets:
        return []
    table = _table(text("column.status", language), text("column.locator", language),
                   text("column.indicator", language), text("column.verdict", language))  # fmt: skip
    for status in STATUSES[:-1]:
        for row in summary.targets:
            if row.status == status:
                year = "" if row.year is None else f" {row.year}"
                table.add_row(
                    Text(text(f"status.{status}", language), style=STYLES[status]), Text(row.locator),
                    Text(f"{row.indicator}{year}"), Text(row.why_zh if language is Language.ZH else row.why_en),
                )  # fmt: skip
    count = summary.target_count
    return [
        _rule(text("terminal.targets", language, judged=count.judged, total=count.total)),
        table,
        *_open(summary, language),
    ]


def _open(summary: Summary, language: Language) -> list[RenderableType]:
    """Targets that cannot be judged, those with the same first reason in one paragraph."""
    groups: dict[str, list[str]] = {}
    stop = "。" if language is Language.ZH else ". "
    for row in summary.targets:
        if row.status == STATUSES[-1]:
            why = row.why_zh if language is Language.ZH else row.why_en
            reason = why.partition(stop)[0].rstrip(".")
            groups.setdefault(reason, []).append(f"{row.locator} {row.indicator}")
    if not groups:
        return []
    joint = "；" if language is Language.ZH else "; "
    return [
        Text(text(f"status.{STATUSES[-1]}", language), style=STYLES[STATUSES[-1]]),
        *(
            Text("  " + text("targets.open", language, reason=reason, count=len(names), names=joint.join(names)), style="dim")
            for reason, names in groups.items()
        ),
    ]  # fmt: skip


def _data(summary: Summary, language: Language) -> list[RenderableType]:
    blocks: list[RenderableType] = []
    if summary.findings:
        blocks.append(_rule(text("terminal.findings", language)))
        first, _ = leading(summary.findings)
        shown = first[:SHOWN_FINDINGS]
        blocks += [Text(f"• {row.zh if language is Language.ZH else row.en} ({row.where})") for row in shown]
        if len(summary.findings) > len(shown):
            more = len(summary.findings) - len(shown)
            blocks.append(Text(text("terminal.more", language, count=more), style="dim"))
    if summary.data_requests:
        blocks.append(_rule(text("terminal.wanted", language)))
        blocks += [
            Text(
                f"{rank}. {row.title_zh} — {row.holder_zh}"
                if language is Language.ZH
                else f"{rank}. {row.title_en} — {row.holder_en}"
            )
            for rank, row in enumerate(summary.data_requests[:SHOWN_DATA], start=1)
        ]
    return blocks


def _rule(title: str) -> Rule:
    return Rule(Text(title, style="bold"), align="left", style="dim")


def _table(*columns: str, figures: bool = False) -> Table:
    """A plain table; with `figures` every column but the first keeps its figures on one line."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=figures and number > 0)
    return table
