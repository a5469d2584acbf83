"""Review page with every reading marked in the text, to be confirmed or corrected and saved as YAML."""

import html
import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from dafeng.plan.documents.formats import load_source
from dafeng.plan.model import Plan, Span
from dafeng.plan.reading import read_source, text_of

SURE = 0.94
"""Confidence from which a reading is not asked for first: that of a rule which was right more often than on
average.
"""


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    kind: str
    index: int


def review_page(path: str | Path, *, first_leads: bool = False) -> tuple[Plan, str]:
    """Return (plan, HTML page) of a document.

    The page needs no network and keeps nothing outside the browser.

    Parameters
    ----------
    path
        Document to read.
    first_leads
        As in `read`.

    Raises
    ------
    DafengError
        As `read`.
    """
    source = load_source(Path(path))
    plan = read_source(source, first_leads=first_leads)
    return plan, render(plan, text_of(source).text)


def render(plan: Plan, text: str) -> str:
    """Render the page for a plan and the normalised text that its spans count in."""
    template = (files("dafeng.plan") / "review.html").read_text(encoding="utf-8")
    data = json.dumps(plan.as_dict(), ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")
    from jinja2 import Environment

    environment = Environment(autoescape=True)
    return environment.from_string(template).render(
        title=plan.title, sure=SURE, body=_Markup(_marked(plan, text)), data=_Markup(data)
    )


class _Markup(str):
    """Markup: text that is HTML already."""

    def __html__(self) -> str:
        return str(self)


def _marked(plan: Plan, text: str) -> str:
    """Return the text as HTML paragraphs with one <mark> a reading.

    Of overlapping readings the first is marked.
    """
    unread = plan.coverage.unread if plan.coverage is not None else ()
    marks = [
        *_marks(plan.targets, "target"),
        *_marks(unread, "unread"),
        *_marks(plan.duties, "duty"),
        *_marks(plan.names, "name"),
        *_headings(plan.tasks, text, "task"),
        *_headings(plan.outline, text, "heading"),
    ]
    marks.sort(key=lambda mark: (mark.start, -mark.end))
    items: dict[str, Any] = {
        "target": plan.targets, "unread": unread, "duty": plan.duties, "name": plan.names, "task": plan.tasks, "heading": plan.outline,
    }  # fmt: skip
    parts: list[str] = []
    position = 0
    for mark in marks:
        if mark.start < position:
            parts.append(f'<a class="hidden" id="{mark.kind}-{mark.index}"></a>')
            continue
        parts.append(html.escape(text[position : mark.start]))
        if mark.kind in ("task", "heading") and mark.start and text[mark.start - 1] != "\n":
            parts.append("\n")
        parts.append(_mark(mark, items[mark.kind][mark.index], html.escape(text[mark.start : mark.end])))
        position = mark.end
    parts.append(html.escape(text[position:]))
    return "<p>" + "".join(parts).replace("\n", "</p><p>") + "</p>"


def _mark(mark: _Mark, item: Any, words: str) -> str:
    place = f' data-locator="{html.escape(item.locator)}"' if mark.kind in ("task", "heading") else ""
    if mark.kind == "heading":
        return f'<b class="heading"{place}>{words}</b>'
    doubtful = " doubtful" if getattr(item, "confidence", 0.0) < SURE else ""
    return f'<mark class="{mark.kind}{doubtful}" id="{mark.kind}-{mark.index}"{place} tabindex="0">{words}</mark>'


def _headings(items: Any, text: str, kind: str) -> list[_Mark]:
    """Return number and words of tasks or of the headings above them."""
    marks: list[_Mark] = []
    for i, item in enumerate(items):
        if item.span is not None:
            start = item.span.start
            end = text.find(item.title, start, start + len(item.title) + 24)
            marks.append(_Mark(start, end + len(item.title) if end >= 0 else start + 1, kind, i))
    return marks


def _marks(items: Any, kind: str) -> list[_Mark]:
    marks: list[_Mark] = []
    for index, item in enumerate(items):
        span: Span | None = item.span
        if span is not None and span.end > span.start:
            marks.append(_Mark(span.start, span.end, kind, index))
    return marks
