"""Registers defined as data: records are entered, validated, reviewed, aggregated and delivered to a case.

A definition (YAML, versioned by edition) generates the table, template, form, checks and documentation of a
register. Records are kept in a store of their own (SQLite or PostgreSQL); every act has an actor, is logged
and
sealed, and is executed once per request id. Indicators aggregate approved records and report how much is
missing;
an extract delivers them to a case.

>>> import tempfile
>>> from pathlib import Path
>>> with tempfile.TemporaryDirectory() as folder:
...     store = open_store(Path(folder) / "records.sqlite", packaged_book(), "990100")
...     done = enter(store, owner("王"), "storage_projects", {
...         "project_code": "A1", "name": "示例储能", "technology": "磷酸铁锂", "side": "电网侧", "power": 100, "energy": 200,
...         "county": "990102", "connected_on": "2025-03-01"})
...     step = act(store, owner("王"), "storage_projects", done.id, "to_building", version=done.version)
...     step = act(store, owner("李"), "storage_projects", done.id, "to_operating", version=step.version)
...     [city, *_] = compute(store, owner("王"), "storage_projects", "new_storage_capacity", 2025)
...     store.close()
>>> city.value, city.unit, city.n, city.missing, city.pending
(10.0, '万千瓦', 1, 0, 0)
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.registers.definition.calendar import is_working_day, working_day
    from dafeng.registers.definition.cells import TRUST, shown
    from dafeng.registers.definition.code_tables import CodeRow, code_row, code_rows, codes_in_force
    from dafeng.registers.definition.counties import place_problem, within
    from dafeng.registers.definition.english import english_name
    from dafeng.registers.definition.loading import Book, packaged_book, read_book
    from dafeng.registers.definition.model import Child, Definition, Indicator, RegisterField, Transition
    from dafeng.registers.exchange.conflicts import (
        Conflict,
        Pair,
        conflicts,
        contested_registers,
        near_duplicates,
        settle,
    )
    from dafeng.registers.exchange.example import fill_example, write_example_records
    from dafeng.registers.exchange.exporting import export, write_errors
    from dafeng.registers.exchange.importing import import_file, preview
    from dafeng.registers.exchange.publishing import publish
    from dafeng.registers.exchange.rows import Receipt
    from dafeng.registers.exchange.template import (
        choices_in,
        last_children,
        last_period,
        write_template,
        write_xlsform,
    )
    from dafeng.registers.store.acting import act, amend, change
    from dafeng.registers.store.chain import verify_chain, verify_records
    from dafeng.registers.store.connecting import Store, create_schema, open_store
    from dafeng.registers.store.erasing import blank, blank_due
    from dafeng.registers.store.evidence import attach, evidence_file, evidence_of
    from dafeng.registers.store.filters import Filter
    from dafeng.registers.store.finding import Page, count, find, states_there
    from dafeng.registers.store.returns import (
        Board,
        accept,
        board,
        confirm,
        grant_exception,
        reopen,
        send_back,
        submit,
    )
    from dafeng.registers.store.rights import Actor, Grant, owner
    from dafeng.registers.store.showing import history, read
    from dafeng.registers.store.workspace import (
        Bulk,
        act_on_all,
        book_of,
        counties_of,
        dangling,
        held_alone,
        new_definition,
        open_workspace,
    )
    from dafeng.registers.store.writing import Done, enter, entered_before
    from dafeng.registers.summary.contents import contents_hash
    from dafeng.registers.summary.extract import Extract, extract
    from dafeng.registers.summary.indicators import Result, compute

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "TRUST",
    "Actor",
    "Board",
    "Book",
    "Bulk",
    "Child",
    "CodeRow",
    "Conflict",
    "Definition",
    "Done",
    "Extract",
    "Filter",
    "Grant",
    "Indicator",
    "Page",
    "Pair",
    "Receipt",
    "RegisterField",
    "Result",
    "Store",
    "Transition",
    "accept",
    "act",
    "act_on_all",
    "amend",
    "attach",
    "blank",
    "blank_due",
    "board",
    "book_of",
    "change",
    "choices_in",
    "code_row",
    "code_rows",
    "codes_in_force",
    "compute",
    "confirm",
    "conflicts",
    "contents_hash",
    "contested_registers",
    "count",
    "counties_of",
    "create_schema",
    "dangling",
    "english_name",
    "enter",
    "entered_before",
    "evidence_file",
    "evidence_of",
    "export",
    "extract",
    "fill_example",
    "find",
    "grant_exception",
    "held_alone",
    "history",
    "import_file",
    "is_working_day",
    "last_children",
    "last_period",
    "near_duplicates",
    "new_definition",
    "open_store",
    "open_workspace",
    "owner",
    "packaged_book",
    "place_problem",
    "preview",
    "publish",
    "read",
    "read_book",
    "reopen",
    "send_back",
    "settle",
    "shown",
    "states_there",
    "submit",
    "verify_chain",
    "verify_records",
    "within",
    "working_day",
    "write_errors",
    "write_example_records",
    "write_template",
    "write_xlsform",
]
