"""`dafeng assess freeze`: freeze what a report rests on, lift a freeze, compare two."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import Json, Period, day_or_today, term
from dafeng.cli.record_options import HERE, As, Database, Place, Workspace, acting, opened
from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, refusals, shown

freeze_app = room(words.both("assess_freeze_lift_compare"))

FreezeId = Annotated[int, typer.Argument(help=words.both("assess_record_of_the_freeze"))]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.add_typer(freeze_app, name="freeze")


@freeze_app.command()
def make(
    results: Annotated[Path, typer.Argument(help=words.both("assess_folder_of_results"))], period: Period,
    scheme: Annotated[str, typer.Option("--scheme", help=words.both("assess_scheme_name_or_yaml_file"))] = "",
    register: Annotated[list[str] | None, typer.Option("--register", help=words.both("assess_further_register"))] = None,
    on: Annotated[str, typer.Option("--on", help=words.both("assess_day_of_the_freeze"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Freeze results, records and scheme as one content with its hash."""
    from dafeng.assessment import load_scheme
    from dafeng.assessment.records import freeze
    from dafeng.report import read_summary

    with refusals(as_json):
        read_summary(results)
        store, day = opened(workspace, place, database), day_or_today(on, "--on")
        applied = load_scheme(scheme) if scheme else None
        found = freeze(store, acting(actor), results, period, day, applied, register or ())
    told = {
        name: getattr(found, name) for name in ("id", "number", "release", "registers", "scheme", "digest")
    }
    if as_json:
        print_json({"schema_version": 1, **told})
    else:
        shown(None, *(f"{words.word(f'assess_frozen.{name}')} {value}" for name, value in told.items()))


@freeze_app.command()
def lift(
    freeze: FreezeId, reason: Annotated[str, typer.Option("--reason", help=words.both("assess_reason"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Lift a freeze with a reason; its content stays."""
    from dafeng.assessment.records import unfreeze

    with refusals(as_json):
        done = unfreeze(opened(workspace, place, database), acting(actor), freeze, reason)
    if as_json:
        print_json({"schema_version": 1, **asdict(done)})
    else:
        shown(None, f"✓ {done.id} {term('record_state', done.state)}")


@freeze_app.command()
def compare(
    first: FreezeId, second: FreezeId, workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Compare two freezes: each change with its cause."""
    from dafeng.assessment.records import compare_freezes, freeze_record

    with refusals(as_json):
        store, who = opened(workspace, place, database), acting(actor)
        changes = compare_freezes(freeze_record(store, who, first), freeze_record(store, who, second))
    if as_json:
        listed = [
            {"where": one.where, "before": one.before, "after": one.after, "cause_zh": one.cause.zh, "cause_en": one.cause.en}
            for one in changes
        ]  # fmt: skip
        print_json({"schema_version": 1, "changes": listed})
        return
    heads = ("assess_head_where", "assess_head_before", "assess_head_after", "assess_head_cause")
    table = compact(*words.words(*heads))
    for one in changes:
        table.add_row(
            one.where, str(one.before or ""), str(one.after or ""), words.plain(one.cause.zh, one.cause.en)
        )
    shown(table)
