"""`index.html`: one file that opens without a network, in Chinese with an English switch."""

import json
from collections.abc import Callable
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from dafeng.evidence import Language, Text
from dafeng.pathway.results import Peak, Range
from dafeng.report import explaining, printing, reconciling, texts, wording
from dafeng.report.sections import page_parts, pictures
from dafeng.report.summary import STATUSES, SourceNote, Summary, TargetVerdict
from dafeng.report.texts import LANGUAGES, text
from dafeng.report.withholding import share_sentence
from dafeng.report.wording import emissions, percent

SHOWN_FINDINGS = 8
SHOWN_ASSUMPTIONS = 3
SAVED = ("png", "data", "table", "printed")
"""Texts of the buttons that save a figure or a table, and of the foot of the A4 edition."""
NOTES = ("method.accounts", "method.model", "method.peak", "method.attribution", "method.limits")
COMPARATORS = {"=": "", "~": "≈ ", ">=": "≥ ", "<=": "≤ ", "..": "", "+": "+", "-": "−"}


def two(zh: object, en: object) -> Markup:
    """Render a text in both languages, of which the page shows one."""
    return Markup(f'<span lang="zh">{escape(zh)}</span><span lang="en">{escape(en)}</span>')


def in_both(say: Callable[[Language], str]) -> Markup:
    """Render the text that `say` returns, in both languages."""
    return two(*(say(language) for language in LANGUAGES))


def message(id: str, **fields: object) -> Markup:  # noqa: A002 - the column's name
    """Render the message `id` in both languages; a field of two languages is a `Text`.

    Raises
    ------
    TypeError
        For a field that is markup already: the page would show its tags as text.
    """
    marked = [name for name, field in fields.items() if isinstance(field, Markup)]
    if marked:
        raise TypeError(f"{id}: fields of a message are text, not markup: {', '.join(marked)}")
    sides = [
        {name: getattr(field, language.value) if isinstance(field, Text) else field for name, field in fields.items()}
        for language in LANGUAGES
    ]  # fmt: skip
    return two(*(text(id, language, **side) for language, side in zip(LANGUAGES, sides, strict=True)))


def figure_of(target: TargetVerdict) -> str:
    """Format the required value of a target as the text writes it: ≥ 80%, 927 万千瓦."""
    if target.target is None:
        return ""
    high = "" if target.target_high is None else f"–{target.target_high:g}"
    unit = target.unit or ""
    return f"{COMPARATORS.get(target.comparator, '')}{target.target:g}{high}{'' if unit == '%' else ' '}{unit}".strip()


def margin_of(target: TargetVerdict) -> str:
    """Format the margin by which a value meets its target, with its range: +12 万千瓦 (−5 – +30)."""
    if target.margin is None:
        return ""
    unit = target.unit or ""
    ends = (target.margin_low, target.margin_high)
    wide = None not in ends and ends[0] != ends[1]
    around = f" ({ends[0]:+.3g} – {ends[1]:+.3g})" if wide else ""
    return f"{target.margin:+.3g}{'' if unit == '%' else ' '}{unit}{around}".replace("-", "−")


def render(summary: Summary) -> str:
    """Render the whole page. The same summary gives the same text.

    Parameters
    ----------
    summary
        Summary of a run.

    Returns
    -------
    HTML without references to other hosts.
    """
    drawn = {
        title: {language.value: json.loads(draw(language).to_json()) for language in LANGUAGES}
        for title, draw in pictures(summary).items()
    }
    context = _words(summary) | _tables(summary)
    context["drawn"] = drawn
    context["chart"] = lambda title, heading, caption, wide=False, broad=False, printed=True: (
        _chart(summary, title, heading, caption, {"wide": wide, "broad": broad, "screen": not printed})
        if title in drawn
        else ""
    )
    return template("index.html.j2").render(
        **context,
        style=resource("style.css"),
        script=resource("page.js"),
        plotly=Markup(get_plotlyjs()),
        words_json=saved_words(),
        figures_json=Markup(_json_for_script(drawn)),
    )


