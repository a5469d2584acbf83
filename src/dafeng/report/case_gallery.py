"""Gallery of cases: one page with a card a city, each leading to its own page of results."""

import base64
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from dafeng.evidence import Language, write_atomically
from dafeng.pathway.results import T_PER_MT
from dafeng.report import texts, wording
from dafeng.report.figures import COLOURS
from dafeng.report.page import in_both, message, resource, template, two
from dafeng.report.pictures.fan import Line, fan_picture
from dafeng.report.summary import Summary
from dafeng.report.texts import LANGUAGES, text
from dafeng.report.withholding import share_sentence

SCENARIOS = ("policy-carried-on", "plan")
HEAVIEST = 3
"""Branches that a card names."""


def write_case_gallery(summaries: Sequence[Summary], folder: Path) -> Path:
    """Write `index.html` into a folder that has the results of each case in a folder of its short name.

    Parameters
    ----------
    summaries
        Summaries in the order of the page.
    folder
        Folder of the gallery.

    Returns
    -------
    Path of the page.
    """
    page = template("gallery.html.j2").render(
        cards=[_card(summary) for summary in summaries], t=message, style=resource("style.css"), script=resource("gallery.js"), plain=lambda id: text(id, Language.ZH),  # noqa: A006
    )  # fmt: skip
    path = folder / "index.html"
    with write_atomically(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def folder_of(name: str) -> str:
    """Return the folder of a case within the gallery: the last part of its name."""
    return name.rpartition("/")[2]


def _card(summary: Summary) -> dict[str, object]:
    place, account = summary.place, summary.place.headline_account
    own = [row for row in summary.branches if row.account == account and row.value > 0]
    heaviest = sorted(own, key=lambda row: -row.value)[:HEAVIEST]
    total = sum(row.value for row in own)
    level = summary.base[account]
    return {
        "name": place.name, "city": two(place.name_zh, place.name_en), "link": f"{folder_of(place.name)}/index.html",
        "headline": in_both(lambda language: wording.headline(summary, language)),
        "share": in_both(lambda language: share_sentence(summary, language)),
        "base": message("gallery.case.base", year=place.base_year, account=account),
        "level": in_both(lambda language: wording.emission_range(level, language)),
        "heaviest": in_both(
            lambda language: ("、" if language is Language.ZH else ", ").join(
                f"{texts.name('branch', row.branch, language)} {wording.percent(row.value / total)}" for row in heaviest
            )
        ),
        "plan": two(place.plan_title or "—", place.plan_title or "—"),
        "fan": Markup("").join(_fan(summary, language) for language in LANGUAGES),
    }  # fmt: skip


def _fan(summary: Summary, language: Language) -> Markup:
    """Return the fan as an image of its own: the ids inside it stand once a page."""
    account = summary.place.headline_account
    lines = []
    for scenario in SCENARIOS:
        track = summary.track(scenario, account)
        years = np.array(track.years, dtype=np.int64)
        low, median, high = (np.array(values) * T_PER_MT for values in (track.low, track.median, track.high))
        lines.append(
            Line(texts.name("scenario", scenario, language), COLOURS[scenario], years, median, low, high)
        )
    none = np.array([], dtype=np.int64), np.array([], dtype=np.float64)
    city = summary.place.name_zh if language is Language.ZH else summary.place.name_en
    drawn = base64.b64encode(fan_picture(lines, none, city, language).encode()).decode()
    alt = text("gallery.case.fan", language, city=city, account=account)
    return Markup('<img lang="{}" alt="{}" src="data:image/svg+xml;base64,{}">').format(
        language.value, alt, drawn
    )
