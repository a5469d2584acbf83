"""Page of many drafted units: sums of provinces, map, ranking by what is known, units left out, agreement with EDGAR."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from dafeng.case import units
from dafeng.evidence import Language
from dafeng.pathway import (
    CHECKED_YEARS,
    agreement,
    growth_coverage,
    province_sums,
    ranked,
    split_halves,
)
from dafeng.report.page import in_both, message, resource, saved_words, template
from dafeng.report.pictures.unit_map import FILLS, Dot, unit_map
from dafeng.report.texts import text
from dafeng.report.wording import emission_unit, scale, significant

BASE_YEAR, TARGET_YEAR = 2020, 2030
DIGITS = 2
"""Significant digits of a draft: its range does not bear more."""
WIDTHS = (3.0, 5.0)
"""Upper over lower end up to which a unit counts as well, and as fairly known."""
Row = Mapping[Hashable, Any]


def units_page(rows: pd.DataFrame, place: str) -> str:
    """Render the page of the units of a province or of the country.

    Parameters
    ----------
    rows
        Rows of `dafeng.pathway.draft_many`.
    place
        Name of the province; "" for the country.

    Returns
    -------
    HTML without references to other hosts.
    """
    order = ranked(rows)
    sums = province_sums(rows)
    number, ratio, spread = agreement(rows)
    growth = [found for year in CHECKED_YEARS if (found := growth_coverage(rows, year)) is not None]
    titles = {
        one.value: text("units.title" if place else "units.title.nation", one, place=place)
        for one in (Language.ZH, Language.EN)
    }
    return template("units.html.j2").render(
        t=message, titles=titles, label=_label, mass=_mass, span=_span,
        style=resource("style.css"), script=resource("page.js"), words_json=saved_words(),
        rows=order.to_dict("records"), sums=sums.to_dict("records"),
        left=rows[rows["status"] != "done"].to_dict("records"), total=len(rows), done=int((rows["status"] == "done").sum()),
        incomplete=[row["province"] for row in sums.to_dict("records") if row["incomplete"]],
        number=number, ratio=f"{ratio:.2f}", spread=f"{spread:.2f}", halves=split_halves(rows), growth=growth,
        picture=_picture(rows, order, titles), fills=FILLS, widths=WIDTHS, base=BASE_YEAR, target=TARGET_YEAR,
        samples=int(rows["samples"].iloc[0]) if "samples" in rows else 0, seed=int(rows["seed"].iloc[0]) if "seed" in rows else 0,
    )  # fmt: skip


def _mass(value: float) -> Markup:
    """Render Mt as 万吨 or Mt, as many digits as a draft bears; a dash where there is none."""
    if pd.isna(value):
        return Markup("—")
    return in_both(
        lambda language: f"{significant(value * scale(language), DIGITS)} {emission_unit(language)}"
    )


def _span(row: Row, name: str) -> Markup:
    """Render a value with its 90 % range."""
    value, low, high = (row.get(f"{name}{end}", float("nan")) for end in ("", "_low", "_high"))
    if pd.isna(value):
        return Markup("—")
    ends = in_both(
        lambda language: text(
            "units.span",
            language,
            low=significant(low * scale(language), DIGITS),
            high=significant(high * scale(language), DIGITS),
        )
    )
    return Markup("{}<small>{}</small>").format(_mass(value), ends)


def _picture(rows: pd.DataFrame, order: pd.DataFrame, titles: Mapping[str, str]) -> Markup:
    """Render the map in both languages."""
    widths = dict(zip(order["code"], order["width"], strict=True))
    amounts = dict(zip(order["code"], order.get("B_no_plan_2020", []), strict=False))
    known = units()
    places = [
        (code, unit)
        for code in rows["code"]
        if (unit := known.get(str(code))) is not None and unit.lon is not None and unit.lat is not None
    ]
    if not places:
        return Markup("")
    parts = []
    for language in (Language.ZH, Language.EN):
        dots = [
            Dot(
                unit.short, unit.lon or 0.0, unit.lat or 0.0, amounts.get(code, 0.0), _class(widths.get(code)),
                f"{significant(amounts[code] * scale(language), DIGITS)} {emission_unit(language)}" if code in amounts else text("units.not_drafted", language),
            )
            for code, unit in places
        ]  # fmt: skip
        drawn = unit_map(dots, titles[language.value], language)
        parts.append(f'<span lang="{language.value}">{drawn}</span>')
    return Markup("".join(parts))


def _class(width: float | None) -> int:
    if width is None:
        return len(FILLS) - 1
    return sum(not width <= limit for limit in WIDTHS)


def _label(id: str) -> Markup:  # noqa: A002 - the column's name
    zh, en = (text(id, language) for language in (Language.ZH, Language.EN))
    return Markup('data-label-zh="{}" data-label-en="{}"').format(zh, en)