def _words(summary: Summary) -> dict[str, object]:
    def tonnes(value: float) -> Markup:
        return in_both(lambda language: emissions(value, language))

    def error_of(value: float) -> Markup:
        return in_both(
            lambda language: (
                f"{wording.significant(value * wording.scale(language), 2)} {wording.emission_unit(language)}"
            )
        )

    def span(low: float, high: float) -> Markup:
        return in_both(
            lambda language: text(
                "span" if low >= 0 else "span.signed",
                language,
                low=emissions(low, language, unit=False),
                high=emissions(high, language, unit=False),
            )
        )

    def interval(value: Range) -> Markup:
        return span(value.low, value.high)

    def label(id: str) -> Markup:  # noqa: A002
        zh, en = (escape(text(id, language)) for language in LANGUAGES)
        return Markup(f'data-label-zh="{zh}" data-label-en="{en}"')

    def outcome(peak: Peak) -> Markup:
        return in_both(lambda language: wording.outcome(peak, language))

    return {
        "t": message, "two": two, "say": in_both, "tonnes": tonnes, "span": span,
        "tonnes_bare": lambda value: in_both(lambda language: emissions(value, language, unit=False)), "interval": interval,
        "label": label, "error_of": error_of, "outcome": outcome, "percent": percent, "tens": wording.tens, "signed": wording.signed_percent, "changed": wording.change_percent,
        "minus": lambda number: str(number).replace("-", "−"), "open_lines": _open_lines(summary),
        "chance": lambda value: in_both(lambda language: wording.chance(value, language)),
        "unclaimed": lambda peak: wording.unclaimed(peak, summary.place.as_of),
        "say_years": lambda value: in_both(lambda language: wording.year_range(value, language)),
        "stated_year": lambda peak: in_both(lambda language: wording.stated_year(peak, summary.place.as_of, language)),
        "figure_of": figure_of, "margin_of": margin_of, "plain": lambda id: text(id, Language.ZH),  # noqa: A006
        "influence": lambda row: two(*(wording.scoped(name, language) for name, language in zip((row.name_zh, row.name_en), LANGUAGES, strict=True))),
        "named": lambda kind, id: in_both(lambda language: texts.name(kind, id, language)),  # noqa: A006
        "headline": lambda language: wording.headline(summary, language),
        "own_share": lambda language: share_sentence(summary, language),
        "second": lambda language: wording.second_sentence(summary, language),
        "delivery": lambda language: wording.delivery_sentence(summary, language),
        "joint": lambda language: wording.joint_sentence(summary, language),
        "then": {language.value: explaining.why_then(summary, language) for language in LANGUAGES},
        "hangs": lambda language: wording.hangs_on(summary, language),
        "costs": lambda language: wording.costs_sentence(summary, language),
        "differ": {language.value: wording.accounts_differ(summary, language) for language in LANGUAGES},
        "title": {language.value: wording.title(summary, language) for language in LANGUAGES},
    }  # fmt: skip


def _open_lines(summary: Summary) -> list[Markup]:
    """Lines of the targets that cannot be judged, one a reason, in both languages."""
    return [
        two(zh, en)
        for zh, en in zip(*(wording.open_targets(summary, language) for language in LANGUAGES), strict=True)
    ]


def _tables(summary: Summary) -> dict[str, object]:
    attribution = summary.attribution
    terms: dict[str, list[SourceNote]] = {}
    for source in summary.sources:
        terms.setdefault(" · ".join(part for part in (source.licence, source.terms) if part), []).append(
            source
        )
    first, rest = wording.leading(summary.findings)
    ranked = sorted(attribution.measures, key=lambda row: -row.reduction) if attribution else []
    return {
        **printing.context(summary),
        "bridge_columns": list(zip(*(reconciling.columns(summary, language) for language in LANGUAGES), strict=True)),
        "bridge": list(zip(*(reconciling.lines(summary, language) for language in LANGUAGES), strict=True)),
        "parts": page_parts(summary), "s": summary, "place": summary.place, "city": Text(summary.place.name_zh, summary.place.name_en), "count": summary.target_count, "statuses": STATUSES, "notes": NOTES,
        "top_measures": ranked[:10],
        "assumed": [row for row in summary.influences if row.grade == "E"][:SHOWN_ASSUMPTIONS],
        "task_titles": {wedge.task: wedge.title for wedge in summary.wedges}
        | {row.id: row.name_zh for row in (attribution.tasks if attribution else [])},
        "sources_by_terms": sorted(terms.items()),
        "by_status": {
            status: [row for row in summary.targets if row.status == status] for status in STATUSES
        },
        "first_findings": first[:SHOWN_FINDINGS], "more_findings": [*first[SHOWN_FINDINGS:], *rest],
        "peaks": [summary.peak(scenario, account) for account in summary.accounts for scenario in wording.SCENARIOS
                  if any(peak.scenario == scenario for peak in summary.peaks)],
    }  # fmt: skip


def _chart(summary: Summary, title: str, heading: str, caption: str, marks: dict[str, bool]) -> Markup:
    year = wording.years_of(summary.attribution.quantity) if summary.attribution else ""
    classes = " ".join(mark for mark, holds in marks.items() if holds)
    wider = f' class="{classes}"' if classes else ""
    fields = {"year": year, "base": summary.place.base_year}
    zh, en = (escape(text(f"{heading}", language, **fields)) for language in LANGUAGES)
    return Markup(
        f'<figure{wider}><h3>{message(heading, **fields)}</h3><div data-figure="{escape(title)}" role="img" '
        f'data-label-zh="{zh}" data-label-en="{en}"></div><figcaption>{message(caption, **fields)}</figcaption></figure>'
    )


def _json_for_script(data: object) -> str:
    """Return JSON that cannot end the script element that contains it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def template(name: str) -> jinja2.Template:
    """Return a template of a page that stands alone."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dafeng.report"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(name)


def saved_words() -> Markup:
    """Return the texts of `SAVED` in both languages as JSON for `page.js`."""
    words = {kind: [text(f"page.{kind}", language) for language in LANGUAGES] for kind in SAVED}
    return Markup(_json_for_script(words))


def resource(name: str) -> Markup:
    """Return a style sheet or script of the templates, to stand inside a page."""
    return Markup((files("dafeng.report") / "templates" / name).read_text(encoding="utf-8"))
