"""`dafeng assess paper | explain | schema`: papers in official layout, and what their references lead to."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import Json, plain, written_day
from dafeng.cli.record_options import HERE, As, Database, Place, Workspace, acting, opened
from dafeng.cli.terminal import print_json, refusals, shown
from dafeng.evidence import DafengError

FreezeOf = Annotated[int | None, typer.Option("--freeze", help=words.both("assess_record_of_the_freeze"))]
Results = Annotated[Path | None, typer.Argument(help=words.both("assess_folder_of_results_or_case"))]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command()(paper)
    app.command()(explain)
    app.command("schema")(schema_command)


PAPERS = ("yearly", "one-page", "inventory")


def paper(
    kind: Annotated[str, typer.Argument(help=words.both("assess_kind_of_paper"))],
    out: Annotated[Path, typer.Option("--out", help=words.both("assess_docx_file"))],
    results: Results = None,
    freeze: FreezeOf = None,
    day: Annotated[str | None, typer.Option("--day", help=words.both("assess_date_default_today"))] = None,
    body: Annotated[str, typer.Option("--body", help=words.both("assess_issuing_body"))] = "",
    before: Annotated[Path | None, typer.Option("--before", help=words.both("assess_results_to_compare_with"))] = None,
    before_freeze: Annotated[int | None, typer.Option("--before-freeze", help=words.both("assess_freeze_to_compare_with"))] = None,
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "",
) -> None:  # fmt: skip
    """Write a paper in official layout."""
    from dafeng.report import one_page, yearly_report

    if kind not in PAPERS:
        raise DafengError.at("paper", kind, f"one of {', '.join(PAPERS)}")
    if kind == "inventory":
        _inventory(results, written_day(day, "--day"), body).save(out)
        shown(None, words.word("assess_paper_inventory", file=out))
        return
    frozen = None if freeze is None else _frozen(freeze, workspace, place, database, actor)
    summary = _summary(results, frozen)
    written = written_day(day or (str(frozen.frozen_on) if frozen else None), "--day")
    if kind == "yearly":
        yearly_report(summary, written, body).save(out)
    else:
        earlier = None if before_freeze is None else _frozen(before_freeze, workspace, place, database, actor)
        known = before is not None or earlier is not None
        one_page(summary, written, body, _summary(before, earlier) if known else None).save(out)
    shown(None, words.word(f"assess_paper_{kind}", file=out))


def _inventory(case: Path | None, day: str, body: str) -> Any:
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.report import inventory_report

    if case is None:
        raise DafengError.at("paper", words.both("assess_x_nothing"), words.both("assess_x_case"))
    loaded = load(str(case))
    return inventory_report(loaded, build(loaded), day, body)


def _frozen(freeze: int, workspace: Path, place: str, database: str, actor: str) -> Any:
    from dafeng.assessment.records import in_force

    return in_force(opened(workspace, place, database), acting(actor), freeze)


def _summary(results: Path | None, frozen: Any) -> Any:
    from dafeng.report import read_summary, summary_of

    if frozen is not None:
        return summary_of(frozen.content["summary"], f"assessment_freezes:{frozen.id}")
    if results is None:
        raise DafengError.at("paper", words.both("assess_x_nothing"), words.both("assess_x_results"))
    return read_summary(results)


def explain(
    source: Annotated[str, typer.Argument(help=words.both("assess_folder_of_results_or_record"))],
    reference: Annotated[str, typer.Argument(help=words.both("assess_reference_of_the_index_peaks_0"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show value, object, release and inputs behind a reference; record, revision and evidence behind one to a record."""
    from dafeng.report import explain_figure

    if not reference:
        _explain_record(source, workspace, place, database, actor, as_json)
        return
    with refusals(as_json):
        found = explain_figure(Path(source), reference)
    if as_json:
        print_json({"schema_version": 1, **asdict(found)})
        return
    within = found.within if isinstance(found.within, dict) else {}
    parts = [
        f"  {key}: {str(value)[:160]}" for key, value in within.items() if not isinstance(value, list | dict)
    ]
    head = f"{found.pointer} = {found.value if not isinstance(found.value, list) else f'{len(found.value)} values'}"
    shown(
        None,
        head,
        *parts,
        words.word("assess_release", release=found.release, version=found.version, seed=found.seed),
        words.word("assess_inputs", count=len(found.inputs)),
    )


def _explain_record(
    reference: str, workspace: Path, place: str, database: str, actor: str, as_json: bool
) -> None:
    from dafeng.assessment.records import explain_record

    with refusals(as_json):
        found = explain_record(opened(workspace, place, database), acting(actor), reference)
    if as_json:
        print_json({"schema_version": 1, **plain(asdict(found))})
        return
    last = found.revision
    shown(
        None, f"{found.reference} = {found.value}",
        words.word("assess_revision", number=last["id"], act=last["act"], actor=last["actor"], at=last["at"], hash=last["hash"][:12]),
        *(f"  {line}" for line in (*found.acts, *found.evidence)),
    )  # fmt: skip


def schema_command() -> None:
    """Print the JSON schema of summary.json."""
    from dafeng.report import summary_schema

    print_json(summary_schema())
