"""Workspace folder of a person or an office: records, evidence and own definitions."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from dafeng.evidence import DafengError, Problem, Text, write_atomically
from dafeng.registers.definition.calendar import end_of
from dafeng.registers.definition.counties import counties_on
from dafeng.registers.definition.loading import Book, read_book
from dafeng.registers.store.acting import act
from dafeng.registers.store.connecting import Store, open_store
from dafeng.registers.store.filters import Filter
from dafeng.registers.store.finding import find
from dafeng.registers.store.locks import check_period
from dafeng.registers.store.rights import Actor, readable
from dafeng.registers.store.rows import today

DATABASE, DEFINITIONS = "records.sqlite", "registers"


def book_of(folder: Path) -> Book:
    """Load the definitions of the package and those of `folder`/registers.

    Parameters
    ----------
    folder
        Folder of the workspace.

    Returns
    -------
    Definitions by register and edition.

    Raises
    ------
    DafengError
        As `read_book`.
    """
    own = folder / DEFINITIONS
    return read_book([own] if own.is_dir() else [])


def open_workspace(folder: Path, place: str = "", database: str = "") -> Store:
    """Open the record store of a workspace.

    Parameters
    ----------
    place
        GB/T 2260 code of the place; needed the first time only.
    database
        URL of PostgreSQL; "" takes the file in the folder.

    Raises
    ------
    DafengError
        For definitions with problems, a store that cannot be opened, or a new one without a place.
    """
    return open_store(database or folder / DATABASE, book_of(folder), place, folder / "evidence")


@contextmanager
def held_alone(database: str) -> Iterator[bool]:
    """Hold a database of PostgreSQL for one office as long as the block runs; yield whether nobody else holds it.

    Parameters
    ----------
    database
        `postgresql://…`.

    Raises
    ------
    DafengError
        Where the server cannot be reached.
    """
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        alone = bool(connection.scalar(text("SELECT pg_try_advisory_lock(7340232)")))
    except SQLAlchemyError as error:
        engine.dispose()
        raise DafengError.at(
            database.rsplit("@", 1)[-1], " ".join(str(getattr(error, "orig", error)).split()), "a database that can be opened",
            "check that the server runs, the name, and the rights",
        ) from error  # fmt: skip
    try:
        yield alone
    finally:
        # the lock ends with its session; a server that went away has let go of it already
        with suppress(SQLAlchemyError):
            connection.close()
        engine.dispose()


@dataclass(slots=True)
class Bulk:
    """Result of a bulk action: ids that moved, and why the others did not."""

    done: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def act_on_all(
    store: Store, actor: Actor, register: str, step: str, filters: Iterable[Filter], *, reason: str = "", request: str = ""
) -> Bulk:  # fmt: skip
    """Take one transition on every record that the filters select; each succeeds or fails on its own.

    Parameters
    ----------
    request
        Joins the log of all of them; the same id again does nothing twice.
    """
    bulk, after, listed = Bulk(), None, list(filters)
    chosen: list[tuple[int, int]] = []
    while True:
        page = find(store, actor, register, filters=listed, after=after, limit=1_000)
        chosen += [(row["id"], row["version"]) for row in page.rows]
        after = page.after
        if after is None:
            break
    for record_id, version in chosen:
        once = f"{request}/{record_id}" if request else ""
        try:
            act(store, actor, register, record_id, step, version=version, reason=reason, request=once)
            bulk.done.append(record_id)
        except DafengError as error:
            bulk.problems += error.problems
    return bulk


def dangling(store: Store, actor: Actor, register: str) -> list[Problem]:
    """List dangling references of the records that `actor` may see, to records that are not there.

    They are reported on request, not refused: the order of imports never matters.

    Parameters
    ----------
    store
        Open record store.
    register
        Id of the register.

    Returns
    -------
    Problems, one a reference.
    """
    definition, problems = store.book.latest(register), []
    table = store.schema.records[register]
    with store.reading() as connection:
        for one in definition.fields:
            target, _, child = one.refers.partition(".")
            if (
                not target
                or child
                or not actor.sees(one, register)
                or target not in store.schema.records
                or len(store.book.latest(target).key) != 1
            ):
                continue
            other = store.schema.records[target]
            there = select(other.c.key).where(other.c.scope == store.scope, other.c.live == 1)
            rows = connection.execute(
                select(table.c[one.id], func.count(), func.min(table.c.id)).where(
                    table.c.scope == store.scope, table.c.live == 1, table.c[one.id].is_not(None), table.c[one.id].not_in(there),
                    readable(actor, definition, table, privacy=one.privacy),
                ).group_by(table.c[one.id]).limit(1_000)
            )  # fmt: skip
            for value, count, first in rows:
                expected = Text(f"{store.book.latest(target).zh}中的编码", f"a record of {target}")
                problems.append(
                    Problem(
                        f"{register}:{first}:{one.id}",
                        f"{value} ({count})",
                        expected,
                        f"add it to {target}, or correct it",
                    )
                )
    return problems


def counties_of(store: Store, register: str, period: str = "") -> list[str]:
    """Return the counties of the store's place: those of its workspace, else of the statistical codes.

    For a place without codes they are those that have records.

    Parameters
    ----------
    store
        Open record store.
    register
        Id of the register.
    period
        Period at whose end they exist; today without. A county that was merged before owes no return.

    Returns
    -------
    Codes of counties (GB/T 2260).
    """
    definition = store.book.latest(register)
    due = definition.returns is not None and period
    day = end_of(check_period(definition, period)).isoformat() if due else today()
    listed = [code for code in counties_on(store.book.counties, store.scope, day) if code != store.scope]
    if listed:
        return listed
    table = store.schema.records[register]
    with store.reading() as connection:
        rows = connection.execute(
            select(table.c.region).where(table.c.scope == store.scope).distinct().order_by(table.c.region)
        )
        return [row.region for row in rows if row.region and row.region != store.scope]


_SKELETON = """\
# 新登记的定义 · definition of a new register. 说明见 docs/registers.md · see docs/registers.md
register: {register}
zh: {zh}
en: {en}
edition: '{year}'
valid_from: '{year}-01-01'
owner: 主管部门
contributors: [县区]
grain: one record
key: [number]
region: county
life_cycle:
  source: self
  trust: A
  initial: listed
  states:
  - {{id: listed, zh: 已列入, en: Listed, editable: true}}
  - {{id: confirmed, zh: 已确认, en: Confirmed, counted: true}}
  transitions:
  - {{id: to_confirmed, from: [listed], to: confirmed, zh: 确认, en: Confirm, role: reviewer}}
