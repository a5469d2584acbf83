"""`dafeng case …`: check, show, convert and draft case folders."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.cases.from_plan import from_plan_command
from dafeng.cli.cases.gallery import gallery_command
from dafeng.cli.cases.options import Json, OutOption, ParentOption
from dafeng.cli.pathway.pathway_options import ResponseOption
from dafeng.cli.room import room
from dafeng.cli.terminal import print_json, print_problems, print_table, progress_bars, refusals
from dafeng.evidence import DafengError, Finding, Problem

if TYPE_CHECKING:
    from dafeng.case import Case

app = room(words.both("check_convert_and_draft_case_folders"))

CaseName = Annotated[str, typer.Argument(metavar="CASE", help=words.both("bundled_name_or_folder"))]

app.command("from-plan")(from_plan_command)
app.command("gallery")(gallery_command)


@app.command("check")
def check_command(
    name: CaseName,
    responses: ResponseOption = None,
    as_json: Json = False,
) -> None:
    """List every problem of a case; exit code 1 if there are any."""
    from dafeng.case import IMPLAUSIBLE, load

    case, problems = None, []
    found: list[Finding] = []
    with progress_bars(not as_json):
        try:
            case = load(name)
            _add_model_findings(case, found, responses or ())
        except DafengError as error:
            problems = _problems_of(name)
            # what the model alone finds, as a start before the plan, beside what its tables show
            listed = {problem.where for problem in problems}
            problems += [problem for problem in error.problems if problem.where not in listed]
    findings = (*case.findings, *found) if case is not None else ()
    if as_json:
        print_json({"problems": [p.as_dict() for p in problems], "findings": [f.as_dict() for f in findings]})
    elif problems:
        print_problems(problems, as_json)
    for finding in () if as_json else findings:
        typer.echo(f"! {finding.where}: {finding.zh} · {finding.en}")
    if not as_json and not problems:
        doubtful = sum(finding.code.startswith(IMPLAUSIBLE) for finding in findings)
        typer.echo(
            words.word("doubtful_figures", name=name, count=doubtful)
            if doubtful
            else words.word("no_problems", name=name)
        )
    if problems:
        raise typer.Exit(1)


def _add_model_findings(case: "Case", findings: list[Finding], responses: Sequence[Path] = ()) -> None:
    """Build inventory and model of a valid folder and add their cross-checks to `findings`.

    Raises
    ------
    DafengError
        With the problems that appear only then.
    """
    from dafeng import inventory as inventories
    from dafeng.pathway import check_tables, compile_model, electricity_findings, growth_findings

    if case.plan is None or case.table("drivers").empty:
        problems = check_tables(case.city, case.tables)
        if problems:
            raise DafengError(problems)
        return
    inventory = inventories.build(case)
    findings += inventories.cross_check_findings(case, inventory)
    model = compile_model(case, inventory)
    tables: list[Any] = []
    if responses:
        from dafeng.dispatch import read_response

        tables = [read_response(path, case) for path in responses]
    findings += electricity_findings(case, inventory, model, tables)
    findings += growth_findings(model, case.city.headline_account)


def _problems_of(name: str) -> list[Problem]:
    """Return every problem of the tables at once, those of the model's reading too."""
    from dafeng.case import check
    from dafeng.pathway import check_tables

    return check(name, check_tables)


@app.command("show")
def show_command(name: CaseName, as_json: Json = False) -> None:
    """Show the tables, rows, years and grades of a case."""
    from dafeng.case import summarise

    with refusals(as_json):
        summary = summarise(name)
    if as_json:
        print_json(summary)
        return
    typer.echo(
        f"{summary['name_zh']} {summary['name_en']} {summary['code']} · release {summary['release'][:16]}"
    )
    typer.echo(words.both("parent_and_plan", value=summary["parent"] or "—", value2=summary["plan"] or "—"))
    rows = [_table_row(table) for table in summary["tables"]]
    print_table(
        "",
        (
            words.head("table"),
            words.head("rows"),
            words.head("years"),
            words.head("grades"),
            words.head("keys"),
            words.head("from"),
        ),
        rows,
    )
    for finding in summary["findings"]:
        typer.echo(f"• {finding['where']}: {finding['zh']} {finding['en']}")


def _table_row(table: dict[str, Any]) -> list[object]:
    years = f"{table['years'][0]}–{table['years'][1]}" if table["years"] else ""
    grades = " ".join(f"{grade}{count}" for grade, count in table["grades"].items())
    return [
        f"{table['name']} {table['title_zh']}",
        table["rows"],
        years,
        grades,
        table["keys"],
        table["inherited_from"],
    ]


@app.command("list")
def list_command(as_json: Json = False) -> None:
    """List the bundled cases."""
    from dafeng.case import bundled

    if as_json:
        print_json({"cases": bundled()})
    else:
        typer.echo("\n".join(bundled()))


@app.command("to-xlsx")
def to_xlsx_command(name: CaseName, file: Path, as_json: Json = False) -> None:
    """Write a case as an Excel workbook."""
    from dafeng.case import to_xlsx

    with refusals(as_json), progress_bars(not as_json):
        to_xlsx(name, file)
    _written(file, as_json)


@app.command("from-xlsx")
def from_xlsx_command(
    file: Path, folder: Annotated[Path, typer.Argument(metavar="DIR")], as_json: Json = False
) -> None:
    """Write a workbook as a case folder, or list its problems."""
    from dafeng.case import from_xlsx

    with refusals(as_json), progress_bars(not as_json):
        findings = from_xlsx(file, folder)
    for finding in () if as_json else findings:
        typer.echo(f"! {finding.where}: {finding.zh} · {finding.en}")
    _written(folder, as_json)


