"""Numbers and sentences for people, in one language at a time; the wording of every output format."""

import math
import re
from collections.abc import Sequence

from dafeng.evidence import Language, difference_as_shown
from dafeng.pathway.results import CARRIED_ON, EXPECTED, PLAN, Contribution, Peak, PolicyAim, Range
from dafeng.report.summary import STATUSES, Issue, Summary
from dafeng.report.texts import name, text
from dafeng.report.withholding import missing_sentence, withheld_sentence

TOTAL_MT = 10.0
"""From here on emissions are totals of a city, shown with four significant digits."""
SCENARIOS = (PLAN, EXPECTED, CARRIED_ON)
# a chance from here on is called sure, below a half it is called no
SURE = 0.9


def scoped(title: str, language: Language) -> str:
    """Return `title` with the id in its last brackets (branch or carrier) replaced by its catalogue name."""
    head, bracket, scope = title.rpartition(" (")
    if not bracket or not scope.endswith(")"):
        return title
    inside = name("branch", scope[:-1], language)
    return f"{head}（{inside}）" if language is Language.ZH else f"{head} ({inside})"


def significant(value: float, digits: int = 3) -> str:
    """Format `value` with `digits` significant digits and thousands separators, never in powers of ten.

    >>> significant(5231.7), significant(0.0415), significant(-12.34)
    ('5,230', '0.0415', '−12.3')
    """
    if value == 0:
        return "0"
    places = _places(value, digits)
    return f"{round(value, places):,.{max(places, 0)}f}".replace("-", "−")


def _places(value: float, digits: int) -> int:
    """Return the decimal places of `digits` significant digits; negative for rounding to tens."""
    return digits - 1 - math.floor(math.log10(abs(value))) if value else 0


def emissions(mt: float, language: Language, unit: bool = True) -> str:
    """Format Mt CO2: 万吨 in Chinese, Mt in English; four significant digits from 10 Mt on, else three.

    Four, so that a total in a sentence is the figure of the reconciliation, which must add up.

    >>> emissions(52.317, Language.ZH), emissions(52.317, Language.EN), emissions(2.2546, Language.ZH)
    ('5,232 万吨', '52.32 Mt', '225 万吨')
    """
    value = significant(mt * scale(language), _digits(mt))
    return f"{value} {emission_unit(language)}" if unit else value


def _digits(mt: float) -> int:
    return 4 if abs(mt) >= TOTAL_MT else 3


def emissions_apart(larger: float, smaller: float, language: Language) -> str:
    """Format the difference of two emissions that the same sentence shows: it is that of the figures shown.

    >>> emissions(45.093, Language.ZH), emissions(39.196, Language.ZH), emissions_apart(45.093, 39.196, Language.ZH)
    ('4,509 万吨', '3,920 万吨', '589 万吨')
    """
    one, other = larger * scale(language), smaller * scale(language)
    places = min(_places(one, _digits(larger)), _places(other, _digits(smaller)))
    apart = difference_as_shown(one, other, places)
    return f"{apart:,.{max(places, 0)}f} {emission_unit(language)}".replace("-", "−")


def scale(language: Language) -> float:
    """Return the conversion factor from Mt to the reader's unit: 100 万吨."""
    return 100.0 if language is Language.ZH else 1.0


def emission_unit(language: Language) -> str:
    return text("unit.emissions", language)


def emission_range(value: Range, language: Language, unit: bool = True) -> str:
    """Format an emission with its range: `5,230 万吨(4,900–5,600)`."""
    low, high = emissions(value.low, language, unit=False), emissions(value.high, language, unit=False)
    return text(
        "range" if value.low >= 0 else "range.signed", language, value=emissions(value.median, language, unit), low=low, high=high
    )  # fmt: skip


def year_range(value: Range | None, language: Language) -> str:
    if value is None:
        return text("no_peak_year", language)
    return text(
        "range", language, value=f"{value.median:.0f}", low=f"{value.low:.0f}", high=f"{value.high:.0f}"
    )  # fmt: skip


def percent(probability: float) -> str:
    """Format a probability from samples as whole per cent, never certain.

    >>> percent(0.004), percent(0.424), percent(1.0)
    ('<1%', '42%', '>99%')
    """
    if probability < 0.01:
        return "<1%"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def chance(probability: float, language: Language) -> str:
    """Format a chance in tens, at most 19 in 20: the last digits of a forecast carry no information.

    >>> chance(0.73, Language.ZH), chance(0.73, Language.EN), chance(0.999, Language.EN)
    ('约七成', 'about 7 in 10', 'more than 19 in 20')
    """
    tens = round(10 * probability)
    return text(f"chance.{tens}", language)


def tens(probability: float) -> str:
    """Format a chance in tens for a table.

    >>> tens(0.73), tens(0.02), tens(0.99)
    ('7/10', '<1/20', '>19/20')
    """
    found = round(10 * probability)
    if found in (0, 10):
        return "<1/20" if found == 0 else ">19/20"
    return f"{found}/10"


