"""Checks of the parts of a definition: names that are free, bounds, codes, days, the order of computed fields."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from dafeng.evidence import DafengError, Problems, Text
from dafeng.factors import indicators
from dafeng.registers.definition.model import NUMBERS, Definition, RegisterField
from dafeng.registers.definition.syntax import Name, parse, walk
from dafeng.units import is_unit, kind

RESERVED = frozenset({
    "id", "key", "scope", "state", "region", "organisation", "edition", "version", "period", "grade", "notation", "deadline", "live",
    "amends", "entered_by", "entered_at", "changed_at", "search", "sum", "count",
})  # fmt: skip
"""Columns that every record has, and words of expressions."""
_IN_ROWS = frozenset({"record_id"})
Where = Callable[[str], str]
"""Path inside the definition → human-readable location."""


def check_fields(
    path: str, fields: Sequence[RegisterField], sources: frozenset[str], where: Where, problems: Problems,
    *, child: bool = False,
) -> None:  # fmt: skip
    """Check the fields of a register, or of a child table, and add every error to `problems`."""
    taken = RESERVED | _IN_ROWS if child else RESERVED
    for name, count in Counter(field.id for field in fields).items():
        if count > 1:
            problems.add(where(path), f"the field {name} {count} times", "each id once")
        if name in taken:
            problems.add(
                where(path), f"a field called {name}", f"another name: {', '.join(sorted(taken))} are taken"
            )
    for index, field in enumerate(fields):
        at = f"{path}.{index}"
        if field.unit and not is_unit(field.unit):
            problems.add(
                where(f"{at}.unit"), field.unit, "a unit of docs/units.md", "correct it, or add it to units"
            )
        if field.source not in sources:
            problems.add(where(f"{at}.source"), field.source, "an id of sources.csv", "add the source")
        _check_indicator(where(f"{at}.indicator"), field, problems)
        _check_bounds(where(at), field, problems)
        _check_codes(where(f"{at}.codes"), field, problems)


def _check_indicator(place: str, field: RegisterField, problems: Problems) -> None:
    if not field.indicator:
        return
    one = indicators().get(field.indicator)
    if one is None:
        problems.add(place, field.indicator, Text("指标表(factors/indicators.csv)中的编号", "an id of the table of indicators (factors/indicators.csv)"))  # fmt: skip
    elif field.type not in NUMBERS or kind(field.unit or "1") != kind(one.unit):
        usual = one.unit
        problems.add(place, f"{field.type} {field.unit}".strip(), Text(f"与指标 {one.id} 同类的数值(如 {usual})", f"a number of the kind of {one.id}, as {usual}"))  # fmt: skip


def _check_bounds(place: str, field: RegisterField, problems: Problems) -> None:
    bounds = {"low": field.low, "high": field.high, "above": field.above}
    for name, value in bounds.items():
        if value is not None and not math.isfinite(value):
            problems.add(place, f"{name}: {value}", Text("有限的数", "a finite number"))
    if field.high is None:
        return
    for name, least in (("low", field.low), ("above", field.above)):
        if least is not None and (least > field.high or (name == "above" and least == field.high)):
            expected = Text("下限与上限之间有可填的值", "bounds with a value between them")
            given = f"{name}: {least}, high: {field.high}"
            problems.add(place, Text(f"下限 {name}: {least}，上限 high: {field.high}", given), expected)


def _check_codes(place: str, field: RegisterField, problems: Problems) -> None:
    """Check that each code and each name means one thing, also inside `in a;b` and in a cell of several codes."""
    names = Counter(field.codes.values())
    for code, name in field.codes.items():
        if not code.strip() or code != code.strip() or any(sign in code for sign in ";；,，|\n"):
            expected = Text(
                "不含分号、逗号、竖线和首尾空格的非空代码", "a code without ; , | and outer spaces, not empty"
            )
            problems.add(place, repr(code), expected)
        if not name.strip() or names[name] > 1 or (name in field.codes and name != code):
            expected = Text("每个代码有自己的名称", "a name of its own for each code")
            problems.add(place, f"{code}: {name}", expected)


def check_once(definition: Definition, where: Where, problems: Problems) -> None:
    """Check that states, transitions, rules, indicators and child tables have each id once."""
    groups: tuple[tuple[str, Sequence[str]], ...] = (
        ("life_cycle.states", [one.id for one in definition.life_cycle.states]),
        ("life_cycle.transitions", [one.id for one in definition.life_cycle.transitions]),
        ("rules", [one.id for one in definition.rules]),
        ("indicators", [one.id for one in definition.indicators]),
        ("children", [one.id for one in definition.children]),
    )
    for path, names in groups:
        for name, count in Counter(names).items():
            if count > 1:
                problems.add(where(path), f"{name} {count} ×", Text("每个 id 一次", "each id once"))


def check_days(definition: Definition, where: Where, problems: Problems) -> None:
    """Check that the days on which an edition and its rules begin and end exist."""
    days: list[tuple[str, str | None]] = [("valid_from", definition.valid_from)]
    for index, rule in enumerate(definition.rules):
        days += [(f"rules.{index}.valid_from", rule.valid_from), (f"rules.{index}.valid_to", rule.valid_to)]
    for path, day in days:
        try:
            date.fromisoformat(day or "2000-01-01")
        except ValueError:
            problems.add(where(path), str(day), Text("日历中有的日期", "a day of the calendar"))


def check_order(definition: Definition, where: Where, problems: Problems) -> None:
    """Check that a computed field reads no computed field that comes later: a circle cannot be computed."""
    own = [field.id for field in definition.fields if field.computed]
    _check_reads("fields", definition.fields, own, where, problems)
    for index, child in enumerate(definition.children):
        # rows are computed before their record
        names = [field.id for field in child.fields if field.computed]
        shown = {field.id for field in child.fields}
        later = [*names, *(name for name in own if name not in shown)]
        _check_reads(f"children.{index}.fields", child.fields, later, where, problems)


def _check_reads(
    path: str, fields: Sequence[RegisterField], later: Sequence[str], where: Where, problems: Problems
) -> None:
    for index, field in enumerate(fields):
        if not field.computed:
            continue
        rest = later[later.index(field.id) :]
        for name in sorted(set(_names_in(field.computed)) & set(rest)):
            problems.add(
                where(f"{path}.{index}.computed"), f"{field.id} ← {name}",
                Text("只用前面已算出的字段,不成环", "fields that are computed before it, without a circle"),
                Text("把被引用的字段移到前面", "move the field that it reads up"),
            )  # fmt: skip


def _names_in(expression: str) -> Iterator[str]:
    try:
        yield from (one.name for one in walk(parse(expression, "")) if isinstance(one, Name))
    except DafengError:  # reported with the expression itself
        return
