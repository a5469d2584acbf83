"""Content of the A4 edition of the page: running foot, and the list of what is on the page alone."""

from collections.abc import Callable

from dafeng.evidence import Language
from dafeng.pathway.results import CARRIED_ON, PLAN, Range
from dafeng.report.control_wording import amount_text, ordered_paths, path_lines
from dafeng.report.summary import Ratio, Summary
from dafeng.report.texts import LANGUAGES, both, text


def folded_control(summary: Summary) -> int:
    """Return the tables of dual control that the A4 edition leaves out: those by year, and products."""
    found = summary.assessment
    return 0 if found is None else len(found.dual_control) + len(found.products)


# parts of the page that fold away, and are left out in print: heading → number of rows
FOLDED: dict[str, Callable[[Summary], int]] = {
    "print.targets": lambda summary: summary.target_count.cannot_be_judged,
    "print.control": folded_control,
    "print.findings": lambda summary: len(summary.findings),
    "print.branches": lambda summary: len(summary.branches),
    "print.unquantified": lambda summary: len(summary.unquantified),
    "print.sources": lambda summary: len(summary.sources),
}


def context(summary: Summary) -> dict[str, object]:
    """Return what the template needs for the A4 edition and for the table of ratios."""
    place = summary.place
    years = sorted({row.year for row in summary.ratios})
    keys = [(quantity, scenario) for quantity in ("per_head", "per_gdp") for scenario in (CARRIED_ON, PLAN)]
    found: dict[tuple[str, str, int], Range] = {
        (row.quantity, row.scenario, row.year): row.value for row in summary.ratios
    }
    return {
        "running": {
            language.value: _css(f"{text('page.title', language, city=name)} · dafeng {place.version} · {place.release[:8]}")
            for language, name in zip(LANGUAGES, (place.name_zh, place.name_en), strict=True)
        },
        "left_out": (lambda language: left_out(summary, language)) if any(of(summary) for of in FOLDED.values()) else None,
        "ratio_years": years,
        "ratio_rows": [
            {"quantity": quantity, "scenario": scenario, "cells": [found.get((quantity, scenario, year)) for year in years]}
            for quantity, scenario in keys if any((quantity, scenario, year) in found for year in years)
        ],
        "base_ratios": base_ratios(summary), "control": control(summary),
    }  # fmt: skip


def control(summary: Summary) -> dict[str, object]:
    """Return the paths of dual control, current and past, their sentences in both languages (the A4 edition has those of the
    main aims of the current plan), and the period of the lights.
    """
    paths = ordered_paths(summary.assessment)
    lights = [] if summary.assessment is None else summary.assessment.lights
    as_of = summary.place.as_of
    return {
        "lines": [
            (zh, en, number > 0 or path.to_year <= as_of or not path.aims)
            for path in paths
            for number, (zh, en) in enumerate(zip(*(path_lines(path, as_of, language) for language in LANGUAGES), strict=True))
        ],
        "now": [path for path in paths if path.to_year > summary.place.as_of],
        "past": [path for path in paths if path.to_year <= summary.place.as_of],
        "quantity": lambda path: both(f"control.quantity.{path.quantity}"),
        "period": lights[0].period if lights else "",
        "amount": lambda path, value: [amount_text(path.quantity, value, language, unit=False) for language in LANGUAGES],
    }  # fmt: skip


def base_ratios(summary: Summary) -> list[Ratio]:
    """Return the ratios of the base year, which are the same in every scenario."""
    return [row for row in summary.ratios if (row.scenario, row.year) == (PLAN, summary.place.base_year)]


def left_out(summary: Summary, language: Language) -> str:
    """Return the sentence on what the A4 edition leaves out."""
    between = "、" if language is Language.ZH else ", "
    items = between.join(
        text("print.item", language, name=text(id_, language), count=of(summary)) for id_, of in FOLDED.items() if of(summary)
    )  # fmt: skip
    return text("print.left_out", language, items=items)


def _css(content: str) -> str:
    """Return `content` without the characters that would end a string of a style sheet."""
    return "".join(character for character in content if character not in '"\\<>\n\r')
