"""`dafeng assess tree`: targets from the plan down to counties and key units."""

from dataclasses import asdict
from typing import Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import CaseName, Json, On, day_or_today, plain
from dafeng.cli.record_options import HERE, As, Database, Workspace, acting, opened
from dafeng.cli.terminal import compact, print_json, print_problems, refusals, shown


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command()(tree)


def tree(
    case: CaseName, on: On = "", quantity: str = typer.Option("", "--quantity", help=words.both("assess_quantity_of_the_tree")),
    workspace: Workspace = HERE, database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show the target tree in force on a day, with history, what is unassigned, and every contradiction."""
    from dafeng.assessment import issued_of_case, records, target_tree, validity_of_case
    from dafeng.case import load

    with refusals(as_json):
        loaded = load(case)
        rows = issued_of_case(loaded)
        if database or (workspace / "records.sqlite").exists():
            store = opened(workspace, loaded.city.code, database)
            rows += records.issued_values(store, acting(actor))
        rows = [row for row in rows if quantity in ("", row.quantity)]
        found = target_tree(rows, day_or_today(on, "--on"), validity_of_case(loaded))
    if as_json:
        listed = {"roots": [_as_data(node) for node in found.roots], "on": str(found.on)}
        findings, problems = ([one.as_dict() for one in group] for group in (found.findings, found.problems))
        print_json({"schema_version": 1, **listed, "findings": findings, "problems": problems})
        return
    heads = ("assess_head_target", "assess_year", "assess_head_bound", "assess_head_amount", "assess_head_left", "assess_head_document")  # fmt: skip
    table = compact(*words.words(*heads), figures=(1, 3))
    for node in found.roots:
        _add(table, node, 0)
    shown(table, *(words.plain(one.zh, one.en) for one in found.findings))
    if found.problems:
        print_problems(found.problems, as_json)


def _add(table: Any, node: Any, depth: int) -> None:
    row = node.value
    title = row.quantity if depth == 0 else "　" * depth + row.name
    kind = f"{words.word(f'assess_bound.{row.bound}')} {words.word(f'assess_{row.modality}')}"
    left = "; ".join(f"{level} {value:,.6g}" for level, value in node.unassigned)
    table.add_row(title, str(row.year), kind, f"{row.value:,.10g} {row.unit}", left, row.document)
    for child in node.children:
        _add(table, child, depth + 1)


def _as_data(node: Any) -> dict[str, Any]:
    data: dict[str, Any] = plain(asdict(node.value)) | {"issued_on": str(node.value.issued_on or "")}
    data["history"] = [plain(asdict(one)) | {"issued_on": str(one.issued_on or "")} for one in node.history]
    data["unassigned"] = dict(node.unassigned)
    data["children"] = [_as_data(child) for child in node.children]
    return data
