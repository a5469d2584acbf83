"""Automatic numbers that Word shows but does not store in the text: 一、 (一) 1. by list or by style."""

import re
from dataclasses import dataclass
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NUMERALS = "〇一二三四五六七八九"
_DEEPEST = 9


@dataclass(frozen=True, slots=True)
class _Level:
    """Display format of one level of a list.

    `restarts` is false where it counts on through the whole document.
    """

    form: str
    pattern: str
    start: int
    restarts: bool


class Numbering:
    """Counter of the numbered paragraphs of one document, from first to last."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, int], _Level] = {}
        self._lists: dict[str, str] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        try:
            root = document.part.numbering_part.element
            styles = list(document.styles.element.iter(_W + "style"))
        except (KeyError, NotImplementedError, AttributeError):
            return
        by_style = self._read_lists(root)
        self._read_styles(styles, by_style)

    def _read_lists(self, root: Any) -> dict[tuple[str, str], int]:
        """Fill levels and lists; returns {(list, style): level} for levels that belong to a style."""
        of_abstract: dict[tuple[str, str], int] = {}
        for item in root.iter(_W + "abstractNum"):
            name = item.get(_W + "abstractNumId") or ""
            for level in item.iter(_W + "lvl"):
                at = _integer(level.get(_W + "ilvl"), 0)
                self._levels[name, at] = _Level(
                    _form(level), _attribute(level, "lvlText", ""), _integer(_attribute(level, "start", "1"), 1),
                    _attribute(level, "lvlRestart", "") != "0",
                )  # fmt: skip
                if style := _attribute(level, "pStyle", ""):
                    of_abstract[name, style] = at
        by_style: dict[tuple[str, str], int] = {}
        for item in root.iter(_W + "num"):
            number, name = item.get(_W + "numId") or "", _attribute(item, "abstractNumId", "")
            self._lists[number] = name
            for override in item.iter(_W + "lvlOverride"):
                if start := _attribute(override, "startOverride", ""):
                    self._restarts[number, _integer(override.get(_W + "ilvl"), 0)] = _integer(start, 1)
            by_style |= {
                (number, style): level for (owner, style), level in of_abstract.items() if owner == name
            }
        return by_style

    def _read_styles(self, styles: list[Any], by_style: dict[tuple[str, str], int]) -> None:
        own: dict[str, tuple[str, int]] = {}
        based: dict[str, str] = {}
        for style in styles:
            name = style.get(_W + "styleId") or ""
            based[name] = _attribute(style, "basedOn", "")
            if (found := _number_of(style.find(_W + "pPr"))) is not None:
                own[name] = (found[0], by_style.get((found[0], name), found[1]))
        for name in based:
            above, steps = name, 0
            while above and above not in own and steps < 20:
                above, steps = based.get(above, ""), steps + 1
            if above in own:
                self._styles[name] = own[above]

    def prefix(self, paragraph: Any) -> str:
        """Count a paragraph and return the number in front of it; empty where it has none."""
        found = self._place(paragraph)
        if found is None:
            return ""
        number, level = found
        name = self._lists.get(number, "")
        rule = self._levels.get((name, level))
        if rule is None:
            return ""
        start = self._restarts.pop((number, level), None)
        before = self._counts.get((name, level), rule.start - 1) if start is None else start - 1
        self._counts[name, level] = before + 1
        for deeper in range(level + 1, _DEEPEST + 1):
            below = self._levels.get((name, deeper))
            if below is not None and below.restarts:
                self._counts.pop((name, deeper), None)

        def shown(match: "re.Match[str]") -> str:
            at = int(match.group(1)) - 1
            one = self._levels.get((name, at), rule)
            return _shown(self._counts.get((name, at), one.start), one.form)

        return re.sub(r"%([1-9])", shown, rule.pattern) if rule.form not in ("bullet", "none") else ""

    def _place(self, paragraph: Any) -> tuple[str, int] | None:
        """Return (list, level) of a paragraph, by itself or by its style.

        A list 0 takes the style's number away.
        """
        properties = paragraph.find(_W + "pPr")
        if properties is None or not self._levels:
            return None
        style = self._styles.get(_attribute(properties, "pStyle", ""))
        numbered = properties.find(_W + "numPr")
        if numbered is None:
            return style
        if _attribute(numbered, "numId", "") == "0":
            return None
        return _number_of(properties) or (
            (style[0], _integer(_attribute(numbered, "ilvl", "0"), 0)) if style else None
        )


def _attribute(parent: Any, tag: str, default: str) -> str:
    found = parent.find(_W + tag)
    return str(found.get(_W + "val") or default) if found is not None else default


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and len(text) < 7 else default


def _form(level: Any) -> str:
    return _attribute(level, "numFmt", "decimal")


def _number_of(properties: Any) -> tuple[str, int] | None:
    numbered = properties.find(_W + "numPr") if properties is not None else None
    if numbered is None:
        return None
    number = _attribute(numbered, "numId", "0")
    return None if number == "0" else (number, _integer(_attribute(numbered, "ilvl", "0"), 0))


def _shown(value: int, form: str) -> str:
    chinese = re.search(r"chinese|japanese|ideograph|taiwanese", form, re.I)
    if chinese and 0 < value < 100:
        tens, ones = divmod(value, 10)
        ten = "" if not tens else "十" if tens == 1 else _NUMERALS[tens] + "十"
        return ten + (_NUMERALS[ones] if ones else "")
    if form == "decimalEnclosedCircle" and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    return str(value)
