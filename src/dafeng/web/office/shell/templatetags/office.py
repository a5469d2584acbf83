"""Template tags: texts of the catalogue and values as people read them."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dafeng.web.office import words

register = template.Library()


@register.simple_tag
def t(id: str, **fields: object) -> str:  # noqa: A002
    """Return a text of the catalogue."""
    return words.say(id, **fields)


@register.simple_tag
def name_of(prefix: str, id: object) -> str:  # noqa: A002
    """Return the text `prefix.id` of the catalogue, or the id itself where there is none."""
    key = f"{prefix}.{id}"
    return words.say(key) if key in words.texts() else str(id)


@register.simple_tag
def both(zh: str, en: str) -> str:
    """Return a text of the data in the language of the request."""
    return words.plain(zh, en)


@register.simple_tag
def code_name(zh: str) -> str:
    """Return the name of a code or an owner of registers in the language of the request."""
    return words.code_name(zh)


@register.simple_tag
def cells(labels: Sequence[str], values: Sequence[Any]) -> SafeString:
    """Return the cells of a row with their labels, all at once: a table of fifty rows has hundreds."""
    parts = zip(map(_escaped, labels), map(cell, values), strict=True)
    return mark_safe("".join(f'<td data-label="{label}">{escape(text)}</td>' for label, text in parts))


_escaped = lru_cache(maxsize=4096)(escape)


@register.filter
def moment(value: datetime | str | None) -> str:
    """Return date and time of the office's zone, to the minute."""
    if not value:
        return ""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return str(timezone.localtime(found).strftime("%Y-%m-%d %H:%M"))


@register.filter
def day(value: date | None) -> str:
    return value.isoformat() if value else ""


@register.filter
def cell(value: Any) -> str:
    """Return a value of a table as text; a missing one is an empty cell."""
    if value is None:
        return ""
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


@register.filter
def short(value: float | None) -> str:
    """Return a figure with four significant digits, whole thousands in full."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


@register.filter
def percent(value: float | None) -> str:
    """Return a share as percent with one digit."""
    return "" if value is None else f"{round(value, 3) + 0.0:.1%}"


@register.filter
def signed(value: float | None) -> str:
    """Return a change as percent with its sign."""
    return "" if value is None else f"{value:+.1%}"


@register.filter
def number(value: int | None) -> str:
    """Return a count with separators."""
    return "" if value is None else f"{value:,}"


@register.filter
def at(mapping: Any, key: object) -> Any:
    """Return the value of a key."""
    return mapping.get(key)


@register.filter
def named(names: Any, key: str) -> str:
    """Return the name of a key with the key, or the key alone where it has none."""
    return f"{names[key]} ({key})" if key in names else key
