"""Sections on one screen of a terminal: renderers from summary, language and width to lines."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from dafeng.evidence import Language
from dafeng.pathway.results import PLAN
from dafeng.report.control_wording import control_lines
from dafeng.report.reconciling import sentence
from dafeng.report.summary import STATUSES, Summary
from dafeng.report.texts import text
from dafeng.report.wording import (
    SCENARIOS,
    change_percent,
    emission_range,
    emission_unit,
    emissions,
    english_or_chinese,
    joint_sentence,
    leading,
    open_targets,
    signed_percent,
    stated_year,
    tens,
    years_of,
)

STYLES = {
    "met": "green",
    "at_risk": "yellow",
    "missed": "red",
    "on_path": "cyan",
    "behind_path": "magenta",
    "cannot_be_judged": "dim",
}
SHOWN_MEASURES, SHOWN_FINDINGS, SHOWN_DATA, SHOWN_DEPARTMENTS = 10, 4, 3, 2


def base(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001 - one signature for all
    parts = [
        f"{text('account.short', language, account=account)} {emission_range(value, language)}"
        for account, value in sorted(summary.base.items())
    ]
    title = text("terminal.base", language, year=summary.place.base_year)
    return [Text.assemble((title, "bold"), "  ", "  ".join(parts))]


def reconciliation(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001
    wanted = (summary.place.headline_account, summary.place.base_year)
    return [
        Text(sentence(found, language))
        for found in summary.reconciliation
        if (found.account, found.year) == wanted
    ]


def peaks(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001
    table = _table(
        text("terminal.scenario", language), text("column.peak_year", language), text("terminal.level", language, unit=emission_unit(language)),
        "P(≤2029)", "P(≤2030)", figures=True,
    )  # fmt: skip
    present = {peak.scenario for peak in summary.peaks}
    for account in summary.accounts:
        for scenario in (name for name in SCENARIOS if name in present):
            peak = summary.peak(scenario, account)
            table.add_row(
                f"{account} {text(f'scenario.{scenario}', language)}",
                stated_year(peak, summary.place.as_of, language),
                "–" if peak.level is None else emission_range(peak.level, language, unit=False),
                tens(peak.before_2030.value), tens(peak.by_2030.value),
            )  # fmt: skip
    return [table]


def policy(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001
    """Render CO2 per GDP against the aims of policy: a line per aim, with the plan."""
    table = _table(
        f"{text('policy.title', language)} · {text(f'scenario.{PLAN}', language)}",
        text("column.aim", language),
        text("column.change", language),
        text("column.chance", language),
        figures=True,
    )
    for aim in (row for row in summary.policy if row.scenario == PLAN):
        change = aim.change
        table.add_row(
            aim.name_zh if language is Language.ZH else aim.name_en, signed_percent(aim.aim),
            f"{change_percent(change.median)} ({change_percent(change.low)}…{change_percent(change.high)})", tens(aim.chance),
        )  # fmt: skip
    return [table]


def plausibility(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001
    """Render falls per GDP of each path beside what provinces did."""
    zh = language is Language.ZH
    table = _table(
        text("plausibility.title", language), text("column.yearly", language), text("plausibility.change", language), text("column.beside", language),
        figures=True,
    )  # fmt: skip
    for row in summary.plausibility:
        table.add_row(
            f"{row.name_zh if zh else row.name_en} · {row.quantity_zh if zh else row.quantity_en}", change_percent(row.yearly),
            change_percent(row.change), text(f"plausibility.{row.reached}", language),
        )  # fmt: skip
    return [table]


def assessment(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001
    """Render the main aims of dual control, a line an aim, newest period first."""
    lines = control_lines(summary.assessment, summary.place.as_of, language)
    return [_rule(text("control.title", language)), *(Text(line) for line in lines)] if lines else []


def attribution(summary: Summary, language: Language, width: int) -> list[RenderableType]:
    found = summary.attribution
    if found is None:
        return []
    rows = [
        [
            Text(f"{rank}."), Text(emissions(row.reduction, language)), Text(" ".join(row.tasks)),
            Text(english_or_chinese(row, language)), Text(_departments(row.departments, language), style="dim"),
        ]
        for rank, row in enumerate(found.measures[:SHOWN_MEASURES], start=1)
    ]  # fmt: skip
    return [
        _rule(text("terminal.measures", language, year=years_of(found.quantity))),
        _lines(rows, 3, width),
    ]


def _departments(names: Sequence[str], language: Language) -> str:
    joined = "、".join(names[:SHOWN_DEPARTMENTS])
    return (
        text("terminal.departments", language, names=joined, count=len(names))
        if len(names) > SHOWN_DEPARTMENTS
        else joined
    )


def targets(summary: Summary, language: Language, width: int) -> list[RenderableType]:
    judged = [
        [
            Text(text(f"status.{status}", language), style=STYLES[status]), Text(row.locator),
            Text(row.indicator if row.year is None else f"{row.indicator} {row.year}"),
            Text(_reason(row.why_zh if language is Language.ZH else row.why_en), style="dim"),
        ]
        for status in STATUSES[:-1] for row in summary.targets if row.status == status
    ]  # fmt: skip
    count = summary.target_count
    return [
        _rule(text("terminal.targets", language, judged=count.judged, total=count.total)),
        *([_lines(judged, 2, width)] if judged else []),
        *([Text(joint)] if (joint := joint_sentence(summary, language)) else []),
        *_open(summary, language),
    ]


def _reason(why: str) -> str:
    """Render a reason as one line."""
    return why.replace("。", ";").rstrip("; ")


def _open(summary: Summary, language: Language) -> list[RenderableType]:
    """Render targets that cannot be judged: one line per reason, with the places in the plan."""
    status = text(f"status.{STATUSES[-1]}", language)
    return [Text(f"{status} {line}", style=STYLES[STATUSES[-1]]) for line in open_targets(summary, language)]


def findings(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001
    first, _ = leading(summary.findings)
    shown = first[:SHOWN_FINDINGS]
    blocks: list[RenderableType] = [_rule(text("terminal.findings", language))]
    blocks += [
        Text(f"• {row.zh if language is Language.ZH else row.en}", no_wrap=True, overflow="ellipsis")
        for row in shown
    ]
    if len(summary.findings) > len(shown):
        more = len(summary.findings) - len(shown)
        blocks.append(Text(text("terminal.more", language, count=more), style="dim"))
    return blocks


def data_requests(summary: Summary, language: Language, width: int) -> list[RenderableType]:  # noqa: ARG001
    return [
        _rule(text("terminal.wanted", language)),
        *(
            Text(
                f"{rank}. {row.title_zh} — {row.holder_zh}"
                if language is Language.ZH
                else f"{rank}. {row.title_en} — {row.holder_en}"
            )
            for rank, row in enumerate(summary.data_requests[:SHOWN_DATA], start=1)
        ),
    ]


def _rule(title: str) -> Rule:
    return Rule(Text(title, style="bold"), align="left", style="dim")


def _table(*columns: str, figures: bool = False) -> Table:
    """Return a plain table; with `figures` every column keeps its figures on one line."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=figures)
    return table


def _lines(rows: Sequence[Sequence[Text]], fixed: int, width: int) -> Table:
    """Render one line of `width` per row: the first `fixed` columns in full, the others share the rest."""
    gap = 2
    widest = [max(cell.cell_len for cell in cells) for cells in zip(*rows, strict=True)]
    left = width - sum(widest[:fixed]) - gap * (len(widest) - 1)
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, gap, 0, 0))
    for number in range(fixed, len(widest)):
        share = max(left // (len(widest) - number), 4) if number < len(widest) - 1 else max(left, 4)
        widest[number] = min(widest[number], share)
        left -= widest[number]
    for wide in widest:
        table.add_column(no_wrap=True, overflow="ellipsis", width=wide)
    for row in rows:
        table.add_row(*row)
    return table
