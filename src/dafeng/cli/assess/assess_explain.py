"""`dafeng assess explain | schema`: what the references of papers lead to."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import Json, plain
from dafeng.cli.record_options import HERE, As, Database, Place, Workspace, acting, opened
from dafeng.cli.terminal import print_json, refusals, shown
from dafeng.evidence import DafengError

CELLS = 12
"""Cells of an inventory figure that are printed; --json has all."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command()(explain)
    app.command("schema")(schema_command)


def explain(
    source: Annotated[str, typer.Argument(help=words.both("assess_folder_of_results_or_record"))],
    reference: Annotated[str, typer.Argument(help=words.both("assess_reference_of_the_index_peaks_0"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show value, object, release and inputs behind a reference; record, revision and evidence behind one to a record."""
    with refusals(as_json):
        if not reference:
            found, lines = _record(source, workspace, place, database, actor)
        elif reference.startswith("inventory/"):
            found, lines = _inventory(source, reference)
        elif reference.startswith("cascade/"):
            found, lines = _cascade(source, reference)
        else:
            found, lines = _results(source, reference)
    if as_json:
        print_json({"schema_version": 1, **plain(asdict(found))})
    else:
        shown(None, *lines)


def _results(source: str, reference: str) -> tuple[Any, Iterator[str]]:
    from dafeng.report import explain_figure

    found = explain_figure(Path(source), reference)

    def lines() -> Iterator[str]:
        value = found.value
        if isinstance(value, list):
            value = words.word("assess_values", count=len(value))
        yield f"{found.pointer} = {value}"
        within = found.within if isinstance(found.within, dict) else {}
        for key, part in within.items():
            if not isinstance(part, list | dict):
                yield f"  {key}: {str(part)[:160]}"
        yield words.word("assess_release", release=found.release, version=found.version, seed=found.seed)
        yield words.word("assess_inputs", count=len(found.inputs))

    return found, lines()


def _inventory(source: str, reference: str) -> tuple[Any, Iterator[str]]:
    from dafeng.case import load
    from dafeng.inventory import build, fuel_title, row_title
    from dafeng.report import explain_inventory

    case = load(source)
    found = explain_inventory(case, build(case), reference)

    def lines() -> Iterator[str]:
        between = "" if found.low is None else f" ({found.low:,.0f}–{found.high:,.0f})"
        yield words.word("assess_explained_inventory", reference=found.reference, value=f"{found.value:,.0f}{between}", grade=found.grade)  # fmt: skip
        yield words.word("assess_explained_release", release=found.release, factors=found.factors)
        for cell in found.cells[:CELLS]:
            zh = " ".join(part for part in (row_title(cell.row), fuel_title(cell.fuel)) if part)
            name = words.plain(zh, " ".join(part for part in (cell.row, cell.fuel) if part))
            yield f"  {name}: {cell.value:,.0f} t  {cell.grade}  {cell.source}"
        if len(found.cells) > CELLS:
            yield words.word("assess_explained_more", count=len(found.cells) - CELLS)

    return found, lines()


def _cascade(source: str, reference: str) -> tuple[Any, Iterator[str]]:
    from dafeng.assessment import TITLES, explain_part

    found = explain_part(source, reference)

    def lines() -> Iterator[str]:
        yield f"{found.reference} = {found.value:,.10g} {found.unit}"
        yield words.plain(found.why.zh, found.why.en)
        for name, value in found.inputs.items():
            yield f"  {words.plain(TITLES[name].zh, TITLES[name].en)}: {value:,.10g}"
        yield words.word("assess_explained_source", source=found.source, release=found.release)

    return found, lines()


def _record(
    reference: str, workspace: Path, place: str, database: str, actor: str
) -> tuple[Any, Iterator[str]]:
    from dafeng.assessment.records import explain_record

    if reference.startswith(("/", "inventory/", "cascade/")):
        raise DafengError.at("reference", reference, words.both("assess_x_source_first"), words.both("assess_x_source_example"))  # fmt: skip
    found = explain_record(opened(workspace, place, database), acting(actor), reference)

    def lines() -> Iterator[str]:
        last = found.revision
        yield f"{found.reference} = {found.value}"
        yield words.word("assess_revision", number=last["id"], act=last["act"], actor=last["actor"], at=last["at"], hash=last["hash"][:12])  # fmt: skip
        yield from (f"  {line}" for line in (*found.acts, *found.evidence))

    return found, lines()


def schema_command() -> None:
    """Print the JSON schema of summary.json."""
    from dafeng.report import summary_schema

    print_json(summary_schema())
