"""The plan of a case as sheets of a workbook: one table for each of its lists, read back to the same `plan.yaml`.

A plan that the tables do not give back letter by letter (comments of a person, a name with the separator in it) stays
the text of its file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from dafeng.evidence import Problems, catalogue, packaged_rows
from dafeng.plan import Plan
from dafeng.tables import Heading, Sheet, SheetCells, cell_text, column_letters

FILE = "plan.yaml"
LISTS = ("tasks", "duties", "targets", "outline", "names", "findings")
"""Fields of a plan that are sheets of their own; the others are rows of the sheet of the plan."""
PLAN_SHEET, LEFT_OUT = "plan", "left_out"
WIDTH = 110
"""Line width of `plan.yaml`, as the reader of plans writes it."""
_BETWEEN = "、"
_YES = {
    "是": True,
    "true": True,
    "1": True,
    "yes": True,
    "否": False,
    "false": False,
    "0": False,
    "no": False,
}


@cache
def _titles() -> Mapping[str, str]:
    """Return the Chinese title by id of a sheet or column."""
    return {row["id"]: row["zh"] for row in packaged_rows("dafeng.case", "plan_columns.csv")}


def plan_sheets(text: str) -> list[Sheet]:
    """Return the sheets of a `plan.yaml`; none where they would not give the same text back."""
    try:
        raw = yaml.safe_load(text)
        plan = Plan.model_validate(raw)
    except (yaml.YAMLError, ValidationError, ValueError):
        return []
    data = plan.as_dict()
    sheets = [
        _overview(data, _left_out(raw, data)),
        *(_list_sheet(name, data[name]) for name in LISTS if data[name]),
    ]
    cells = [_as_read(sheet) for sheet in sheets]
    return sheets if read_plan(cells, Problems()) == text else []


def _as_read(sheet: Sheet) -> SheetCells:
    head = [heading.text for heading in sheet.headings]
    rows = [
        [("是" if cell else "否") if isinstance(cell, bool) else cell for cell in row] for row in sheet.rows
    ]
    return SheetCells(sheet.name, [head, *rows])


def sheet_title(name: str) -> str:
    """Return the name of a sheet of the plan: its Chinese title with the id."""
    return f"{_titles()[f'sheet.{name}']} {name}"


def plan_sheet_of(name: str) -> str | None:
    """Return which list of the plan a sheet called `name` holds; None for any other sheet."""
    folded = "".join(name.split()).casefold()
    for part in (PLAN_SHEET, *LISTS):
        names = (sheet_title(part), _titles()[f"sheet.{part}"])
        if folded in {"".join(title.split()).casefold() for title in names}:
            return part
    return None


def _left_out(raw: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return, by list ("" for the plan), the fields without a value that the file does not write out."""
    found = {"": [key for key in data if key not in raw]}
    for name in LISTS:
        written = {key for item in raw.get(name) or () for key in item}
        found[name] = [key for key in (data[name][0] if data[name] else ()) if key not in written]
    return {name: keys for name, keys in found.items() if keys}


def _written(plan: Plan, left_out: Mapping[str, Sequence[str]]) -> str:
    """Return the text of the plan without the empty fields of `left_out`."""
    data = plan.as_dict()
    for name in LISTS:
        data[name] = [_without_empty(item, left_out.get(name, ())) for item in data[name]]
    return yaml.safe_dump(
        _without_empty(data, left_out.get("", ())), allow_unicode=True, sort_keys=False, width=WIDTH
    )


