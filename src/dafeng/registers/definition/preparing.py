"""Compiled definitions: expressions compiled once, checks applied to one record at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as fresh
from datetime import date
from typing import Any

from dafeng.evidence import DafengError, Problem, Text
from dafeng.registers.definition.calendar import end_of
from dafeng.registers.definition.cells import column_of, read_field
from dafeng.registers.definition.code_tables import CodeRow, code_row, look_up, unit_of_table
from dafeng.registers.definition.counties import County, place_problem
from dafeng.registers.definition.evaluation import Circumstances, Computed, computed
from dafeng.registers.definition.meaning import Symbol, resolve
from dafeng.registers.definition.model import Definition, Kind, RegisterField, Rule, Transition
from dafeng.registers.definition.symbols import child_symbols, record_symbols
from dafeng.rules import in_force, place_chain
from dafeng.tables import Column, tidy

TYPED_FILE = (Text("空单元格", "an empty cell"), Text("附件须另行上传", "attach files to the record"))
"""Expected and mend of a name that was typed into a field for files."""


@dataclass(slots=True)
class Entry:
    """Parsed record before storage: typed values, notation keys by field, child rows."""

    values: dict[str, Any]
    notation: dict[str, str] = fresh(default_factory=dict)
    children: dict[str, list[dict[str, Any]]] = fresh(default_factory=dict)
    grade: str = "B"
    until: dict[tuple[str, int | None, str], str | None] = fresh(default_factory=dict)
    """Day on which a personal value that was stored before ends, by child table, index of the row, field."""

    def adds_to(self, old: "Entry") -> bool:
        """Return whether it contradicts nothing of `old` and fills in what was left empty, as the reply to a request."""
        kept = all(self.values.get(name) == value for name, value in old.values.items() if value is not None)
        return kept and old.notation == self.notation and old.children == self.children


@dataclass(frozen=True, slots=True)
class Fault:
    """Violation of a rule by a record: `rule` is its id, `refuse` whether the record cannot be stored.

    `inputs` are the values that decided (none of a person) and the rows of code tables that were read, `source`
    the norm, `confirmed` whether the rule and those rows were compared with their originals.
    """

    rule: str
    field: str
    found: str | Text
    expected: Text
    refuse: bool
    mend: str | Text = ""
    inputs: Mapping[str, Any] = fresh(default_factory=dict)
    source: str = ""
    confirmed: bool = True

    def problem(self, place: Callable[[str], str]) -> Problem:
        return Problem(place(self.field), self.found, self.expected, self.mend)


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: Rule
    when: Computed | None
    check: Computed
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Compiled definition with everything needed to process a record, built once."""

    definition: Definition
    columns: Mapping[str, tuple[RegisterField, Column]]
    child_columns: Mapping[str, Mapping[str, tuple[RegisterField, Column]]]
    computed: tuple[tuple[str, Computed], ...]
    child_computed: Mapping[str, tuple[tuple[str, Computed], ...]]
    required: tuple[tuple[str, RegisterField], ...]
    required_when: tuple[tuple[str, Computed, str], ...]
    rules: tuple[_Rule, ...]
    guards: Mapping[str, Computed]
    counties: tuple[County, ...] = ()
    misplaced: dict[tuple[str, str, str], Fault | None] = fresh(default_factory=dict)
    """Verdicts on places by place of the store, place of the record and day: a file names few, many times."""

    def circumstances(self, today: str, place: str) -> Circumstances:
        return Circumstances(today, place, look_up)

    def read(self, cells: Mapping[str, object], place: Callable[[str], str]) -> tuple[Entry, list[Problem]]:
        """Parse the cells of one record (a form, an API body, a row) to an entry.

        Each cell that does not fit gives a problem.
        """
        entry, problems = Entry({}), []
        for name, cell in cells.items():
            known = self.columns.get(name)
            if known is None:
                problems.append(
                    Problem(
                        place(name),
                        f"the field {name}",
                        f"a field of {self.definition.register_id}",
                        "check the spelling",
                    )
                )
                continue
            value, key, fault = read_field(*known, tidy(cell))
            if known[0].type is Kind.FILE and value is not None:
                problems.append(Problem(place(name), repr(str(value)[:60]), *TYPED_FILE))
            if fault is not None:
                problems.append(Problem(place(name), *fault.of(tidy(cell))))
            entry.values[name] = value
            if key:
                entry.notation[name] = key
        return entry, problems

    def at(self, values: Mapping[str, Any], now: Circumstances) -> Circumstances:
        """Return the circumstances of one record: its own place, and the day that its rules are read for."""
        definition = self.definition
        region = values.get(definition.region) if definition.region else None
        return Circumstances(
            now.today, str(region or now.place), now.lookup, reference_day(definition, values, now.today)
        )

    def complete(self, entry: Entry, now: Circumstances) -> list[Fault]:
        """Compute the computed fields, then check required fields and every rule in force for the record.

        All faults are returned at once.
        """
        scope = now.place
        values, now = entry.values, self.at(entry.values, now)
        for child, rows in entry.children.items():
            for name, function in self.child_computed.get(child, ()):
                for row in rows:
                    row[name] = _safely(function, {**values, **row}, now)
        whole: Mapping[str, Any] = {**values, **entry.children} if entry.children else values
        for name, function in self.computed:
            values[name] = _safely(function, whole, now)
            whole = {**values, **entry.children} if entry.children else values
        faults = self._missing(entry, whole, now) + self._misplaced(values, scope, now.on)
        for each in self.rules:
            rule = each.rule
            if not _in_force(rule, now) or (
                each.when is not None and _safely(each.when, whole, now) is not True
            ):
                continue
            if _safely(each.check, whole, now) is False:
                faults.append(self._fault(each, whole, now))
        return faults

    def _misplaced(self, values: Mapping[str, Any], scope: str, day: str) -> list[Fault]:
        """Refuse a county that did not exist on the day of the record."""
        name = self.definition.region
        region = str(values.get(name) or "") if name else ""
        if not name or not region:
            return []
        asked = (scope, region, day)
        if asked not in self.misplaced:
            problem = place_problem(self.counties, scope, region, day)
            self.misplaced[asked] = (
                None
                if problem is None
                else Fault("county_in_force", name, problem[0], problem[1], True, problem[2])
            )
        fault = self.misplaced[asked]
        return [] if fault is None else [fault]

    def _fault(self, each: _Rule, whole: Mapping[str, Any], now: Circumstances) -> Fault:
        rule, used = each.rule, list[CodeRow]()

        def noting(table: str, keys: Sequence[str], day: str, place: str) -> float | None:
            row = code_row(table, ":".join(keys), day, place)
            used.extend([row] if row is not None else [])
            return row.value if row is not None else None

        for part in (each.when, each.check):
            if part is not None:
                _safely(part, whole, replace(now, lookup=noting))
        hidden = {one.id for one in self.definition.fields if one.privacy == "personal"}
        inputs = {name: whole.get(name) for name in each.fields if name in whole and name not in hidden}
        told = [
            f"{name} = {'***' if name in hidden else whole.get(name)}"
            for name in each.fields
            if name in whole
        ]
        confirmed = rule.confirmed and all(row.confirmed for row in used)
        tables = {
            f"{row.table}:{row.key}": {"valid_from": row.valid_from, "place": row.place, "value": row.value, "source": row.source}
            for row in used
        }  # fmt: skip
        return Fault(
            rule.id, each.fields[0] if each.fields else "", ", ".join(told) or rule.check,
            Text(f"{rule.zh}(规则 {rule.id})", f"{rule.en} (rule {rule.id})"), rule.severity == "refuse",
            "" if confirmed else _UNCONFIRMED, inputs | ({"code_tables": tables} if tables else {}), rule.source, confirmed,
        )  # fmt: skip

    def _missing(self, entry: Entry, row: Mapping[str, Any], now: Circumstances) -> list[Fault]:
        def absent(name: str) -> bool:
            return entry.values.get(name) is None and name not in entry.notation

        faults = [
            Fault("required", name, "an empty cell", Text(f"{known.zh}(必填)", f"{known.en} (required)"), True, "fill it")
            for name, known in self.required if absent(name)
        ]  # fmt: skip
        for name, when, condition in self.required_when:
            if absent(name) and _safely(when, row, now) is True:
                known = self.definition.field(name)
                text = Text(f"{known.zh}(当 {condition} 时必填)", f"{known.en} (required where {condition})")
                faults.append(Fault("required", name, "an empty cell", text, True, "fill it"))
        return faults

    def guard_holds(self, step: Transition, row: Mapping[str, Any], now: Circumstances) -> bool:
        """Check whether the guard of a transition is met; missing is not met."""
        guard = self.guards.get(step.id)
        return guard is None or _safely(guard, row, self.at(row, now)) is True


