"""Synthetic records of 示例市 for every register.

They are generated from the definitions, with the values of `example_records.yaml`.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError, read_yaml, write_atomically
from dafeng.registers.definition.loading import Book, packaged_book
from dafeng.registers.definition.model import Definition, Kind, RegisterField, Transition
from dafeng.registers.store.acting import act
from dafeng.registers.store.connecting import Store, place_of_store
from dafeng.registers.store.evidence import attach
from dafeng.registers.store.returns import grant_exception
from dafeng.registers.store.rights import Actor, Grant
from dafeng.registers.store.writing import Done, enter

ROUND = "round"
"""Field of the period of an assessment: text that is read as a month, so that the records can be judged."""
PLACE = "990100"
COUNTIES = ("990101", "990102")
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TEXTS = {
    Kind.DATE: "2025-03-01", Kind.DATETIME: "2025-03-01 08:00", Kind.MONTH: "2025-01", Kind.QUARTER: "2025Q1", Kind.YEAR: "2025",
    Kind.BOOL: "是", Kind.INDUSTRY: "C2511", Kind.GEO_POINT: "115.9,29.7", Kind.LOCATOR: "三(一)2",
    Kind.ORG: "示例市发改委", Kind.LONGTEXT: "仿真", Kind.GEO_POLYGON: "仿真",
}  # fmt: skip

Children = dict[str, list[dict[str, object]]]


@cache
def _overrides() -> Mapping[str, list[dict[str, Any]]]:
    # a register that stands twice in the file is refused: the second list would replace the first
    path = Path(str(files("dafeng.registers.exchange") / "example_records.yaml"))
    return read_yaml(path, "lists of records by register")


def credit_code(number: int) -> str:
    """Generate a code with a valid check character (GB 32100) that no real body has: the region is 990100.

    >>> credit_code(1)
    '91990100000000001D'
    """
    body = f"91{PLACE}{number:09d}"
    total = sum(_CREDIT.index(sign) * pow(3, index, 31) for index, sign in enumerate(body))
    return body + _CREDIT[(31 - total % 31) % 31]


_PERIODS = {
    Kind.MONTH: tuple(f"2025-{month:02}" for month in range(1, 13)), Kind.QUARTER: tuple(f"2025Q{quarter}" for quarter in range(1, 5)),
}  # fmt: skip
"""Periods of the year of the example, for records that are given once for each of them (`_each`: the field)."""


def example_records(definition: Definition) -> list[tuple[dict[str, object], Children]]:
    """Generate the cells of the synthetic records of a register, with their child rows."""
    return [_record(definition, number, own) for number, own in _given(definition)]


def _given(definition: Definition) -> list[tuple[int, Mapping[str, Any]]]:
    """Return what is given of each record, with the number that its generated values have."""
    found: list[tuple[int, Mapping[str, Any]]] = []
    for number, own in enumerate(_overrides().get(definition.register_id, [{}, {}]), start=1):
        name = str(own.get("_each", ""))
        periods = _PERIODS[definition.field(name).type] if name else ()
        each: list[tuple[int, Mapping[str, Any]]] = [(number, {**own, name: period}) for period in periods]
        found += each or [(number, own)]
    return found


def _record(
    definition: Definition, number: int, own: Mapping[str, Any]
) -> tuple[dict[str, object], Children]:
    cells = {
        field.id: own.get(field.id, _value(field, number, definition)) for field in definition.fields
        if not field.computed and field.type is not Kind.FILE
    }  # fmt: skip
    children: Children = {}
    for child in definition.children:
        row = {
            field.id: own.get(f"{child.id}__{field.id}", _value(field, number, definition)) for field in child.fields
            if not field.computed and field.type is not Kind.FILE
        }  # fmt: skip
        if not any(field.required and field.type is Kind.FILE for field in child.fields):
            children[child.id] = [row]
    return cells, children


def _value(field: RegisterField, number: int, definition: Definition) -> object:
    """Generate a value that fits the field.

    It is the same number everywhere, so that parts never exceed their whole.
    """
    if field.codes:
        return next(iter(field.codes))
    if field.type is Kind.REGION:
        return COUNTIES[number % 2]
    if field.type is Kind.CREDIT_CODE:
        return credit_code(number)
    if field.type is Kind.REF:
        return f"{field.refers.split('.')[-1]}-{number}"
    if field.type in (Kind.DECIMAL, Kind.INT, Kind.PERCENT):
        return _number(field)
    if field.type in _TEXTS:
        return _TEXTS[field.type]
    if field.id == ROUND:
        return f"2025-{number:02}"
    return f"{definition.register_id}-{number}" if field.id in definition.key else f"仿真{field.zh}{number}"


def _number(field: RegisterField) -> float:
    value = 10.0
    if field.high is not None:
        value = min(value, field.high)
    if field.low is not None:
        value = max(value, field.low)
    return value


def write_example_records(folder: Path, book: Book | None = None) -> list[Path]:
    """Write the synthetic records as CSV files to import, `records/<register>.csv`, without child rows.

    Parameters
    ----------
    folder
        Folder to write into.
    book
        Definitions; those of the package without.

    Returns
    -------
    Paths of the files.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    written = []
    for register, editions in (book or packaged_book()).editions.items():
        path = folder / "records" / f"{register}.csv"
        rows = [cells for cells, _ in example_records(editions[-1])]
        with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        written.append(path)
    return written


