"""`dafeng case from-plan`: a case folder from an issued plan."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.cases.options import Json, OutOption, ParentOption
from dafeng.cli.terminal import print_json, progress_bars, refusals


def from_plan_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=words.both("the_document_or_reviewed_yaml"))],
    parent: ParentOption = None,
    out: OutOption = None,
    code: Annotated[str | None, typer.Option("--code", help=words.both("else_from_the_title"))] = None,
    as_json: Json = False,
) -> None:
    """Start a case from a plan document."""
    from dafeng.case import is_indexed, start_from_plan
    from dafeng.pathway import draft_model
    from dafeng.plan import load_plan, read

    with refusals(as_json), progress_bars(not as_json):
        plan = load_plan(file) if file.suffix.lower() in (".yaml", ".yml", ".json") else read(file)
        started = start_from_plan(plan, parent, out, code)
        drafted = draft_model(started.path)
    if as_json:
        print_json({"written": str(started.path), **asdict(drafted)})
        return
    typer.echo(f"✓ {started.path}")
    typer.echo(words.word("drafted_measures", **drafted.counts))
    if drafted.lent_rows:
        typer.echo(words.word("lent_trajectories", rows=drafted.lent_rows, lender=drafted.lender))
    for one in drafted.unquantified:
        ask = "、".join(one.ask[:3]) or "—"
        typer.echo(
            words.word("stays_ne", at=one.locator, name=one.name, zh=one.reason_zh, en=one.reason_en, ask=ask)
        )
    for item in drafted.wanted:
        typer.echo(
            words.word("value_wanted", parameter=item.parameter, zh=item.zh, en=item.en, ask=item.holder_zh)
        )
    known = is_indexed(started)
    ends = (
        words.word("run_gives_ranges", folder=started.path, code=started.city.code)
        if known
        else words.word("run_starts", folder=started.path)
    )
    typer.echo(drafted.missing or ends)