def unclaimed(peak: Peak, as_of: int) -> bool:
    """Return whether years up to `as_of` are among the peak years (5-95 %) without being a peak by rule."""
    return peak.year is not None and peak.year.low <= as_of and not peak.past_claimed


def stated_year(peak: Peak, as_of: int, language: Language) -> str:
    """Return the peak year with its interval; one up to `as_of` is stated only where it is a peak by rule."""
    if not unclaimed(peak, as_of) or peak.year is None:
        return year_range(peak.year, language)
    if peak.year.median <= as_of or peak.year_ahead is None:
        return text("fact.unclaimed", language)
    return year_range(peak.year_ahead, language)


def years_of(quantity: str) -> str:
    """Return the year or period of an attribution: `reduction in 2030` is 2030."""
    found = re.search(r"\d{4}(\s*[-–]\s*\d{4})?", quantity)
    return found.group() if found else quantity


def leading(issues: Sequence[Issue]) -> tuple[list[Issue], list[Issue]]:
    """Return the first finding of each kind, and the rest; the order within each is kept."""
    seen: set[str] = set()
    first: list[Issue] = []
    rest: list[Issue] = []
    for issue in issues:
        (rest if issue.code in seen else first).append(issue)
        seen.add(issue.code)
    return first, rest


def headline(summary: Summary, language: Language) -> str:
    """Return the result in one sentence; that it is withheld where too few data are the place's own."""
    if summary.withheld:
        return withheld_sentence(summary, language)
    peak, without = summary.peak(PLAN), summary.peak(CARRIED_ON)
    kind = "headline.yes" if peak.before_2030.value >= SURE else "headline.open"
    if peak.before_2030.value < 0.5:
        kind = "headline.no"
    place = summary.place
    return text(
        kind, language, city=place.name_zh if language is Language.ZH else place.name_en,
        probability=chance(peak.before_2030.value, language), by=chance(peak.by_2030.value, language),
        without=chance(without.before_2030.value, language), account=place.headline_account,
    )  # fmt: skip


def second_sentence(summary: Summary, language: Language) -> str:
    """Return year, height and margin of the peak with the plan, as a sentence.

    With both readings of "before 2030", and CO2 per GDP against the aims. Where the headline is withheld, what is missing
    for it.
    """
    if summary.withheld:
        return missing_sentence(summary, language)
    peak, without, place = summary.peak(PLAN), summary.peak(CARRIED_ON), summary.place
    if peak.year is None or peak.level is None:
        return text("peak.none", language, horizon=place.horizon)
    fields = {"as_of": place.as_of, "horizon": place.horizon}
    if unclaimed(peak, place.as_of) and peak.past_exceeded is not None:
        joint = "" if language is Language.ZH else " "
        when = text("peak.past", language, **fields, exceeded=chance(peak.past_exceeded, language))
        if peak.year_ahead is not None:
            when += joint + text("peak.ahead", language, year=year_range(peak.year_ahead, language))
    else:
        when = text("peak.when", language, year=year_range(peak.year, language))
    parts = [
        when,
        text("peak.level", language, level=emission_range(peak.level, language), beyond=chance(peak.not_within_horizon, language), **fields),
        text("peak.readings", language, by=chance(peak.by_2030.value, language), without=chance(without.by_2030.value, language)),
    ]  # fmt: skip
    if peak.margin is not None:
        parts.append(text("peak.margin", language, margin=emission_range(peak.margin, language), **fields))
    parts += [_aim(aim, language) for aim in summary.policy if aim.scenario == PLAN]
    return ("" if language is Language.ZH else " ").join(parts)


def _aim(aim: PolicyAim, language: Language) -> str:
    title = aim.name_zh if language is Language.ZH else aim.name_en
    return text(
        "policy.aim", language, name=title, aim=signed_percent(aim.aim),
        change=change_percent(aim.change.median), low=change_percent(aim.change.low), high=change_percent(aim.change.high),
        chance=chance(aim.chance, language),
    )  # fmt: skip


def signed_percent(value: float) -> str:
    """Format an aim for a relative change as its document writes it.

    >>> signed_percent(-0.17), signed_percent(-0.038)
    ('−17%', '−3.8%')
    """
    return f"{change_percent(value).removesuffix('%').removesuffix('.0')}%"


def change_percent(value: float) -> str:
    """Format a relative change that is computed: one decimal throughout, so that a value and its range are alike.

    >>> change_percent(-0.21), change_percent(0.0221)
    ('−21.0%', '+2.2%')
    """
    return f"{100 * value:+.1f}%".replace("-", "−")


def delivery_sentence(summary: Summary, language: Language) -> str:
    """Return the required degree of delivery and the result of the usual one; empty where not available."""
    if not summary.delivery_levels:
        return ""
    needed = summary.delivery_needed
    sentence = (
        text("delivery.never", language)
        if needed is None
        else text("delivery.needed", language, needed=f"{needed:.0%}")
    )
    expected = [peak for peak in summary.peaks if peak.scenario == EXPECTED]
    if not expected or summary.mean_delivery is None:
        return sentence
    joint = "" if language is Language.ZH else " "
    return sentence + joint + text(
        "delivery.expected", language, mean=f"{summary.mean_delivery:.0%}",
        probability=chance(summary.peak(EXPECTED).before_2030.value, language),
    )  # fmt: skip


