"""Data-entry templates: workbooks with drop-downs, units and trust marks, and XLSForms for phones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dafeng.evidence import DafengError
from dafeng.registers.definition.cells import TRUST, shown, table_of_child, table_of_register
from dafeng.registers.definition.model import Definition, Kind, RegisterField
from dafeng.registers.exchange.exporting import rows_of
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.filters import Filter
from dafeng.registers.store.finding import periods_of
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.showing import child_rows
from dafeng.registers.store.workspace import counties_of
from dafeng.tables import Heading, Sheet, Table, form_sheet, help_sheet, write_workbook

_ABOUT = (
    "本表由达峰按登记定义生成,不是官方表式;各列依据见说明页。",
    "Made by dafeng from the definition of the register. It is not an official form; the help sheet says what each column rests on.",
)
_NARROWEST = 12


def write_template(
    path: Path, definition: Definition, rows: Sequence[Sequence[object]] = (), children: Mapping[str, Sequence[Sequence[object]]] | None = None,
    lists: Mapping[str, Sequence[str]] | None = None,
) -> None:  # fmt: skip
    """Write the workbook to fill in.

    It has one sheet for the records, one per child table, help, trust and life cycle.

    Parameters
    ----------
    rows
        Rows that are filled in already (`last_period`).
    children
        The same by child table (`last_children`).
    lists
        Values to choose from by field, where the workspace knows them (`choices_in`): counties, codes of other
        registers.

    Raises
    ------
    DafengError
        Where the folder cannot be written to.
    """
    tables = [
        table_of_register(definition),
        *(table_of_child(definition, child) for child in definition.children),
    ]
    sheets = [
        _form(tables[0], rows, lists or {}),
        *(_form(table, (children or {}).get(table.name, ()), lists or {}) for table in tables[1:]),
        help_sheet(tables),
        trust_sheet(definition),
    ]
    write_workbook(path, sheets, {"title": definition.zh, "comments": "\n".join(_ABOUT)})


def _form(table: Table, rows: Sequence[Sequence[object]], lists: Mapping[str, Sequence[str]]) -> Sheet:
    """Build the sheet of one table: unit and a star for "required" in the heading, more lists to choose from."""
    sheet = form_sheet(table, rows)
    headings = []
    for column, heading in zip(table.columns, sheet.headings, strict=True):
        unit = f"({column.unit})" if column.unit else ""
        text = f"{column.title_zh}{unit}{'*' if column.required else ''}\n{column.name}"
        listed = tuple(lists.get(column.name, ())) or heading.choices
        width = max(_NARROWEST, 2 * max(map(len, text.split("\n"))) * 2 // 3)
        headings.append(replace(heading, text=text, choices=listed, width=width))
    return replace(sheet, headings=headings, frozen=1)


def choices_in(store: Store, actor: Actor, register: str) -> dict[str, list[str]]:
    """Return the values to choose from that a workspace knows: its counties, and the keys of registers referred to.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.

    Returns
    -------
    Values by field.
    """
    definition = store.book.latest(register)
    found: dict[str, list[str]] = {}
    for one in (*definition.fields, *(field for child in definition.children for field in child.fields)):
        target, _, child_name = one.refers.partition(".")
        if one.type is Kind.REGION:
            found[one.id] = counties_of(store, register)
        elif target in store.book.editions and not child_name and len(store.book.latest(target).key) == 1:
            key = store.book.latest(target).key[0]
            if actor.may("read", target, store.scope):
                found[one.id] = sorted(
                    str(row[key]) for row in rows_of(store, actor, target, pending=False) if row.get(key)
                )
    return found


def last_period(store: Store, actor: Actor, register: str, region: str = "") -> list[list[object]]:
    """Return the rows of the last period, to be filled in again.

    Keys and slowly changing fields are kept, figures are empty.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    region
        Code of the place; all without.

    Returns
    -------
    Cells in the order of the template.
    """
    definition = store.book.latest(register)
    rows = _last(store, actor, definition, region)
    moving = {definition.returns.field} if definition.returns else set()
    columns = [one for one in definition.fields if not one.computed]
    return [[None if _moves(one, moving) else shown(one, row.get(one.id)) for one in columns] for row in rows]


def _last(store: Store, actor: Actor, definition: Definition, region: str) -> list[dict[str, Any]]:
    """Return every record of the last period that has any; of a register without returns all."""
    filters = [Filter("region", "=", region)] if region else []
    if definition.returns is None:
        return list(rows_of(store, actor, definition.register_id, filters, pending=False))
    last = max(periods_of(store, actor, definition, filters), default="")
    filters.append(Filter("period", "=", last))
    return list(rows_of(store, actor, definition.register_id, filters, pending=False)) if last else []


def last_children(
    store: Store, actor: Actor, register: str, region: str = ""
) -> dict[str, list[list[object]]]:
    """Return the child rows of `last_period` by child table, of registers without returns: lists, not figures.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    region
        Code of the place; all without.

    Returns
    -------
    Rows by child table, in the order of the template.
    """
    definition = store.book.latest(register)
    if definition.returns is not None:
        return {}
    rows = _last(store, actor, definition, region)
    keys, found = [definition.field(name) for name in definition.key], {}
    for child in definition.children:
        known = child_rows(store, actor, definition, child, [row["id"] for row in rows])
        columns = [one for one in child.fields if not one.computed]
        found[child.id] = [
            [*(shown(one, row.get(one.id)) for one in keys), *(shown(one, each.get(one.id)) for one in columns)]
            for row in rows for each in known.get(row["id"], ())
        ]  # fmt: skip
    return found


def _moves(one: RegisterField, moving: set[str]) -> bool:
    return one.id in moving or (one.type in (Kind.DECIMAL, Kind.INT, Kind.PERCENT) and bool(moving))


def trust_sheet(definition: Definition) -> Sheet:
    """Build the sheet with the basis of each field, the states, the rules and the manual checks."""
    headings = [
        Heading("项 item", width=24),
        Heading("名称 name", width=28),
        Heading("依据 trust", width=30),
        Heading("说明 note", width=70, wrap=True),
    ]
    rows: list[list[object]] = [
        [
            "登记 register",
            definition.zh,
            "",
            f"版本 edition {definition.edition};最弱依据 weakest {definition.trust}",
        ]
    ]
    groups: list[tuple[str, Sequence[RegisterField]]] = [
        ("", definition.fields),
        *((f"{child.id}.", child.fields) for child in definition.children),
    ]
    for prefix, fields in groups:
        rows += [
            [prefix + one.id, one.zh, f"{one.trust} {'·'.join(TRUST[one.trust])}", one.manual or one.computed]
            for one in fields
        ]
    rows += [
        [f"状态 {state.id}", state.zh, "", "计入统计 counted" if state.counted else ""]
        for state in definition.life_cycle.states
    ]
    rows += [
        [
            f"规则 {rule.id}",
            rule.zh,
            f"{rule.trust}{'' if rule.confirmed else ' 未核对原文 not confirmed'}",
            rule.check,
        ]
        for rule in definition.rules
    ]
    rows += [["人工 manual", "", "", text] for text in definition.manual]
    return Sheet("依据 trust", headings, rows, above=_ABOUT, filtered=False)


_FORM_TYPES = {
    Kind.INT: "integer", Kind.YEAR: "integer", Kind.DECIMAL: "decimal", Kind.PERCENT: "decimal", Kind.DATE: "date",
    Kind.DATETIME: "dateTime", Kind.FILE: "file", Kind.GEO_POINT: "geopoint", Kind.GEO_POLYGON: "geoshape",
}  # fmt: skip


def write_xlsform(path: Path, definition: Definition) -> None:
    """Write an XLSForm for ODK or KoBo.

    It is compiled once with pyxform, so that a wrong form is never handed out.

    Parameters
    ----------
    path
        Workbook to write.
    definition
        Definition of the register.

    Raises
    ------
    DafengError
        Where the form does not compile.
    """
    survey = [
        ["type", "name", "label::中文", "label::English", "hint::中文", "required", "constraint", "relevant"]
    ]
    choices = [["list_name", "name", "label::中文", "label::English"]]
    for one in definition.fields:
        if not one.computed:
            survey.append(_question(one))
            choices += [[f"{one.id}_list", code, name, code] for code, name in _listed(one)]
    for child in definition.children:
        survey.append(["begin_repeat", child.id, child.zh, child.en, "", "", "", ""])
        survey += [_question(one) for one in child.fields if not one.computed]
        survey.append(["end_repeat", "", "", "", "", "", "", ""])
        choices += [
            [f"{one.id}_list", code, name, code] for one in child.fields for code, name in _listed(one)
        ]
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        [definition.zh, definition.register_id, definition.edition, "中文"],
    ]
    unique = [choices[0], *(list(row) for row in dict.fromkeys(tuple(row) for row in choices[1:]))]
    sheets = [
        Sheet(name, [Heading(str(cell)) for cell in rows[0]], rows[1:], filtered=False)
        for name, rows in (("survey", survey), ("choices", unique), ("settings", settings))
    ]
    write_workbook(path, sheets)
    _compile(path)


def _listed(one: RegisterField) -> list[tuple[str, str]]:
    return [("yes", "是"), ("no", "否")] if one.type is Kind.BOOL else list(one.codes.items())


def _question(one: RegisterField) -> list[str]:
    if one.codes or one.type is Kind.BOOL:
        kind = f"select_{'multiple' if one.type is Kind.MULTI else 'one'} {one.id}_list"
    else:
        kind = _FORM_TYPES.get(one.type, "text")
    bounds = [f". >= {one.low:g}"] if one.low is not None else []
    bounds += [f". <= {one.high:g}"] if one.high is not None else []
    bounds += [f". > {one.above:g}"] if one.above is not None else []
    unit = f"单位 {one.unit}" if one.unit else ""
    constraint = " and ".join(bounds) if kind in ("integer", "decimal") else ""
    return [kind, one.id, one.zh, one.en, unit, "yes" if one.required else "", constraint, ""]


def _compile(path: Path) -> None:
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        convert(path)
    except PyXFormError as error:
        path.unlink(missing_ok=True)
        raise DafengError.at(
            path.name, " ".join(str(error).split()), "a form that pyxform accepts", "correct the definition"
        ) from error
