"""Schema reference for people; `docs/case.md` is generated from it."""

from dafeng.case.city import City
from dafeng.case.schemas import TABLES, fuels
from dafeng.tables import KIND_TEXT, Column, Table

_HEAD = """# 案例文件夹 · The case folder

Made from the schemas by `dafeng case schema`; a test keeps it current. A case is a folder with `city.yaml`, the
tables below as CSV in UTF-8 (with or without a byte-order mark, comma-separated), and optionally `plan.yaml`,
`scenarios.yaml` and `counties.geojson`. It loads as a whole or is refused with all its problems at once
(`dafeng case check`). How to make one in Excel: [a new city in Excel](case-in-excel.md).

Where a column says *or key*, one of NO (not occurring), NE (not estimated), IE (included elsewhere), C (confidential)
may stand in place of the number: missing is not zero. What a city lacks it inherits from its parent.

Needed: `city.yaml`, `sources.csv`, `observations.csv`; without a parent also `sectors.csv` and `energy.csv`; with a
parent and no own `energy.csv`, `proxies.csv`; with `plan.yaml`, `organisations.csv`; `profiles.csv` and
`profiles_meta.csv` together; `measures.csv`, `drivers.csv`, `scenarios.yaml` and `plan.yaml` together. A table of the parent will do,
except for `sources.csv`.
"""


def schema_page() -> str:
    """Return the schema reference in Markdown."""
    parts = [_HEAD, _city()]
    parts += [_table(table) for table in TABLES.values()]
    parts.append("## 能源品种 · Fuels\n\n| id | unit of its kind |\n| --- | --- |\n")
    parts[-1] += "".join(f"| {fuel} | {unit} |\n" for fuel, unit in fuels().items())
    return "\n".join(parts)


def _city() -> str:
    rows = "".join(
        f"| `{field.alias or name}` | {'yes' if field.is_required() else ''} | {_cell(field.description or '')} |\n"
        for name, field in City.model_fields.items()
    )
    return f"## city.yaml\n\n| field | required | content |\n| --- | --- | --- |\n{rows}"


def _table(table: Table) -> str:
    head = f"## {table.file} · {table.title_zh}\n\n{table.help_zh} · {table.help_en}. "
    head += f"One row for each {' + '.join(f'`{name}`' for name in table.key)}.\n\n"
    head += "| column | kind | empty allowed | 列 | content |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(_row(column) for column in table.columns)


def _row(column: Column) -> str:
    kind = (
        KIND_TEXT[column.kind][1]
        + (" or key" if column.keys else "")
        + (" or =expression" if column.expressions else "")
    )
    content = [column.help_en or column.title_en]
    if column.choices and column.name != "fuel":
        content.append("one of " + ", ".join(column.choices))
    if column.low is not None and column.high is not None:
        content.append(f"{column.low:g} to {column.high:g}")
    elif column.low is not None:
        content.append(f"at least {column.low:g}")
    if column.optional:
        content.append("the column may be missing")
    empty = "" if column.required else "yes"
    return f"| `{column.name}` | {kind} | {empty} | {column.title_zh} | {_cell('; '.join(content))} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "or")
