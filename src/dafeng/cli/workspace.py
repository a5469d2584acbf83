"""Commands on a workspace: serve, web manage, backup, verify, restore, doctor."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dafeng.cli import words
from dafeng.cli.record_options import HERE, Json, Workspace
from dafeng.cli.terminal import compact, print_json, print_problems, progress_bars, refusals, shown

Backup = Annotated[Path, typer.Argument(metavar="BACKUP", help=words.both("office_from"))]


Identity = Annotated[Path | None, typer.Option("--identity", help=words.both("office_identity"))]


def serve(
    workspace: Workspace = HERE,
    host: Annotated[str, typer.Option(help=words.both("address"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(help=words.both("port_0_for_a_free_one"))] = 8770,
    demo: Annotated[bool, typer.Option("--demo", help=words.both("office_demo"))] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help=words.both("office_upgrade"))] = False,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help=words.both("listen_beyond_this_machine_without_tls"))
    ] = False,
    as_json: Json = False,
) -> None:
    """Serve the office of a workspace until stopped."""
    from dafeng.web import fill_workspace, serve_workspace

    people = ("", "")

    def ready(url: str, token: str) -> None:
        if as_json:
            print_json({"url": url, "token": token or None, "people": people[0] or None, "password": people[1] or None}, indent=None)  # fmt: skip
            return
        lines = [words.word("office_serving", url=url)]
        if people[0]:
            lines.append(words.word("office_people", names=people[0], password=people[1]))
        if token:
            lines += [words.word("office_token", token=token), words.word("office_first", url=url)]
        shown(None, *lines)

    with refusals(as_json):
        if demo:
            with progress_bars(not as_json):
                people = fill_workspace(workspace, upgrade=upgrade)
        serve_workspace(workspace, host=host, port=port, plain_http=plain_http, upgrade=upgrade, ready=ready)


def web(context: typer.Context, workspace: Workspace = HERE) -> None:
    """Run a management command of Django for the office."""
    from dafeng.web import manage

    arguments = context.args[1:] if context.args[:1] == ["manage"] else context.args
    manage(workspace, list(arguments))


def backup(
    workspace: Workspace = HERE,
    out: Annotated[Path | None, typer.Option("--out", help=words.both("office_out"))] = None,
    recipient: Annotated[str, typer.Option("--recipient", help=words.both("office_recipient"))] = "",
    new_key: Annotated[Path | None, typer.Option("--new-key", help=words.both("office_new_key"))] = None,
    as_json: Json = False,
) -> None:
    """Back up a workspace at one point, also while it serves; encrypted where a recipient is given."""
    from dafeng.web import back_up_workspace, new_backup_key

    with refusals(as_json):
        made = (
            new_backup_key(new_key)
            if new_key is not None
            else str(back_up_workspace(workspace, out, recipient))
        )
    if as_json:
        print_json({"recipient" if new_key is not None else "written": made})
    else:
        typer.echo(f"✓ {made}")


def verify(
    folder: Annotated[Path | None, typer.Argument(metavar="[BACKUP]", help=words.both("office_from"))] = None,
    workspace: Workspace = HERE,
    identity: Identity = None,
    as_json: Json = False,
) -> None:
    """Verify a backup, or the sealed logs and evidence of a workspace."""
    from dafeng.web import verify_workspace

    with refusals(as_json):
        problems = verify_workspace(workspace, folder, identity)
    if problems:
        print_problems(problems, as_json)
        sys.exit(1)
    if as_json:
        print_json({"problems": []})
    else:
        shown(None, words.word("office_verified"))


def restore(folder: Backup, workspace: Workspace, identity: Identity = None, as_json: Json = False) -> None:
    """Verify a backup and restore it into a new workspace."""
    from dafeng.web import restore_workspace

    with refusals(as_json):
        restore_workspace(folder, workspace, identity)
    if as_json:
        print_json({"written": str(workspace)})
    else:
        typer.echo(f"✓ {workspace}")


def doctor(workspace: Workspace = HERE, as_json: Json = False) -> None:
    """Diagnose a workspace; exit code 1 where a part fails."""
    from dafeng.web import diagnose_workspace

    with refusals(as_json):
        checks = diagnose_workspace(workspace)
    if as_json:
        print_json({"checks": checks})
    else:
        signs = {"ok": "✓", "warn": "!", "fail": "✕"}
        table = compact("", "", "")
        for one in checks:
            table.add_row(signs[one["state"]], one["check"], words.plain(one["zh"], one["en"]))
        shown(table)
    if any(one["state"] == "fail" for one in checks):
        sys.exit(1)