def _without_empty(item: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {
        key: value for key, value in item.items() if key not in keys or value not in (None, "", [], False)
    }


def _overview(data: Mapping[str, Any], left_out: Mapping[str, Sequence[str]]) -> Sheet:
    headings = [Heading(f"{_titles()[id_]}\n{id_}", "@", 44) for id_ in ("field", "content")]
    rows = [
        [f"{_titles()[name]} {name}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
        for name, value in data.items() if name not in LISTS and value is not None
    ]  # fmt: skip
    if left_out:
        rows.append([f"{_titles()[LEFT_OUT]} {LEFT_OUT}", json.dumps(left_out, ensure_ascii=False)])
    return Sheet(sheet_title(PLAN_SHEET), headings, rows, filtered=False)


def _list_sheet(name: str, items: Sequence[Mapping[str, Any]]) -> Sheet:
    flat = [_flat(item) for item in items]
    kept = [id_ for id_ in _columns(name) if any(row.get(id_) not in (None, "", False, []) for row in flat)]
    headings = [
        Heading(f"{_titles()[id_]}\n{id_}", wrap=id_ in ("departments", "content", "title", "zh", "en"))
        for id_ in kept
    ]
    return Sheet(
        sheet_title(name),
        headings,
        [[_cell(row.get(id_)) for id_ in kept] for row in flat],
        frozen=1,
        form_rows=200,
    )


def _cell(value: Any) -> Any:
    return _BETWEEN.join(value) if isinstance(value, list) else value


def _flat(item: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{key}.")
        else:
            flat[f"{before}{key}"] = value
    return flat


def _model_of(name: str) -> type[BaseModel]:
    (model, *_) = get_args(Plan.model_fields[name].annotation)
    found: type[BaseModel] = model
    return found


@cache
def _columns(name: str) -> dict[str, Any]:
    """Return the columns of a list → the type of each."""
    return dict(_fields(_model_of(name)))


def _fields(model: type[BaseModel], before: str = "") -> Iterable[tuple[str, Any]]:
    for key, field in model.model_fields.items():
        kinds = _kinds(field.annotation)
        nested = next(
            (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None
        )
        if nested is not None:
            yield from _fields(nested, f"{before}{key}.")
        else:
            yield f"{before}{field.alias or key}", field.annotation


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def read_plan(sheets: Sequence[SheetCells], problems: Problems) -> str | None:
    """Return the `plan.yaml` of the sheets of a plan; None where there are none, or with problems.

    Parameters
    ----------
    sheets : Sequence of SheetCells
        Worksheets of the workbook; those that are none of the plan's are passed over.
    problems : Problems
        List that the problems are added to, with sheet and cell.
    """
    found = {part: sheet for sheet in sheets if (part := plan_sheet_of(sheet.name)) is not None}
    if PLAN_SHEET not in found:
        for part, sheet in found.items():
            problems.add(
                sheet.name,
                _word("plan.no_overview"),
                sheet_title(PLAN_SHEET),
                _word("plan.no_overview_mend", part=part),
            )
        return None
    before = len(problems)
    content: dict[str, Any] = _read_overview(found[PLAN_SHEET], problems)
    left_out = content.pop(LEFT_OUT, None) or {}
    for part in LISTS:
        content[part] = _read_list(part, found[part], problems) if part in found else []
    if len(problems) > before:
        return None
    try:
        return _written(Plan.model_validate(content), left_out)
    except ValidationError as error:
        for fault in error.errors():
            part, number = str(fault["loc"][0]), fault["loc"][1] if len(fault["loc"]) > 1 else ""
            sheet = found.get(part, found[PLAN_SHEET])
            row = number + 2 if isinstance(number, int) else 1
            problems.add(
                f"{sheet.name}!A{row}",
                str(fault.get("input", ""))[:80],
                _word("plan.valid"),
                str(fault["msg"]),
            )
        return None


def _word(id_: str, **fields: object) -> Any:
    return catalogue("dafeng.case").both(id_, **fields)


def _read_overview(sheet: SheetCells, problems: Problems) -> dict[str, Any]:
    content: dict[str, Any] = {}
    texts: dict[str, tuple[Any, ...]] = {LEFT_OUT: ()}
    for field, described in Plan.model_fields.items():
        if field not in LISTS:
            texts[field] = _kinds(described.annotation)
    for number, row in enumerate(sheet.rows[1:], start=2):
        label, value = (cell_text(cell).strip() for cell in [*row, "", ""][:2])
        name = label.rpartition(" ")[2] if label else ""
        if not label and not value:
            continue
        if name not in texts:
            problems.add(f"{sheet.name}!A{number}", label, _word("plan.fields", names=_BETWEEN.join(texts)))
        elif str in texts[name]:
            content[name] = value or None
        else:
            try:
                content[name] = json.loads(value) if value else None
            except json.JSONDecodeError:
                problems.add(f"{sheet.name}!B{number}", value[:80], _word("plan.json"))
    return content


def _read_list(part: str, sheet: SheetCells, problems: Problems) -> list[dict[str, Any]]:
    columns = _columns(part)
    named = {title: id_ for id_ in columns for title in (id_, _titles()[id_])}
    head = (
        [named.get(cell_text(cell).rpartition("\n")[2].strip()) for cell in sheet.rows[0]]
        if sheet.rows
        else []
    )
    for at, cell in enumerate(sheet.rows[0] if sheet.rows else []):
        if head[at] is None and cell_text(cell).strip():
            listed = _BETWEEN.join(f"{_titles()[id_]} {id_}" for id_ in columns)
            problems.add(
                f"{sheet.name}!{column_letters(at)}1", cell_text(cell), _word("plan.columns", names=listed)
            )
    items = []
    for number, row in enumerate(sheet.rows[1:], start=2):
        item: dict[str, Any] = {}
        for at, cell in enumerate(row[: len(head)]):
            id_, text = head[at], cell_text(cell)
            if id_ is not None and text != "":
                value = _value(text, columns[id_])
                if value is None:
                    problems.add(f"{sheet.name}!{column_letters(at)}{number}", text, _word("plan.yes_no"))
                _put(item, id_, value)
        if item:
            items.append(item)
    return items


def _value(text: str, annotation: Any) -> Any:
    """Return a cell as its field takes it: list, flag, number or text; None for a flag that is neither yes nor no."""
    kinds = _kinds(annotation)
    if any(get_origin(kind) is tuple for kind in kinds):
        return [part.strip() for part in text.split(_BETWEEN) if part.strip()]
    if bool in kinds:
        return _YES.get(text.strip().casefold())
    if str not in kinds and any(kind in (int, float) or get_origin(kind) is not None for kind in kinds):
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() and float not in kinds else number
    return text


def _put(item: dict[str, Any], id_: str, value: Any) -> None:
    *path, last = id_.split(".")
    for key in path:
        item = item.setdefault(key, {})
    item[last] = value
