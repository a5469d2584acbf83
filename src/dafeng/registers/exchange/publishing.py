"""Public lists: public fields of records that count, and indicators without figures of fewer than three firms."""

import csv
import html
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dafeng.case import place_names
from dafeng.evidence import DafengError, Text, write_atomically
from dafeng.registers.definition.cells import shown
from dafeng.registers.definition.model import Definition, Kind, RegisterField
from dafeng.registers.exchange.exporting import heading_of, rows_of
from dafeng.registers.store.chain import Change, append
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.rights import Actor, Grant
from dafeng.registers.summary.indicators import Result, compute
from dafeng.tables import Heading, Sheet, write_workbook

PUBLIC = Actor("public", (Grant("reader"),))
_NOTE = "公开字段,不含个人信息和商业秘密 · public fields only"
_FEW = "不足3家,不公布 · fewer than 3 firms"
_SUMS_NOTE = "涉及企业数据且不足3家的数不公布,可由差额推出的数一并不公布 · figures of fewer than three firms, and those that would tell them, are withheld"


def publish(
    store: Store, actor: Actor, register: str, folder: Path, years: Iterable[int] = (), names: Mapping[str, Text] | None = None,
) -> list[Path]:  # fmt: skip
    """Write the public list of a register as workbook, CSV and page fragment. Logged.

    It contains public fields of records that count, as anybody may see them.

    Parameters
    ----------
    years
        Years whose indicators are published with it, by group.
    names
        Code of a place → its name for people, as `dafeng.case.place_names` returns them; without, the packaged names.

    Raises
    ------
    DafengError
        Where the definition makes no field public, or the actor does not own the register.
    """
    actor.must("own", register, store.scope)
    definition = store.book.latest(register)
    fields = [
        definition.field(name) for name in definition.public if definition.field(name).privacy == "none"
    ]
    if not fields:
        raise DafengError.at(
            register, "no public fields", "fields listed under public", "add them to the definition"
        )
    called = place_names() if names is None else names
    rows = [[_named(one, row[one.id], called) for one in fields] for row in rows_of(store, PUBLIC, register)]
    sheets = [
        Sheet(
            definition.zh,
            [heading_of(one, one.en) for one in fields],
            rows,
            above=[definition.zh, _NOTE],
        )
    ]
    wanted = sorted(set(years))
    if wanted:
        headings = [
            Heading(text)
            for text in (
                "指标\nindicator",
                "年份\nyear",
                "分组\ngroup",
                "值\nvalue",
                "单位\nunit",
                "记录数\nn",
            )
        ]
        sums = _sums(store, definition, wanted, called)
        sheets.append(Sheet("指标 indicators", headings, sums, above=[definition.zh, _SUMS_NOTE]))
    folder.mkdir(parents=True, exist_ok=True)
    workbook, plain, page = (folder / f"{register}.{kind}" for kind in ("xlsx", "csv", "html"))
    write_workbook(workbook, sheets)
    with write_atomically(plain) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([[one.text.replace("\n", " ") for one in sheets[0].headings], *rows])
    with write_atomically(page) as temporary:
        tables = "".join(_table(sheet) for sheet in sheets)
        temporary.write_text(
            f'<section lang="zh"><h2>{html.escape(definition.zh)}</h2>{tables}</section>\n', encoding="utf-8"
        )
    with store.writing() as connection:
        change = Change(0, None, {"records": len(rows), "years": wanted})
        append(connection, store.schema.shared, actor, register, "publish", [change])
    return [workbook, plain, page]


def _named(field: RegisterField, value: Any, names: Mapping[str, Text]) -> Any:
    """Return a cell as people read it: a place by its Chinese name."""
    return names[str(value)].zh if field.type is Kind.REGION and str(value) in names else shown(field, value)


def _sums(
    store: Store, definition: Definition, years: Sequence[int], names: Mapping[str, Text]
) -> list[list[object]]:
    found: list[list[object]] = []
    for year in years:
        edition = store.book.on(definition.register_id, f"{year}-12-31")
        open_ = {one.id for one in edition.fields if one.privacy == "none"}
        for one in edition.indicators:
            by = [name for name in one.by if name in open_]
            found += [
                [
                    f"{one.zh} · {one.en}",
                    year,
                    _group(definition, result, names),
                    _value(result),
                    one.unit,
                    result.n,
                ]
                for result in compute(store, PUBLIC, definition.register_id, one.id, year, by)
                if result.n
            ]
    return found


def _group(definition: Definition, result: Result, names: Mapping[str, Text]) -> str:
    known = {one.id: one for one in definition.fields}
    return ", ".join(
        str(_named(known[name], value, names)) if name in known else str(value)
        for name, value in result.group.items()
    )


def _value(result: Result) -> object:
    if result.suppressed:
        return _FEW
    return "NE" if result.value is None else result.value


def _table(sheet: Sheet) -> str:
    head = "".join(f"<th>{html.escape(one.text).replace(chr(10), '<br>')}</th>" for one in sheet.headings)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape('' if cell is None else str(cell))}</td>" for cell in row)
        + "</tr>"
        for row in sheet.rows
    )
    note = html.escape(sheet.above[-1]) if sheet.above else ""
    return f"<p>{note}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
