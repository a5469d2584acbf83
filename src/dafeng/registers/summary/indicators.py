"""Indicators: aggregates of the records of a register, with completeness, approval and data quality."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from dafeng.evidence import DafengError, Grade
from dafeng.registers.definition.cells import FIRST_YEAR, LAST_YEAR
from dafeng.registers.definition.code_tables import look_up, unit_of_table
from dafeng.registers.definition.evaluation import Circumstances, computed
from dafeng.registers.definition.meaning import Meaning, resolve
from dafeng.registers.definition.model import Definition, Formula, Indicator
from dafeng.registers.definition.symbols import indicator_symbols
from dafeng.registers.definition.syntax import AGGREGATES, Call, Const, Name, Node, Operation
from dafeng.registers.store.chain import highest_revision
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.rights import Actor, may_read_somewhere, readable
from dafeng.registers.summary.periods import absent_periods
from dafeng.registers.summary.sql import sql_of, sql_of_year
from dafeng.registers.summary.suppression import (
    commercial_fields,
    firms_by_group,
    hidden_groups,
    sees_every_firm,
)
from dafeng.tables import nearest

ALL = "*"


@dataclass(frozen=True, slots=True)
class Result:
    """Value of an indicator.

    `value` is None (NE) where a part is missing; `partial` is the aggregate of the rest. `n` rows were
    counted, of which
    `missing` lack a part; `pending` more are not approved yet; `absent` periods of reporters (months, quarters) have no
    record that counts, so that the year is not whole and the value NE. `group` maps the fields of `by` to their
    values, none for
    the whole. `hash` names edition, filter, highest revision and count. `suppressed`: it is of fewer than three
    firms, or would tell of such, and the actor may not see theirs.
    """

    register: str
    indicator: str
    year: int
    group: Mapping[str, Any]
    value: float | None
    partial: float | None
    unit: str
    n: int
    missing: int
    pending: int
    grade: str
    edition: str
    hash: str
    suppressed: bool = False
    absent: int = 0

    @property
    def approved_share(self) -> float | None:
        """Return the share of the rows that are approved; None where there are none."""
        return self.n / (self.n + self.pending) if self.n + self.pending else None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"approved_share": self.approved_share}


@dataclass(slots=True)
class _Sums:
    """Query result of one group: for each aggregate its total and how many rows had no value."""

    n: int = 0
    pending: int = 0
    grade: str = ""
    totals: list[float] | None = None
    missing: list[int] | None = None

    def add(self, n: int, grade: str | None, totals: Sequence[float], missing: Sequence[int]) -> None:
        self.n += n
        self.grade = max(self.grade, grade or "")
        self.totals = [a + b for a, b in zip(self.totals or [0.0] * len(totals), totals, strict=True)]
        self.missing = [a + b for a, b in zip(self.missing or [0] * len(missing), missing, strict=True)]


def compute(
    store: Store, actor: Actor, register: str, indicator_id: str, year: int, by: Sequence[str] | None = None
) -> list[Result]:
    """Compute the indicator for `year`: the whole first, then one result per group.

    Parameters
    ----------
    by
        Fields to group by; None takes those of the definition.

    Raises
    ------
    DafengError
        For an unknown indicator or field, or a register that the actor may not read.

    Notes
    -----
    Only records that count (`live`) are aggregated. A ratio is the ratio of sums, never the mean of
    ratios.
    """
    may_read_somewhere(actor, register)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DafengError.at("year", str(year), f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    definition = store.book.on(register, f"{year}-12-31")
    known = {one.id: one for one in definition.indicators}
    if indicator_id not in known:
        raise DafengError.at(register, f"the indicator {indicator_id}", f"one of {', '.join(known)}")
    indicator = known[indicator_id]
    formula = _formula(indicator, year)
    groups = tuple(indicator.by if by is None else by)
    if formula is None:
        return []
    meaning = resolve(
        formula.value,
        indicator_symbols(definition, indicator.over),
        indicator_id,
        aggregate=True,
        unit_of_table=unit_of_table,
    )
    _check_groups(actor, definition, indicator, groups)
    sums, seal, hidden, absent = _query(store, actor, definition, indicator, meaning, year, groups)
    scale = meaning.scale_to(indicator.unit, indicator_id)
    results = [
        _result(
            definition,
            indicator,
            year,
            dict(zip(groups, group, strict=False)) if group != (ALL,) else {},
            found,
            meaning,
            scale,
            seal,
            _absent(absent, definition, groups, group),
        )
        for group, found in sums.items()
    ]
    return [
        replace(one, value=None, partial=None, missing=0, absent=0, suppressed=True)
        if group in hidden
        else one
        for one, group in zip(results, sums, strict=True)
    ]


def _absent(
    absent: Mapping[tuple[Any, ...], int], definition: Definition, by: Sequence[str], group: tuple[Any, ...]
) -> int:
    """Return the absent periods of a group: those of its place, or all where it is none of one place."""
    whole = absent.get((), 0)
    if group == ALL_KEY or definition.region not in by:
        return whole
    return absent.get((group[by.index(definition.region)],), 0)


def _check_groups(actor: Actor, definition: Definition, indicator: Indicator, by: Sequence[str]) -> None:
    """Check that a grouping names fields that the actor may see: the groups tell their values.

    Raises
    ------
    DafengError
        For another field.
    """
    fields = {one.id: one for one in definition.fields}
    fields |= {one.id: one for one in definition.child(indicator.over).fields} if indicator.over else {}
    for name in by:
        one = fields.get(name)
        hidden = one is not None and (
            one.privacy == "personal" or (one.privacy == "commercial" and not sees_every_firm(actor, definition.register_id))
        )  # fmt: skip
        if hidden or (one is None and name not in ("state", "region", "organisation", "period", "grade")):
            visible = [field.id for field in fields.values() if field.privacy == "none"]
            raise DafengError.at(
                definition.register_id, f"grouped by {name}", f"a field of the register: {', '.join(visible)}", nearest(name, visible)
            )  # fmt: skip


def _formula(indicator: Indicator, year: int) -> Formula | None:
    """Return the formula in force for `year`: one that changed gives both results, each for its years."""
    for formula in indicator.formulas:
        if (formula.first_year or year) <= year <= (formula.last_year or year):
            return formula
    return None


def aggregates(node: Node) -> list[Call]:
    """Return the sums and counts inside an expression, each once."""
    if isinstance(node, Call) and node.function in AGGREGATES:
        return [node]
    found: list[Call] = []
    for part in getattr(node, "parts", ()):
        found += [one for one in aggregates(part) if one not in found]
    return found


def _query(
    store: Store,
    actor: Actor,
    definition: Definition,
    indicator: Indicator,
    meaning: Meaning,
    year: int,
    by: Sequence[str],
) -> tuple[dict[tuple[Any, ...], _Sums], str, frozenset[tuple[Any, ...]], dict[tuple[Any, ...], int]]:
    """Query the table in one pass: sums of what counts by group, and the number of what may come to count.

    The last parts are the groups that are not shown, and the periods that are absent.
    """
    register = definition.register_id
    table = store.schema.records[register]
    columns: dict[str, ColumnElement[Any]] = {column.name: column for column in table.columns}
    source: Any = table
    if indicator.over:
        child = store.schema.children[register, indicator.over]
        columns |= {column.name: column for column in child.columns if column.name not in ("id", "record_id")}
        source = child.join(table, child.c.record_id == table.c.id)
    now = Circumstances(f"{year}-12-31", store.scope, look_up)
    parts = aggregates(meaning.node)
    totals = [column for part in parts for column in _aggregated(part, columns, now)]
    group = [columns[name] for name in by]
    own = [table.c.scope == store.scope, table.c.live == 1, readable(actor, definition, table)]
    conditions = [*own, *_when(indicator, definition, columns, now, year)]
    states, hopeful = counted_states(definition, indicator)
    counted, pending = table.c.state.in_(states), table.c.state.in_(hopeful)
    # one pass in the order of the groups, whose index has the states: grouped by state, too, the rows would be sorted
    sums = [one.filter(counted) for one in (func.count(), func.max(table.c.grade), *totals)]
    query = (
        select(*group, *sums, func.count().filter(pending))
        .select_from(source)
        .where(*conditions)
        .group_by(*group)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
        seal = f"{definition.edition}|{highest_revision(connection, store.schema.shared, register)}"
        hidden = frozenset[tuple[Any, ...]]()
        if not sees_every_firm(actor, register) and commercial_fields(definition, indicator, tuple(by)):
            firms = firms_by_group(connection, source, table, definition, group, [*conditions, counted])
            hidden, whole = hidden_groups(firms)
            hidden = (hidden if by else frozenset()) | ({ALL_KEY} if whole else set())
        absent = absent_periods(
            connection, source, table, columns, definition, indicator, year, by, [*own, counted]
        )
    return _sorted_out(rows, len(by), len(parts)), seal, hidden, absent


def _aggregated(part: Call, columns: Mapping[str, ColumnElement[Any]], now: Circumstances) -> list[Any]:
    """Build the total, and the number of rows with a value."""
    if not part.parts:
        return [func.count(), func.count()]
    inner = sql_of(part.parts[0], columns, now)
    if part.function == "sum":
        return [func.sum(inner), func.count(inner)]
    return [func.sum(case((inner, 1), else_=0)), func.count(case((inner, 1), (~inner, 1)))]


def _when(
    indicator: Indicator,
    definition: Definition,
    columns: Mapping[str, ColumnElement[Any]],
    now: Circumstances,
    year: int,
) -> list[ColumnElement[bool]]:
    symbols = indicator_symbols(definition, indicator.over)

    def node(text: str) -> Node:
        return resolve(text, symbols, indicator.id, unit_of_table=unit_of_table).node

    def of(text: str, sign: str, compared: int) -> ColumnElement[bool]:
        return sql_of_year(node(text), sign, compared, columns, now)

    found: list[ColumnElement[bool]] = (
        [sql_of(node(indicator.where), columns, now)] if indicator.where else []
    )
    if indicator.year:
        found.append(of(indicator.year, "==", year))
    if indicator.since:
        found.append(of(indicator.since, "<=", year))
        if indicator.first_year:
            found.append(of(indicator.since, ">=", indicator.first_year))
    if indicator.until:
        open_ = sql_of(node(indicator.until), columns, now).is_(None)
        found.append(or_(open_, of(indicator.until, ">", year)))
    return found


def _sorted_out(rows: Sequence[Any], width: int, parts: int) -> dict[tuple[Any, ...], _Sums]:
    sums: dict[tuple[Any, ...], _Sums] = {(ALL,): _Sums()}
    for row in rows:
        group, (n, grade, *values, pending) = tuple(row[:width]), row[width:]
        totals = [float(values[2 * i] or 0.0) for i in range(parts)]
        missing = [int(n) - int(values[2 * i + 1] or 0) for i in range(parts)]
        for one in [sums[ALL,]] + ([sums.setdefault(group, _Sums())] if width else []):
            one.add(int(n), grade, totals, missing)
            one.pending += int(pending)
    return dict(
        [(ALL_KEY, sums.pop(ALL_KEY)), *sorted(sums.items(), key=lambda item: tuple(map(str, item[0])))]
    )


ALL_KEY = (ALL,)


def counted_states(definition: Definition, indicator: Indicator) -> tuple[frozenset[str], frozenset[str]]:
    """Return the states whose records count, and those from which a record may still come to count."""
    states = [state.id for state in definition.life_cycle.states]
    if indicator.states == "any":
        return frozenset(states), frozenset()
    if indicator.states == "counted":
        counted = {state.id for state in definition.life_cycle.states if state.counted}
    else:
        counted = set(indicator.states)
    hopeful, before = set(counted), -1
    while len(hopeful) != before:
        before = len(hopeful)
        hopeful |= {
            start for step in definition.life_cycle.transitions if step.end in hopeful for start in step.start
        }
    return frozenset(counted), frozenset(hopeful - counted)


def _result(
    definition: Definition,
    indicator: Indicator,
    year: int,
    group: Mapping[str, Any],
    sums: _Sums,
    meaning: Meaning,
    scale: float,
    seal: str,
    absent: int,
) -> Result:
    parts = aggregates(meaning.node)
    totals = dict(zip(parts, sums.totals or (), strict=False))
    missing = max(sums.missing or [0])
    value = None
    if sums.n:
        value = computed(_with_totals(meaning.node, totals))({}, Circumstances(f"{year}-12-31"))
    scaled = None if value is None else float(value) * scale
    text = f"{definition.register_id}|{indicator.id}|{indicator.where}|{sorted(group.items())}|{year}|{seal}|{sums.n}"
    return Result(
        definition.register_id, indicator.id, year, group, None if missing or absent else scaled, scaled, indicator.unit, sums.n, missing,
        sums.pending, sums.grade or Grade.E.value, definition.edition, hashlib.sha256(text.encode()).hexdigest(), absent=absent,
    )  # fmt: skip


def _with_totals(node: Node, totals: Mapping[Call, float]) -> Node:
    """Replace each sum and count in the expression by its total."""
    match node:
        case Call() if node.function in AGGREGATES:
            return Const(totals[node])
        case Call(function=function, parts=parts):
            return Call(function, tuple(_with_totals(part, totals) for part in parts))
        case Operation(op=op, parts=parts):
            return Operation(op, tuple(_with_totals(part, totals) for part in parts))
        case Const() | Name():
            return node
    raise TypeError(node)