@app.command("template")
def template_command(file: Path, as_json: Json = False) -> None:
    """Write an empty workbook with headers, help and drop-downs."""
    from dafeng.case import template

    with refusals(as_json):
        template(file)
    _written(file, as_json)


@app.command("example")
def example_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=words.both("a_new_folder"))],
    readings: Annotated[bool, typer.Option(help=words.both("write_a_year_of_synthetic_readings"))] = True,
    as_json: Json = False,
) -> None:
    """Write the example city, all of it synthetic."""
    from dafeng.case import write_example
    from dafeng.metering import write_example_readings
    from dafeng.registers import write_example_records

    with refusals(as_json), progress_bars(not as_json):
        written = write_example(folder)
        written += write_example_records(folder)
        if readings:
            written += write_example_readings(folder)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "files": [str(path.relative_to(folder)) for path in written],
                "synthetic": True,
            }
        )
    else:
        typer.echo(words.word("files_all_synthetic", folder=folder, count=len(written)))


@app.command("new")
def new_command(
    code: Annotated[str, typer.Argument(metavar="CODE", help=words.both("code_or_name_of_a_unit"))],
    parent: ParentOption = None,
    out: OutOption = None,
    as_json: Json = False,
) -> None:
    """Draft a case of any prefecture-level unit, or from its parent's data, each estimate graded."""
    from dafeng.case import draft, draft_unit, find_unit, summarise, units
    from dafeng.pathway import draft_model

    lacks = ""
    with refusals(as_json), progress_bars(not as_json):
        if parent is not None or (
            code.isdigit() and len(code) == 6 and not code.endswith("00") and code not in units()
        ):
            folder = out or Path(code)
            draft(code, parent, folder)
        else:
            unit = find_unit(code)
            folder = out or Path(unit.code)
            lacks = draft_model(draft_unit(unit, folder).path).missing
        summary = summarise(folder)
    if as_json:
        print_json({"written": str(folder), **summary})
        return
    for table in summary["tables"]:
        if not table["inherited_from"]:
            grades = " ".join(f"{grade}{count}" for grade, count in table["grades"].items())
            typer.echo(
                words.word(
                    "rows_ne", name=table["name"], rows=table["rows"], keys=table["keys"], grades=grades
                )
            )
    _written(folder, as_json)
    if parent is None:
        typer.echo(lacks or words.word("run_gives_ranges", folder=folder, code=summary["code"]))


@app.command("release")
def release_command(
    base: Annotated[str, typer.Argument(metavar="BASE", help=words.both("reg_the_release_before"))],
    out: Annotated[Path, typer.Option("--out", help=words.both("reg_new_folder"))],
    extracts: Annotated[
        list[Path] | None, typer.Option("--with", help=words.both("reg_folder_of_registers_aggregate"))
    ] = None,
    proposals: Annotated[
        Path | None, typer.Option("--proposals", help=words.both("reg_accepted_proposals"))
    ] = None,
    as_json: Json = False,
) -> None:
    """由上一版、登记汇总和已采纳建议生成新版案例 · make the next release of a case."""
    from dafeng.case import release

    with refusals(as_json), progress_bars(not as_json):
        made = release(base, out, extracts or (), proposals)
    if as_json:
        print_json({
            "written": str(made.folder), "release": made.release, "base_release": made.base_release, "rows": dict(made.rows),
            "findings": [one.as_dict() for one in made.findings],
        })  # fmt: skip
        return
    rows = " ".join(f"{table} +{count}" for table, count in made.rows.items() if count)
    typer.echo(f"✓ {made.folder} · release {made.release[:16]} · {rows}")
    for finding in made.findings:
        typer.echo(f"• {finding.zh} {finding.en}")


@app.command("upgrade")
def upgrade_command(
    name: Annotated[str, typer.Argument(metavar="CASE", help=words.both("case_folder_or_workbook"))],
    out: Annotated[Path | None, typer.Option("--out", help=words.both("else_in_place"))] = None,
    as_json: Json = False,
) -> None:
    """把旧版案例改写为现行结构 · rewrite an older case in the schema of this release."""
    from dafeng.case import upgrade

    with refusals(as_json), progress_bars(not as_json):
        done = upgrade(name, out)
    if as_json:
        print_json({
            "written": str(done.path), "schema_before": done.before, "schema": done.after,
            "changes": [{"file": file, "zh": text.zh, "en": text.en} for file, text in done.changes],
        })  # fmt: skip
        return
    for file, text in done.changes:
        typer.echo(f"• {file}: {text}")
    if not done.changes and out is None:
        typer.echo(words.word("schema_is_current", path=done.path, schema=done.after))
    else:
        typer.echo(f"✓ {done.path}")


@app.command("diff")
def diff_command(
    first: Annotated[str, typer.Argument(metavar="A")], second: Annotated[str, typer.Argument(metavar="B")], as_json: Json = False
) -> None:  # fmt: skip
    """两版案例的差别:增、减、改 · what differs between two releases."""
    from dafeng.case import difference

    with refusals(as_json):
        found = difference(first, second)
    if as_json:
        print_json(found.as_dict())
        return
    rows = [(one.table, one.kind, one.key, one.column, one.before, one.after) for one in found.differences]
    print_table(
        words.word("reg_differences", count=len(rows)),
        (
            words.word("table"),
            words.word("kind"),
            words.word("reg_key"),
            words.word("reg_column"),
            words.word("reg_before_2"),
            words.word("reg_after_2"),
        ),
        rows,
    )


@app.command("schema")
def schema_command() -> None:
    """Print the schema reference (Markdown)."""
    from dafeng.case import schema_page

    sys.stdout.write(schema_page())


def _written(path: Path, as_json: bool) -> None:
    if as_json:
        print_json({"written": str(path)})
    else:
        typer.echo(f"✓ {path}")
