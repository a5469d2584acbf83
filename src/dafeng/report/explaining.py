"""Explanation of the headline: increases and decreases after the peak year, by sector."""

from dafeng.evidence import Language
from dafeng.pathway.results import PLAN, SectorTrack
from dafeng.report.summary import Summary
from dafeng.report.texts import name, text
from dafeng.report.wording import emissions, unclaimed

TARGET_YEAR = 2030
SMALL = 0.04
"""Sectors whose change is less than this part of all changes are not named."""


def why_then(summary: Summary, language: Language) -> str:
    """Explain the peak year of the headline account with the plan by the changes of the sectors.

    Changes run from the peak year to the year after it, and to 2030. Sectors are means over samples, so that
    they add up. Empty where the peak year is not among the years of the model, or is withheld.
    """
    if summary.withheld:
        return ""
    place = summary.place
    peak = summary.peak(PLAN, place.headline_account)
    years = summary.track(PLAN, place.headline_account).years
    if peak.year is None or round(peak.year.median) not in years:
        return ""
    year = round(peak.year.median)
    ends = [end for end in sorted({year + 1, TARGET_YEAR}) if year < end and end in years]
    parts = [_change(summary, years, year, end, language) for end in ends]
    parts = [part for part in parts if part]
    if not parts:
        return ""
    between = "；" if language is Language.ZH else "; "
    told = text("why_then", language, year=year, account=place.headline_account, changes=between.join(parts))
    ahead = peak.year_ahead
    if not unclaimed(peak, place.as_of) or ahead is None or round(ahead.median) == year:
        return told
    joint = "" if language is Language.ZH else " "
    return (
        told
        + joint
        + text("why_then.ahead", language, year=year, ahead=round(ahead.median), as_of=place.as_of)
    )


def _change(summary: Summary, years: list[int], start: int, end: int, language: Language) -> str:
    rows = [
        row for row in summary.sectors
        if row.scenario == PLAN and row.account == summary.place.headline_account
    ]  # fmt: skip
    changes = {row.sector: _difference(row, years, start, end) for row in rows}
    whole = sum(abs(change) for change in changes.values())
    if not whole:
        return ""
    named = [(sector, change) for sector, change in changes.items() if abs(change) >= SMALL * whole]
    comma = "、" if language is Language.ZH else ", "
    told = comma.join(
        f"{name('branch', sector, language)} {_signed(change, language)}"
        for sector, change in sorted(named, key=lambda pair: -abs(pair[1]))
    )
    return text(
        "why_then.change", language, end=end, sum=_signed(sum(changes.values()), language), parts=told
    )


def _difference(row: SectorTrack, years: list[int], start: int, end: int) -> float:
    return row.values[years.index(end)] - row.values[years.index(start)]


def _signed(change: float, language: Language) -> str:
    return f"{'+' if change > 0 else '−'}{emissions(abs(change), language)}"