fields:
- {{id: number, zh: 编号, en: number, type: text, required: true, sortable: true, trust: A, source: self}}
- {{id: name, zh: 名称, en: name, type: text, required: true, sortable: true, trust: A, source: self}}
- {{id: county, zh: 县区, en: county, type: region, required: true, sortable: true, trust: A, source: self}}
- {{id: amount, zh: 数量, en: amount, type: decimal, unit: t, low: 0, trust: A, source: self}}
- {{id: year, zh: 年份, en: year, type: year, required: true, trust: A, source: self}}
indicators:
- {{id: {register}_amount, zh: {zh}数量, en: amount, unit: t, formulas: [{{value: sum(amount)}}], year: year, by: [county],
   feeds: {{table: observations, id: {register}_amount}}, trust: A, source: self}}
public: [number, name, county]
"""


def new_definition(folder: Path, register: str, zh: str, en: str, year: int) -> Path:
    """Write the definition of a new register into the workspace, to be filled in.

    Parameters
    ----------
    folder
        Folder of the workspace.
    register
        Id of the register, small letters.
    zh
        Name in Chinese.
    en
        Name in English.
    year
        Year that the edition is valid from.

    Returns
    -------
    Path of the definition.

    Raises
    ------
    DafengError
        For an id that is taken or not in small letters, or a name with a line end.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", register):
        raise DafengError.at("register", register, "an id in small letters, digits and _", "as biogas_plants")
    path = folder / DEFINITIONS / f"{register}.yaml"
    if path.exists() or register in book_of(folder).editions:
        raise DafengError.at("register", register, "an id that is not taken", "choose another id")
    if any(sign in zh + en for sign in "\n\r{}[]#'\":"):
        raise DafengError.at(
            "name", zh + en, "a name without line ends, brackets, colons and quotation marks"
        )
    with write_atomically(path) as temporary:
        temporary.write_text(_SKELETON.format(register=register, zh=zh, en=en, year=year), encoding="utf-8")
    return path
