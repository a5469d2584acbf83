"""`dafeng registers attach | evidence | blank | example`: files of records, personal values, the synthetic records."""

from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.record_options import (
    HERE,
    As,
    Database,
    Json,
    Place,
    Register,
    Request,
    Workspace,
    acting,
    opened,
)
from dafeng.cli.terminal import print_json, print_table, refusals

Record = Annotated[int, typer.Argument(metavar="ID", help=words.both("reg_number_of_the_record"))]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of registers."""
    for name, command in (
        ("attach", attach),
        ("evidence", evidence),
        ("blank", blank_command),
        ("example", example),
    ):
        app.command(name)(command)


def attach(
    register: Register, record: Record, field: Annotated[str, typer.Argument(help=words.both("reg_field_for_files"))], file: Path,
    request: Request = "", workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Attach a file to a record; the same request id attaches it once."""
    from dafeng.registers import attach as attached
    from dafeng.registers import read

    with refusals(as_json):
        store, who = opened(workspace, place, database), acting(actor)
        version = int(read(store, who, register, record)["version"])
        digest = attached(store, who, register, record, field, file, version=version, request=request)
    if as_json:
        print_json({"sha256": digest})
    else:
        typer.echo(f"✓ {digest}")


def evidence(
    register: Register, record: Record, out: Annotated[Path | None, typer.Option("--out", help=words.both("reg_folder_for_copies"))] = None,
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """List the files of a record, and copy them out."""
    from dafeng.registers import evidence_file, evidence_of

    with refusals(as_json):
        store, who = opened(workspace, place, database), acting(actor)
        rows = evidence_of(store, who, register, record)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for row in rows:
                source = evidence_file(store, who, register, record, row["hash"])
                (out / f"{row['hash'][:12]}-{Path(row['name']).name}").write_bytes(source.read_bytes())
    if as_json:
        print_json({"files": rows})
    else:
        heads = words.words("reg_name", "reg_kind_of_file", "reg_bytes", "reg_hash")
        print_table("", heads, [(row["name"], row["kind"], row["size"], row["hash"][:12]) for row in rows])


def blank_command(
    register: Annotated[str | None, typer.Argument(metavar="[REGISTER]")] = None, record: Annotated[int | None, typer.Argument(metavar="[ID]")] = None,
    reason: Annotated[str, typer.Option("--reason", help=words.both("reg_reason_of_blanking"))] = "",
    request: Request = "", workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Blank personal values: of one record, or all whose date has come."""
    from dafeng.evidence import DafengError, today
    from dafeng.registers import blank, blank_due

    with refusals(as_json):
        store, who = opened(workspace, place, database), acting(actor)
        if register is None:
            count = blank_due(store, who, today().isoformat(), request=request)
        elif record is None or not reason:
            raise DafengError.at(
                "registers blank", f"{register} {record or ''}".strip(), words.both("reg_record_and_reason")
            )
        else:
            count = blank(store, who, register, record, reason, request=request)
    if as_json:
        print_json({"blanked": count})
    else:
        typer.echo(words.word("reg_blanked", count=count))


def example(workspace: Workspace = HERE, database: Database = "", as_json: Json = False) -> None:
    """Enter the synthetic records of the example city."""
    from dafeng.registers import fill_example

    with refusals(as_json):
        counted = fill_example(opened(workspace, "990100", database), workspace / "evidence-in")
    if as_json:
        print_json({"synthetic": True, "counted": counted})
    else:
        typer.echo(words.word("reg_example_filled", registers=len(counted), records=sum(counted.values())))
