"""PostgreSQL of an office: one database with the schemas `office` and `records`; its settings, dump and load.

Passwords reach the programs of PostgreSQL by their environment, never as arguments.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from dafeng.evidence import DafengError
from dafeng.web.office.words import both

SCHEMAS = OFFICE, RECORDS = "office", "records"
CONNECT_SECONDS = 10
_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}  # fmt: skip


def _parts(url: str) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except ProgrammingError as error:
        raise DafengError.at("database", url.rsplit("@", 1)[-1], both("problem.a_url_of_postgresql")) from error  # fmt: skip


def settings_of(url: str) -> dict[str, Any]:
    """Return Django's settings of the office's schema.

    Raises
    ------
    DafengError
        For a text that is no URL of PostgreSQL.
    """
    parts = _parts(url)
    options = {name: value for name, value in parts.items() if name.startswith("ssl")}
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.get("dbname", ""), "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""), "HOST": parts.get("host", ""), "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": f"-c search_path={OFFICE}", "connect_timeout": CONNECT_SECONDS, **options},
    }  # fmt: skip


def dump(url: str, target: Path) -> None:
    """Dump both schemas at one point of the database into a file of pg_restore's format.

    Raises
    ------
    DafengError
        Where pg_dump is not installed, or fails.
    """
    schemas = [f"--schema={name}" for name in SCHEMAS]
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--extension=pg_trgm", *schemas, f"--file={target}")  # fmt: skip
    target.chmod(0o600)


def load(url: str, source: Path) -> None:
    """Load a dump into an empty database, wholly or not at all.

    Raises
    ------
    DafengError
        Where the database has an office already, or cannot be reached.
    """
    _run(url, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={_parts(url).get('dbname', '')}", str(source))  # fmt: skip


def check_dump(source: Path) -> str:
    """Return why a dump cannot be read; "" where it can."""
    try:
        done = subprocess.run(["pg_restore", "--list", str(source)], capture_output=True, text=True, check=False)  # fmt: skip
    except OSError as error:
        return f"pg_restore: {error.strerror}"
    return "" if done.returncode == 0 else done.stderr.strip()[:200]


def _run(url: str, program: str, *arguments: str) -> None:
    parts = _parts(url)
    environment = {_VARIABLES[name]: value for name, value in parts.items() if name in _VARIABLES}
    try:
        done = subprocess.run([program, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False)  # fmt: skip
    except OSError as error:
        raise DafengError.at(program, error.strerror or str(error), both("problem.the_programs_of_postgresql"), both("problem.install_the_client_of_postgresql")) from error  # fmt: skip
    if done.returncode:
        raise DafengError.at(
            f"{program} {parts.get('host', '')}/{parts.get('dbname', '')}", done.stderr.strip()[:300], both("problem.a_database_for_this_office"),
        )  # fmt: skip