_UNCONFIRMED = Text("未经核对原文的规则", "a rule not confirmed by its original")


def reference_day(definition: Definition, values: Mapping[str, Any], today: str) -> str:
    """Return the day whose edition, rules and code tables apply to a record: never later than today.

    It is that of the field `dated`, else the end of the period of its return, else today.
    """
    name = definition.dated or (definition.returns.field if definition.returns else None)
    text = str(values.get(name) or "") if name else ""
    try:
        day = date.fromisoformat(text[:10]) if len(text) >= 10 else end_of(text)
    except (ValueError, IndexError):
        return today
    return min(day.isoformat(), today)


def _in_force(rule: Rule, now: Circumstances) -> bool:
    if rule.place and rule.place not in place_chain(now.place):
        return False
    return not (rule.valid_from or rule.valid_to) or in_force(rule.valid_from, rule.valid_to, now.on)


def _safely(function: Computed, row: Mapping[str, Any], now: Circumstances) -> Any:
    """Evaluate a function.

    A value that cannot be computed (an invalid date, a year without holidays) is missing.
    """
    try:
        return function(row, now)
    except (DafengError, ValueError, TypeError, OverflowError):
        return None


def prepare(definition: Definition) -> Prepared:
    """Compile the expressions of `definition`.

    Raises
    ------
    DafengError
        Where one does not fit; `read_book` has reported that already.
    """
    symbols = record_symbols(definition)

    def compiled(text: str, known: Mapping[str, Symbol], where: str) -> Computed:
        return computed(resolve(text, known, where, unit_of_table=unit_of_table).node)

    rules = [
        _Rule(
            rule, compiled(rule.when, symbols, rule.id) if rule.when else None, compiled(rule.check, symbols, rule.id),
            _fields_of(rule.check, definition),
        )
        for rule in definition.rules if not rule.manual
    ]  # fmt: skip
    return Prepared(
        definition,
        {one.id: (one, column_of(one)) for one in definition.fields if not one.computed},
        {child.id: {one.id: (one, column_of(one)) for one in child.fields if not one.computed} for child in definition.children},
        tuple((one.id, _scaled(one, symbols)) for one in definition.fields if one.computed),
        {
            child.id: tuple((one.id, _scaled(one, child_symbols(definition, child))) for one in child.fields if one.computed)
            for child in definition.children
        },
        tuple((one.id, one) for one in definition.fields if one.required and not one.computed),
        tuple((one.id, compiled(one.required_when, symbols, one.id), one.required_when) for one in definition.fields if one.required_when),
        tuple(rules),
        {step.id: compiled(step.guard, symbols, step.id) for step in definition.life_cycle.transitions if step.guard},
    )  # fmt: skip


