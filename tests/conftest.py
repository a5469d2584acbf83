"""What holds for all tests: under continuous integration nothing is skipped, elsewhere every skip is counted."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# Under continuous integration the same examples every time, so that a change is judged by itself; elsewhere new
# ones in each run, which find what nobody thought of. Tests judge results, never times.
settings.register_profile("results", deadline=None)
settings.register_profile("integration", deadline=None, derandomize=True)
settings.register_profile("proof", deadline=None, max_examples=2_000)
PROVE = os.environ.get("DAFENG_PROVE") == "1"
settings.load_profile("proof" if PROVE else "integration" if os.environ.get("CI") == "true" else "results")


def pytest_collection_modifyitems(config, items):
    """What is marked `prove` runs in `make prove` alone: it is deselected, not skipped."""
    if PROVE:
        return
    kept = [item for item in items if item.get_closest_marker("prove") is None]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


@pytest.fixture
def figure(record_property):
    """A function of (bar, figure, bound) that records what was measured for docs/proof.md; parts `name=number` of one bar are
    added up over tests.
    """

    def record(bar, measured, bound=""):
        record_property("figure", json.dumps([bar, measured, bound], ensure_ascii=False))

    return record


def pytest_configure(config):
    # Fonts, locale and home of the machine must not leak into results.
    os.environ.setdefault("TZ", "Asia/Shanghai")


RECORDS_PLACE = "990100"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A PostgreSQL of its own for the session; the address without the name of a database."""
    program = shutil.which("postgres")
    if program is None or shutil.which("runuser") is None:
        pytest.skip("needs PostgreSQL and the right to run it as the user postgres")
    # pytest's own folders are private to the user who runs the tests; postgres must pass
    folder = Path(tempfile.mkdtemp(prefix="dafeng-records-", dir="/tmp"))
    shutil.chown(folder, "postgres")
    binaries, data = Path(program).resolve().parent, folder / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def as_postgres(*command):
        line = ["runuser", "-u", "postgres", "--", *map(str, command)]
        subprocess.run(line, check=True, cwd="/", stdout=subprocess.DEVNULL)

    as_postgres(binaries / "initdb", "-D", data, "-A", "trust")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    as_postgres(binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    yield f"postgresql://postgres@127.0.0.1:{port}/"
    as_postgres(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def records_database(server):
    """A database of records with the tables made."""
    from dafeng.registers import open_workspace

    folder = Path(tempfile.mkdtemp())
    open_workspace(folder, RECORDS_PLACE, f"{server}postgres").close()
    shutil.rmtree(folder)
    return f"{server}postgres"


@pytest.fixture
def database(records_database):
    """Empty tables of records for one test; the editions and the place stay."""
    import psycopg

    yield records_database
    with psycopg.connect(records_database, autocommit=True) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'records'").fetchall()
        names = [f'records."{name}"' for (name,) in rows if name not in ("edition", "setting")]
        # a table that is emptied gets new files for itself and its indexes, some thousand in all
        asked = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
        used = [name for (name,) in connection.execute(" UNION ALL ".join(asked))]
        if used:
            connection.execute(f"TRUNCATE {', '.join(used)}")


_PYAM = """
import json, sys
import pyam
read = pyam.IamDataFrame(sys.argv[1])
json.dump({
    "scenarios": list(read.scenario), "years": list(read.year), "variables": list(read.variable),
    "odd": [name for name in read.variable if read.check_aggregate(name) is not None],
    "rows": read.data.to_dict("records"),
}, sys.stdout)
"""


@pytest.fixture
def read_by_pyam():
    """What pyam reads of a file: its scenarios, years, variables, rows, and the variables that are not the sum of those
    below them.

    In a process of its own: once pyam is imported, pyarrow reads a time with an offset as one of UTC, which the
    tests of other rooms would see.
    """

    def read(file):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _PYAM, str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return read


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """CI=true means that everything a test needs has been installed: a skip is then a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") == "true" and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"\n{len(skipped)} skipped although CI=true; each is named above", red=True)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(f"skipped: {len(skipped)}")
