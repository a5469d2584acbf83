"""Registry of sections: the renderer of each section of the summary on page, in terminal and workbook.

A new quantity is a model in `dafeng.pathway.results` (or in `report.summary`), a field of the summary, and a row here.
`key` is the key in `summary.json`; a section without data is shown nowhere. Its page is the template
`templates/sections/<key>.html.j2`, its pictures are drawn by name; within a part the order is that of this table.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from dafeng.evidence import Language
from dafeng.report import causes, figures
from dafeng.report.summary import Summary
from dafeng.report.workbooks import assessed
from dafeng.report.workbooks import sheets as tables
from dafeng.report.workbooks.sheets import Sheet

if TYPE_CHECKING:
    from rich.console import RenderableType

Draw = Callable[[Summary, Language], go.Figure]
Pictures = Callable[[Summary], Mapping[str, Draw]]
Lines = Callable[[Summary, Language, int], "list[RenderableType]"]

CURVE_MEASURES = 10
"""Measures with a cost from which on they are drawn as a curve; fewer are a table."""
PARTS = ("answer", "why", "targets", "sure", "origin", "end")
"""Parts of the page, in their order."""


@dataclass(frozen=True, slots=True)
class Section:
    """Renderers of one key of the summary; None or nothing where an output format does not show it."""

    key: str
    part: str = ""
    pictures: Pictures = field(default=lambda _: {})
    terminal: Lines | None = None
    sheets: Callable[[Summary], list[Sheet]] = field(default=lambda _: [])


def _one(name: str, draw: Draw) -> Pictures:
    return lambda _: {name: draw}


def _fans(summary: Summary) -> Mapping[str, Draw]:
    def of(account: str) -> Draw:
        return lambda found, language: figures.fan(found, account, language)

    return {f"fan_{account}": of(account) for account in summary.accounts}


def _shares(summary: Summary) -> Mapping[str, Draw]:
    drawn: dict[str, Draw] = {"measures": figures.measures}
    found = summary.attribution
    if summary.duties:
        drawn["departments"] = figures.departments
    if found and found.counties:
        drawn["counties"] = figures.counties
    return drawn


def _costs(summary: Summary) -> Mapping[str, Draw]:
    curve = summary.cost_curve
    return {"cost_curve": causes.cost_curve} if curve and len(curve.measures) >= CURVE_MEASURES else {}


def _in_terminal(name: str) -> Lines:
    """Return the renderer `name` of the terminal, imported at its first use: files need no terminal."""

    def lines(summary: Summary, language: Language, width: int) -> "list[RenderableType]":
        from dafeng.report import terminal_blocks

        renderer: Lines = getattr(terminal_blocks, name)
        return renderer(summary, language, width)

    return lines


SECTIONS: tuple[Section, ...] = (
    Section("base", terminal=_in_terminal("base")),
    Section("peaks", "sure", _one("peak_years", figures.peak_years), _in_terminal("peaks"), tables.peaks),
    Section("delivery_levels", "sure", _one("delivery", figures.delivery), None, tables.delivery_levels),
    Section("reconciliation", "answer", terminal=_in_terminal("reconciliation"), sheets=tables.reconciliation),
    Section("own_data", sheets=tables.own_data),
    Section("ratios", "answer", sheets=tables.ratios),
    Section("policy", "sure", terminal=_in_terminal("policy"), sheets=tables.policy),
    Section("plausibility", "sure", terminal=_in_terminal("plausibility"), sheets=tables.rows_of("plausibility", "plausibility")),
    Section("stress", "sure", sheets=tables.rows_of("stress", "stress")),
    Section("tracks", "answer", _fans, None, tables.tracks),
    Section("observed", sheets=tables.observed),
    Section("causes", "why", _one("waterfall", causes.waterfall), None, tables.causes),
    Section("wedges", "why", _one("wedges", figures.wedges), None, tables.wedges),
    Section("attribution", "why", _shares, _in_terminal("attribution"), tables.attribution),
    Section("cost_curve", "why", _costs, None, tables.cost_curve),
    Section("duties", sheets=tables.rows_of("duties", "departments")),
    Section("unquantified", "why", sheets=tables.rows_of("unquantified", "unquantified")),
    Section("targets", "targets", terminal=_in_terminal("targets"), sheets=tables.rows_of("targets", "targets")),
    Section("assessment", "targets", terminal=_in_terminal("assessment"), sheets=assessed.sheets),
    Section("tornado", "sure", _one("tornado", causes.tornado), None, tables.tornado),
    Section(
        "timing_influences", "sure",
        _one("timing", lambda summary, language: figures.influences(summary.timing_influences, language)),
        None, tables.rows_of("timing_influences", "timing"),
    ),
    Section(
        "influences", "sure",
        _one("influences", lambda summary, language: figures.influences(summary.influences, language)),
        None, tables.rows_of("influences", "influences"),
    ),
    Section("data_requests", "sure", terminal=_in_terminal("data_requests"), sheets=tables.rows_of("data_requests", "data_requests")),
    Section("findings", "sure", terminal=_in_terminal("findings"), sheets=tables.rows_of("findings", "findings")),
    Section("branches", "origin", _one("inventory", figures.inventory), None, tables.rows_of("branches", "inventory")),
    Section("references", "origin", _one("references", figures.references), None, tables.rows_of("references", "references")),
    Section("sectors", sheets=tables.sectors),
    Section("electricity", sheets=tables.electricity),
    Section("sources", "end", sheets=tables.rows_of("sources", "sources")),
)  # fmt: skip


def present(summary: Summary) -> Iterator[Section]:
    """Yield the sections for which `summary` has data."""
    return (section for section in SECTIONS if getattr(summary, section.key))


def page_parts(summary: Summary) -> dict[str, list[str]]:
    """Return the sections of each part of the page, by key."""
    shown = list(present(summary))
    return {part: [section.key for section in shown if section.part == part] for part in PARTS}


def pictures(summary: Summary) -> dict[str, Callable[[Language], go.Figure]]:
    """Return every figure of this summary by its name; a figure without data is left out.

    Parameters
    ----------
    summary
        Summary of a run.

    Returns
    -------
    Functions that draw each figure in a language.
    """

    def bound(draw: Draw) -> Callable[[Language], Any]:
        return lambda language: draw(summary, language)

    return {
        name: bound(draw) for section in present(summary) for name, draw in section.pictures(summary).items()
    }


def sheets(summary: Summary) -> list[Sheet]:
    """Return every table of the workbook but the first page."""
    return [
        tables.in_units_of_the_workbook(table)
        for section in present(summary) for table in section.sheets(summary) if table.rows
    ]  # fmt: skip
