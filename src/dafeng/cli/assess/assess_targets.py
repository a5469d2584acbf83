"""`dafeng assess tree | budget`: targets from the plan down to counties and key units; carbon budgets."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import CaseName, Json, On, day_or_today, plain, term
from dafeng.cli.record_options import HERE, As, Database, Workspace, acting, opened
from dafeng.cli.terminal import compact, print_json, print_problems, refusals, shown


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command()(tree)
    app.command()(budget)


def tree(
    case: CaseName, on: On = "", quantity: str = typer.Option("", "--quantity", help=words.both("assess_quantity_of_the_tree")),
    workspace: Workspace = HERE, database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show the target tree in force on a day, with history, what is unassigned, and every contradiction."""
    from dafeng.assessment import issued_of_case, target_tree, validity_of_case
    from dafeng.case import load

    with refusals(as_json):
        loaded = load(case)
        rows = issued_of_case(loaded)
        if database or (workspace / "records.sqlite").exists():
            rows = _rows(loaded, opened(workspace, loaded.city.code, database), acting(actor))
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
    title = term("quantity", row.quantity) if depth == 0 else "　" * depth + row.name
    kind = f"{words.word(f'assess_bound.{row.bound}')} {words.word(f'assess_{row.modality}')}"
    left = "; ".join(f"{term('level', level)} {value:,.6g}" for level, value in node.unassigned)
    table.add_row(title, str(row.year), kind, f"{row.value:,.10g} {row.unit}", left, row.document)
    for child in node.children:
        _add(table, child, depth + 1)


def _as_data(node: Any) -> dict[str, Any]:
    data: dict[str, Any] = plain(asdict(node.value)) | {"issued_on": str(node.value.issued_on or "")}
    data["history"] = [plain(asdict(one)) | {"issued_on": str(one.issued_on or "")} for one in node.history]
    data["unassigned"] = dict(node.unassigned)
    data["children"] = [_as_data(child) for child in node.children]
    return data


def budget(
    case: CaseName, year: Annotated[int, typer.Option("--year", help=words.both("assess_year"))], on: On = "",
    used: Annotated[Path | None, typer.Option("--used", help=words.both("assess_csv_of_amounts_used"))] = None,
    workspace: Workspace = HERE, database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Settle carbon budgets: assigned, used, committed by projects under way, left; the ETS apart."""
    from dafeng.assessment import carbon_budget, target_tree, validity_of_case, values_in_force
    from dafeng.case import load

    with refusals(as_json):
        loaded = load(case)
        store, who = opened(workspace, loaded.city.code, database), acting(actor)
        found = target_tree(_rows(loaded, store, who), day_or_today(on, "--on"), validity_of_case(loaded))
        account = _account(loaded, store, who, year, used)
        lines, findings = carbon_budget(values_in_force(found), account, year)
    if as_json:
        listed = {"year": year, "lines": [plain(asdict(line)) for line in lines]}
        listed["findings"] = [one.as_dict() for one in findings]
        listed["problems"] = [one.as_dict() for one in found.problems]
        print_json({"schema_version": 1, **listed})
        return
    heads = ("assess_head_node", "assess_head_assigned", "assess_head_used", "assess_head_ets", "assess_head_committed", "assess_head_remaining")  # fmt: skip
    table = compact(*words.words(*heads), figures=range(1, 6))
    for line in lines:
        amounts = (line.assigned, line.used, line.ets, line.committed, line.left)
        apart = f" ({words.word('assess_without_ets')})" if line.coverage == "without_ets" else ""
        table.add_row(
            f"{term('level', line.level)} {line.name}{apart}",
            *("NE" if one is None else f"{one / 1e4:,.1f}" for one in amounts),
        )
    none = "" if lines else words.word("assess_no_budget")
    shown(table if lines else None, none, *(words.plain(one.zh, one.en) for one in findings))


def _account(case: Any, store: Any, who: Any, year: int, used: Path | None) -> Any:
    from dafeng.assessment import Account, branch_of_trade, read_used, records, used_of_case
    from dafeng.inventory import build

    own = [] if used is None else read_used(used)
    named = {one.node for one in own}
    of_case = [one for one in used_of_case(case, build(case), year) if one.node not in named]
    branches = branch_of_trade(case)
    projects = records.projects_under_way(store, who, branches)
    emitters = records.key_emitters(store, who, branches)
    return Account((*own, *of_case), projects, emitters, case.city.code)


def _rows(case: Any, store: Any, who: Any) -> Any:
    from dafeng.assessment import issued_of_case, records

    return [*issued_of_case(case), *records.issued_values(store, who)]
