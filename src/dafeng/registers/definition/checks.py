"""Semantic validation of definitions that fit the schema: names, expressions, states, references, units."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, product

from dafeng.evidence import DafengError, Problems, Text
from dafeng.registers.definition.field_checks import (
    Where,
    check_days,
    check_fields,
    check_once,
    check_order,
)
from dafeng.registers.definition.meaning import Symbol, UnitOfTable, resolve
from dafeng.registers.definition.model import SORTABLE, Child, Definition, Indicator, Kind, RegisterField
from dafeng.registers.definition.symbols import child_symbols, indicator_symbols, record_symbols
from dafeng.registers.definition.syntax import AGGREGATES, OVER_MANY, Call, Const, Name, Node, parse, walk
from dafeng.units import is_unit


def check_definition(
    definition: Definition, sources: frozenset[str], where: Where, problems: Problems, unit_of_table: UnitOfTable | None = None
) -> None:  # fmt: skip
    """Check one edition of one register and add every error to `problems`."""
    check_fields("fields", definition.fields, sources, where, problems)
    for index, child in enumerate(definition.children):
        check_fields(f"children.{index}.fields", child.fields, sources, where, problems, child=True)
        for name in sorted({one.id for one in child.fields} & set(definition.key)):
            problems.add(
                where(f"children.{index}.fields"), f"the field {name}, which is the key of the record",
                "an id of its own: the key joins the rows to their record", "rename it",
            )  # fmt: skip
        _known(
            f"children.{index}.key",
            child.key,
            [f.id for f in (*child.fields, *definition.fields)],
            where,
            problems,
        )
    check_once(definition, where, problems)
    check_days(definition, where, problems)
    check_order(definition, where, problems)
    own = [field.id for field in definition.fields]
    for name, used in _uses(definition):
        _known(name, used, own, where, problems)
    sortable = sum(field.sortable for field in definition.fields)
    if sortable > SORTABLE:
        problems.add(
            where("fields"),
            f"{sortable} sortable fields",
            f"at most {SORTABLE}",
            "each is an index that imports pay for",
        )
    _check_life_cycle(definition, where, problems)
    _check_expressions(definition, where, problems, unit_of_table)
    for path, source in _sources(definition):
        if source not in sources:
            problems.add(where(path), f"the source {source}", "an id of sources.csv", "add the source")


def _uses(definition: Definition) -> Iterator[tuple[str, Sequence[str]]]:
    yield "key", definition.key
    yield "public", definition.public
    if definition.region:
        yield "region", [definition.region]
    if definition.organisation:
        yield "organisation", [definition.organisation]
    if definition.dated:
        yield "dated", [definition.dated]
    if definition.similar:
        yield "similar", (*definition.similar.fields, *definition.similar.within)
    if definition.returns:
        yield "returns.field", [definition.returns.field]


def _sources(definition: Definition) -> Iterator[tuple[str, str]]:
    yield "life_cycle", definition.life_cycle.source
    for index, rule in enumerate(definition.rules):
        yield f"rules.{index}", rule.source
    for index, indicator in enumerate(definition.indicators):
        yield f"indicators.{index}", indicator.source


def _known(path: str, names: Sequence[str], fields: Sequence[str], where: Where, problems: Problems) -> None:
    for name in names:
        if name not in fields:
            problems.add(where(path), name, "a field of the register", "correct the name")


def _check_life_cycle(definition: Definition, where: Where, problems: Problems) -> None:
    cycle = definition.life_cycle
    states = {state.id for state in cycle.states}
    if cycle.initial not in states:
        problems.add(where("life_cycle.initial"), cycle.initial, f"one of {', '.join(sorted(states))}")
    reached = _reached(definition)
    files = {field.id for field in definition.fields if field.type is Kind.FILE}
    for index, step in enumerate(cycle.transitions):
        path = f"life_cycle.transitions.{index}"
        for state in {*step.start, step.end} - states:
            problems.add(where(path), f"the state {state}", f"one of {', '.join(sorted(states))}")
        if not reached & set(step.start):
            found = (
                f"the transition {step.id} that nobody can take: no record reaches {', '.join(step.start)}"
            )
            mend = "add the way into that state"
            problems.add(where(path), found, "a transition from a state that is reached", mend)
        for paper in set(step.papers) - files:
            listed = f"one of {', '.join(sorted(files)) or 'none'}"
            problems.add(where(path), f"the paper {paper}", "a field of the type file", listed)
    for name in sorted(states - reached):
        found = f"the state {name} that no transition leads to"
        problems.add(where("life_cycle.states"), found, "states that can be reached")
    if not any(state.counted for state in cycle.states):
        problems.add(where("life_cycle.states"), "no state that counts", "counted: true on at least one")


def _reached(definition: Definition) -> set[str]:
    """Return the states that some record can reach."""
    reached, before = {definition.life_cycle.initial}, -1
    while len(reached) != before:
        before = len(reached)
        reached |= {step.end for step in definition.life_cycle.transitions if reached & set(step.start)}
    return reached


def _check_expressions(
    definition: Definition, where: Where, problems: Problems, unit_of_table: UnitOfTable | None
) -> None:
    record = record_symbols(definition)

    def check(path: str, text: str, symbols: Mapping[str, Symbol], kind: str, unit: str = "") -> None:
        if not text:
            return
        try:
            found = resolve(text, symbols, where(path), unit_of_table=unit_of_table)
            if kind and found.kind not in kind.split("|"):
                problems.add(where(path), f"{text} ({found.kind})", f"an expression of the kind {kind}")
            if unit:
                found.scale_to(unit, where(path))
            if kind == "bool" and not any(map(_varies, walk(found.node))):
                problems.add(
                    where(path),
                    text,
                    "a condition that depends on the record",
                    "nobody could ever meet it, or everybody does",
                )
        except DafengError as error:
            problems.extend(error.problems)

    _check_all(definition, record, check)
    for index, indicator in enumerate(definition.indicators):
        _check_indicator(f"indicators.{index}", definition, indicator, where, problems, check, unit_of_table)


def _varies(node: Node) -> bool:
    return isinstance(node, Name) or (isinstance(node, Call) and node.function in ("today", "count"))


def _check_all(definition: Definition, record: Mapping[str, Symbol], check: Callable[..., None]) -> None:
    _check_field_expressions("fields", definition.fields, record, check)
    for index, child in enumerate(definition.children):
        symbols = child_symbols(definition, child)
        _check_field_expressions(f"children.{index}.fields", child.fields, symbols, check)
    for index, step in enumerate(definition.life_cycle.transitions):
        check(f"life_cycle.transitions.{index}.guard", step.guard, record, "bool")
    for index, rule in enumerate(definition.rules):
        check(f"rules.{index}.check", rule.check, record, "bool")
        check(f"rules.{index}.when", rule.when, record, "bool")


def _check_field_expressions(
    path: str, fields: Sequence[RegisterField], symbols: Mapping[str, Symbol],
    check: Callable[..., None],
) -> None:  # fmt: skip
    for index, field in enumerate(fields):
        wanted = symbols[field.id].kind if field.id in symbols else ""
        check(f"{path}.{index}.computed", field.computed, symbols, wanted, field.unit)
        check(f"{path}.{index}.required_when", field.required_when, symbols, "bool")


def _check_indicator(
    path: str, definition: Definition, indicator: Indicator, where: Where, problems: Problems,
    check: Callable[..., None], unit_of_table: UnitOfTable | None,
) -> None:  # fmt: skip
    children = {child.id for child in definition.children}
    if indicator.over and indicator.over not in children:
        problems.add(
            where(f"{path}.over"), indicator.over, f"a child table: {', '.join(sorted(children)) or 'none'}"
        )
        return
    if not is_unit(indicator.unit):
        problems.add(where(f"{path}.unit"), indicator.unit, "a unit of docs/units.md")
        return
    symbols = indicator_symbols(definition, indicator.over)
    for name in ("where", "year", "since", "until"):
        _check_over_many(where(f"{path}.{name}"), getattr(indicator, name), problems)
    for number, formula in enumerate(indicator.formulas):
        _check_over_many(where(f"{path}.formulas.{number}.value"), formula.value, problems)
    check(f"{path}.where", indicator.where, symbols, "bool")
    for name in ("year", "since", "until"):
        check(
            f"{path}.{name}", getattr(indicator, name), symbols, "number" if name == "year" else "date|number"
        )
    _known(f"{path}.by", indicator.by, list(symbols), where, problems)
    states = {state.id for state in definition.life_cycle.states}
    _known(
        f"{path}.states",
        indicator.states if isinstance(indicator.states, tuple) else (),
        list(states),
        where,
        problems,
    )
    for number, formula in enumerate(indicator.formulas):
        place = where(f"{path}.formulas.{number}.value")
        try:
            found = resolve(formula.value, symbols, place, aggregate=True, unit_of_table=unit_of_table)
            found.scale_to(indicator.unit, place)
        except DafengError as error:
            problems.extend(error.problems)


def _check_over_many(place: str, text: str, problems: Problems) -> None:
    """Check that an indicator applies functions to many records only that a database has, too."""
    try:
        calls = [node for node in walk(parse(text, place)) if isinstance(node, Call)] if text else []
    except DafengError:  # reported where the expression is resolved
        return
    for call in calls:
        by_field = call.function == "lookup" and not all(isinstance(part, Const) for part in call.parts)
        if call.function in AGGREGATES or (call.function in OVER_MANY and not by_field):
            continue
        problems.add(
            place, f"{call.function} over many records" if not by_field else "a lookup by a field",
            f"one of {', '.join(sorted(OVER_MANY))}", "compute it as a field of the record",
        )  # fmt: skip


def check_together(
    definitions: Sequence[Definition],
    tables: frozenset[str],
    where: Callable[[Definition], Where],
    problems: Problems,
) -> None:
    """Check consistency across registers: references, cycles, two indicators for one observation."""
    by_id = {definition.register_id: definition for definition in definitions}
    feeds: dict[tuple[str, str], str] = {}
    for definition in definitions:
        for path, field in _all_fields(definition):
            if field.refers and not _exists(field.refers, by_id, tables):
                problems.add(
                    where(definition)(path),
                    field.refers,
                    "a register, register.child, or case.table",
                    "correct the name, or add the register",
                )
        for index, indicator in enumerate(definition.indicators):
            feed = indicator.feeds
            if feed is None:
                continue
            name, place = (
                f"{definition.register_id}.{indicator.id}",
                where(definition)(f"indicators.{index}.feeds"),
            )
            for id_ in fed_names(definition, indicator, place, problems):
                other = feeds.setdefault((feed.table, id_), name)
                if other != name:
                    found = f"{feed.table} {id_} fed by {name} and by {other}"
                    problems.add(place, found, "one indicator for one observation", "take one away")
                    break
    _check_circles(by_id, where, problems)


def fed_names(definition: Definition, indicator: Indicator, place: str, problems: Problems) -> list[str]:
    """Return every id that an indicator feeds: with a field in braces, one for each of its codes."""
    if indicator.feeds is None:
        return []
    rows = [one.fields for one in definition.children if one.id == indicator.over]
    codes = {one.id: tuple(one.codes) for group in (definition.fields, *rows) for one in group if one.codes}
    names = indicator.feeds.fields
    for name in names:
        if name not in codes or name not in indicator.by:
            problems.add(
                place, f"{{{name}}}", Text("by 中的一个选项字段", "a choice field that is listed in by"),
                Text("写入 by,或改正字段名", "list it in by, or correct its name"),
            )  # fmt: skip
            return []
    return [
        indicator.feeds.name(dict(zip(names, values, strict=True)))
        for values in product(*(codes[name] for name in names))
    ]


def _all_fields(definition: Definition) -> Iterator[tuple[str, RegisterField]]:
    groups: Iterator[tuple[str, Definition | Child]] = chain(
        [("fields", definition)],
        ((f"children.{i}.fields", child) for i, child in enumerate(definition.children)),
    )
    for path, group in groups:
        for index, field in enumerate(group.fields):
            yield f"{path}.{index}.refers", field


def _exists(name: str, registers: Mapping[str, Definition], tables: frozenset[str]) -> bool:
    first, _, second = name.partition(".")
    if first == "case":
        return second in tables
    if first not in registers:
        return False
    return not second or second in {child.id for child in registers[first].children}


def _check_circles(
    by_id: Mapping[str, Definition], where: Callable[[Definition], Where], problems: Problems
) -> None:
    """Check for reference cycles.

    A register whose required references lead back to itself can never get a first record.
    """
    needs = {
        name: {
            field.refers.partition(".")[0] for field in definition.fields
            if field.required and field.refers and field.refers.partition(".")[0] in by_id
        }
        for name, definition in by_id.items()
    }  # fmt: skip
    for name in by_id:
        seen: set[str] = set()
        open_ = set(needs[name])
        while open_:
            other = open_.pop()
            if other not in seen:
                seen.add(other)
                open_ |= needs[other]
        if name in seen:
            found = f"required references that lead from {name} back to {name}"
            problems.add(
                where(by_id[name])("fields"),
                found,
                "no circle of required references",
                "make one of them optional",
            )