def fill_example(store: Store, folder: Path) -> dict[str, int]:
    """Enter the synthetic records of every register and lead each to the state in which it counts.

    Parameters
    ----------
    store
        The store of 示例市; another place is refused.
    folder
        Where the synthetic proof is written.

    Returns
    -------
    dict
        Register → records that count.

    Raises
    ------
    DafengError
        Where the store is of a real place, or a record does not fit its definition.
    """
    made_for = place_of_store(store)
    if made_for != PLACE or store.scope != PLACE:
        raise DafengError.at(
            "place",
            made_for,
            f"the example city {PLACE}",
            "synthetic records enter no real place: take a new workspace",
        )
    clerk, head = (
        Actor("示例录入员", (Grant("reporter", PLACE),)),
        Actor("示例负责人", (Grant("owner", PLACE),)),
    )
    proof = folder / "proof.pdf"
    with write_atomically(proof) as temporary:
        temporary.write_bytes(b"%PDF-1.4 synthetic")
    counted: dict[str, int] = {}
    for register in store.book.editions:
        definition = store.book.latest(register)
        counted[register] = 0
        for number, (given, own) in enumerate(_given(definition), start=1):
            cells, children = _record(definition, given, own)
            _open_period(store, head, definition, cells)
            request = f"example-{register}-{number}"
            done = enter(store, clerk, register, cells, children=children, request=request, grade="E")
            counted[register] += _lead(store, clerk, head, definition, done, own.get("_state", ""), proof)
    return counted


def _open_period(store: Store, head: Actor, definition: Definition, cells: Mapping[str, object]) -> None:
    """Open the period of the example's year, which may have been closed by the time it is filled in."""
    if definition.returns is not None:
        period = str(cells[definition.returns.field])
        grant_exception(
            store, head, definition.register_id, period, PLACE, "2099-12-31", "仿真数据补录 synthetic"
        )


def _lead(
    store: Store, clerk: Actor, head: Actor, definition: Definition, done: Done, wanted: str, proof: Path
) -> bool:
    """Take the shortest way to the wanted state, or to the first that counts.

    It returns whether the record counts.
    """
    for step in _way(definition, wanted):
        version = done.version
        for paper in step.papers:
            attach(store, clerk, definition.register_id, done.id, paper, proof, version=version)
            version += 1
        actor = clerk if step.role == "reporter" else head
        done = act(
            store, actor, definition.register_id, done.id, step.id, version=version, reason="仿真 synthetic"
        )
    return definition.state(done.state).counted


def _way(definition: Definition, wanted: str) -> list[Transition]:
    ways: dict[str, list[Transition]] = {definition.life_cycle.initial: []}
    queue = [definition.life_cycle.initial]
    while queue:
        state = queue.pop(0)
        if state == wanted or (not wanted and definition.state(state).counted):
            return ways[state]
        for step in definition.life_cycle.transitions:
            if state in step.start and step.end not in ways:
                ways[step.end] = [*ways[state], step]
                queue.append(step.end)
    return []
