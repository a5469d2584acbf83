"""Verbs on a store from the command line: here, or by the server that owns it."""

import time
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from dafeng.cli import words
from dafeng.cli.tables.metering import show_answer
from dafeng.cli.terminal import print_json
from dafeng.evidence import DafengError

WAIT_SECONDS = 60.0
"""Seconds that a command waits for another one that has the store open."""


def without_password(context: typer.Context, option: typer.CallbackParam, value: str | None) -> str | None:
    """Refuse a password in an argument, which every user of the machine can see.

    Raises
    ------
    DafengError
    """
    source = context.get_parameter_source(option.name or "")
    if value is None or source is None or source.name != "COMMANDLINE":
        return value
    if urlsplit(value if "://" in value else f"//{value}").password is not None:
        mend = words.both("problem.password_by_environment", variable=option.envvar)
        where = f"--{str(option.name).replace('_', '-')}"
        raise DafengError.at(where, value.rpartition("@")[2], words.both("problem.no_password"), mend)
    return value


def read_day(text: str) -> date:
    """Parse a day from an option.

    Raises
    ------
    DafengError
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DafengError.at("--day", text, words.both("problem.date")) from error


def show(answer: dict[str, Any], as_json: bool, title: str) -> None:
    """Print an answer: JSON on one line, or tables for people."""
    if as_json:
        print_json(answer, indent=None)
    else:
        show_answer(answer, title)


def keys_at(store: str, database: str | None) -> None:
    """Set the database of keys: the named one, else a file next to the store.

    Raises
    ------
    DafengError
        For a cluster, which has no interface, and where there is no store: a mistyped name would make a file of keys.
    """
    from dafeng.web import use_database

    if store.startswith("clickhouse:"):
        mend = words.both("problem.embedded_store")
        raise DafengError.at("--store", store.split("@")[-1], words.both("problem.store_file"), mend)
    if database is None and not Path(store).is_file():
        raise DafengError.at(
            "--store", store, words.both("problem.store_file"), words.both("problem.init_store", store=store)
        )
    use_database(database or f"sqlite:///{Path(store).resolve()}.keys")


def ask(path: str, verb: str, **values: Any) -> dict[str, Any]:
    """Run a verb on the store, or let the server that owns it run it."""
    from dafeng.metering import Store, StoreOwnedError, ask_owner, operate, operate_cluster

    if path.startswith("clickhouse:"):
        return operate_cluster(path, verb, values)
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with Store(path) as store:
                return operate(store, verb, values)
        except StoreOwnedError as error:
            late = time.monotonic() > until
            # the word of a server that was killed may be there still; one in another container is not seen from here
            if error.owner is not None and (late or error.owner.is_alive()):
                return ask_owner(error.owner, verb, values)
            if late:
                raise
        time.sleep(0.2)