def _scaled(one: RegisterField, symbols: Mapping[str, Symbol]) -> Computed:
    """Convert a computed field to its own unit: 粪污 in kg × 头 may be stored in t."""
    meaning = resolve(one.computed, symbols, one.id, unit_of_table=unit_of_table)
    factor = meaning.scale_to(one.unit, one.id) if meaning.kind == "number" and one.unit else 1.0
    function = computed(meaning.node)
    if factor == 1.0:
        return function

    def scaled(row: Mapping[str, Any], now: Circumstances) -> Any:
        value = function(row, now)
        return None if value is None else value * factor

    return scaled


def _fields_of(text: str, definition: Definition) -> tuple[str, ...]:
    own = [one.id for one in definition.fields]
    words = "".join(sign if sign.isalnum() or sign == "_" else " " for sign in text).split()
    return tuple(dict.fromkeys(word for word in words if word in own))


def key_of(definition: Definition, values: Mapping[str, Any], secret: Callable[[str], str] = str) -> str:
    """Build the key of a record as one text; parts that are personal go through `secret` first."""
    parts = [
        secret(str(values.get(name)))
        if definition.field(name).privacy == "personal"
        else str(values.get(name))
        for name in definition.key
    ]
    if len(parts) > 1:  # a part that holds the separator is no two parts
        parts = [part.replace("|", "\\|") if "|" in part else part for part in parts]
    return "|".join(parts)