def joint_sentence(summary: Summary, language: Language) -> str:
    """Return the joint probability of all targets that can be projected; empty with fewer than two."""
    joint = summary.joint_targets
    if joint is None or len(joint.targets) < 2:
        return ""
    chances = ("；" if language is Language.ZH else "; ").join(
        f"{text(f'scenario.{scenario}', language)} {chance(joint.chances[scenario], language)}"
        for scenario in SCENARIOS if scenario in joint.chances
    )  # fmt: skip
    return text("targets.joint", language, count=len(joint.targets), chances=chances)


def open_targets(summary: Summary, language: Language) -> list[str]:
    """Return one line for each reason why targets cannot be judged, with their places in the plan."""
    groups: dict[str, list[str]] = {}
    for row in summary.targets:
        if row.status == STATUSES[-1]:
            groups.setdefault(row.why_zh, []).append(row.locator)
    english = {row.why_zh: row.why_en for row in summary.targets}
    lines: dict[str, list[str]] = {}
    for why, places in groups.items():
        stop, reason = ("。", why) if language is Language.ZH else (". ", english[why])
        lines.setdefault(reason.partition(stop)[0].rstrip("."), []).extend(places)
    return [
        text(
            "targets.open", language, reason=reason, count=len(places),
            names=" ".join(
                place if places.count(place) == 1 else f"{place}×{places.count(place)}" for place in dict.fromkeys(places)
            ),
        )
        for reason, places in lines.items()
    ]  # fmt: skip


def outcome(peak: Peak, language: Language) -> str:
    """Return the three outcomes of a peak in words."""
    return text(
        "peak.outcome", language, past=tens(peak.already_past), beyond=tens(peak.not_within_horizon),
        plateau="–" if peak.plateau_years is None else f"{peak.plateau_years:.0f}",
    )  # fmt: skip


def accounts_differ(summary: Summary, language: Language) -> str:
    """Explain the gap between A and B: electricity across the city's border, and the units that feed it."""
    year = summary.place.as_of
    try:
        a, b = summary.track(PLAN, "A"), summary.track(PLAN, "B")
    except KeyError:
        return ""
    if year not in a.years:
        return ""
    at = a.years.index(year)
    small, large = sorted((a.median[at], b.median[at]))
    sentence = text(
        "accounts.gap" if b.median[at] >= a.median[at] else "accounts.gap_import", language, year=year,
        gap=emissions_apart(large, small, language), a=emissions(a.median[at], language),
        b=emissions(b.median[at], language),
    )  # fmt: skip
    capacity = sum(unit.capacity_mw for unit in summary.new_units)
    if not capacity:
        return sentence
    names = "、" if language is Language.ZH else ", "
    units = names.join(
        f"{unit.name_zh if language is Language.ZH else unit.name_en} {unit.units} × {unit.capacity_mw / unit.units:,.0f} MW, {unit.start_year}"
        for unit in summary.new_units
    )
    units_text = text("accounts.units", language, units=units, base=summary.place.base_year)
    joint = "" if language is Language.ZH else " "
    return f"{sentence}{joint}{units_text}"


def title(summary: Summary, language: Language) -> str:
    place = summary.place
    return text("page.title", language, city=place.name_zh if language is Language.ZH else place.name_en)


def english_or_chinese(row: Contribution, language: Language) -> str:
    """Return the name of a row; Chinese where it has no English name of its own."""
    has_english = row.name_en and row.name_en != row.id
    return row.name_en if language is Language.EN and has_english else row.name_zh


def hangs_on(summary: Summary, language: Language) -> str:
    """Return the concentration of the reduction: the largest task and the share of the first ten measures."""
    attribution = summary.attribution
    if attribution is None or not attribution.tasks or attribution.total.value <= 0:
        return text("why.none", language)
    ranked = sorted(attribution.measures, key=lambda row: -row.reduction)
    first = max(attribution.tasks, key=lambda row: row.reduction)
    total = attribution.total.value
    return text(
        "why.some", language, total=emissions(total, language), year=years_of(attribution.quantity),
        account=attribution.account, task=f"{first.id} {english_or_chinese(first, language)}",
        share=percent(first.reduction / total), ten=percent(sum(row.reduction for row in ranked[:10]) / total),
        count=min(10, len(ranked)),
    )  # fmt: skip


def costs_sentence(summary: Summary, language: Language) -> str:
    """Return the measures that the cost curve leaves out, and the investment that has a source."""
    curve = summary.cost_curve
    if curve is None:
        return ""
    told = text(
        "costs.left_out", language, count=curve.left_out, tonnes=emissions(curve.left_out_reduction, language),
        rate=f"{curve.discount_rate:.0%}",
    )  # fmt: skip
    if not curve.investment:
        return told
    between = "，" if language is Language.ZH else ", "
    years = between.join(
        f"{year} {significant(amount / 1e8)}" for year, amount in sorted(curve.investment.items())
    )
    return f"{told} {text('costs.investment', language, text=years)}"
