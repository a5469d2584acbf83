"""Database of keys and audit log: a SQLite file, or PostgreSQL by URL."""

from pathlib import Path as FilePath
from typing import Any
from urllib.parse import unquote, urlsplit

from dafeng.evidence import DafengError, catalogue

_TEXTS = catalogue("dafeng.web")


def database_of(url: str) -> dict[str, Any]:
    """Return Django's settings for `sqlite:///file` or `postgresql://user:password@host:port/name`.

    Raises
    ------
    DafengError
        For any other URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and parts.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.sqlite3", "NAME": parts.path[1:], "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 20, "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }  # fmt: skip
    if parts.scheme in {"postgresql", "postgres"} and parts.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql", "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""), "PORT": parts.port or "", "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }  # fmt: skip
    raise DafengError.at("--database", url.split("@")[-1], _TEXTS.both("problem.url_of_keys"))


def use_database(url: str) -> None:
    """Set the database of keys and audit log to `url`; its tables are created or migrated.

    Raises
    ------
    DafengError
        Where it cannot be reached or is no database.
    """
    from django.core.management import call_command
    from django.db import DatabaseError, connections

    connections.close_all()
    connections.settings = connections.configure_settings({"default": database_of(url)})
    if hasattr(connections._connections, "default"):
        del connections["default"]
    own_file = None if url.startswith("postgres") else FilePath(connections["default"].settings_dict["NAME"])
    if own_file is not None and not own_file.exists() and own_file.parent.is_dir():
        own_file.touch(mode=0o600)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except (DatabaseError, ImportError) as error:
        raise DafengError.at(
            "--database", str(error).splitlines()[0][:200], _TEXTS.both("problem.database_within_reach")
        ) from error
    if own_file is not None:  # keys of senders are in it
        for file in own_file.parent.glob(own_file.name + "*"):
            file.chmod(0o600)
