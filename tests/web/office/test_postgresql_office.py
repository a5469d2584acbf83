"""Contract: on PostgreSQL the office and its records are two schemas of one database, without a key or statement across; pages,
log, backup and restoration are those of SQLite; the server may go and come back.
"""

import os
import threading

import pytest
from django.db import close_old_connections
from django.test import Client

from dafeng.evidence import DafengError

from ..ledger.test_postgresql import database  # noqa: F401 - a fixture
from .conftest import Switched, sign_in

pytestmark = [pytest.mark.system, pytest.mark.slow]


def query(statement):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.fixture
def served(database, tmp_path, monkeypatch):  # noqa: F811
    """An office on a PostgreSQL of the test's own."""
    from dafeng.web.office.workspace import Workspace

    monkeypatch.setenv("DAFENG_OFFICE_DATABASE", database.url)
    space = Workspace(tmp_path / "office")
    space.prepare()
    with Switched(space.root):
        from django.conf import settings

        from dafeng.web.office.demo import fill_demo
        from dafeng.web.office.migrating import migrate

        migrate(upgrade=False)
        settings.DEMO_PASSWORD = fill_demo(readings=False)[1]
        yield space, database


def test_two_schemas_without_a_key_across(served, tmp_path, monkeypatch):
    from dafeng.web.office.audit.chain import append, verify_audit
    from dafeng.web.office.operations.backup import back_up, restore, verify_backup, verify_stores

    space, server = served
    tables = dict(query("SELECT table_schema, count(*) FROM information_schema.tables WHERE table_schema IN ('office', 'records', 'public') GROUP BY 1"))  # fmt: skip
    assert tables["office"] > 15
    assert tables["records"] > 50
    assert tables.get("public", 0) == 0
    across = query(
        "SELECT conname FROM pg_constraint c JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid "
        "WHERE c.contype = 'f' AND a.relnamespace <> b.relnamespace"
    )
    assert across == []
    assert space.office.stat().st_size == 0
    assert not space.records.exists()
    client = sign_in("clerk")
    pages = ["/", "/registers/", "/registers/storage_projects/", "/registers/storage_projects/1/", "/targets/", "/tasks/", "/returns/"]  # fmt: skip
    assert [client.get(path).status_code for path in pages] == [200] * len(pages)
    _many(append)
    assert list(verify_audit()) == []
    assert verify_stores(space.root) == []
    # backup and restoration into another database: the same pages
    folder = back_up(tmp_path / "backup")
    assert {"database.dump", "manifest.json"} <= {one.name for one in folder.iterdir()}
    assert verify_backup(folder) == []
    main = {path: _main(client.get(path)) for path in pages[1:]}
    _create_database(server)
    with pytest.raises(DafengError):
        restore(folder, tmp_path / "again")  # the database has an office already
    assert not (tmp_path / "again").exists()
    monkeypatch.setenv("DAFENG_OFFICE_DATABASE", "/second".join(server.url.rsplit("/postgres", 1)))
    password = _password()
    with Switched(space.root):
        restore(folder, tmp_path / "restored")
    with Switched(tmp_path / "restored"):
        from django.conf import settings

        settings.DEMO_PASSWORD = password
        client = sign_in("clerk")
        assert {path: _main(client.get(path)) for path in pages[1:]} == main
    monkeypatch.setenv("DAFENG_OFFICE_DATABASE", "")
    with Switched(space.root), pytest.raises(DafengError, match="DAFENG_OFFICE_DATABASE"):
        restore(folder, tmp_path / "third")


def _password():
    from django.conf import settings

    return settings.DEMO_PASSWORD


def _main(answer):
    import re

    text = answer.content.decode()
    return re.sub(r'name="(csrfmiddlewaretoken|request)" value="[\w-]+"', "", text[text.index("<main") :])


def _create_database(server):
    from psycopg import connect

    with connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE second")


def _many(append):
    """Events of several processes at once keep one chain."""

    def work(number):
        from django.db import connection

        for turn in range(10):
            append(f"POST t{number}", f"/{turn}", 200)
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert query("SELECT count(*) FROM audit_auditevent WHERE act LIKE 'POST t%'") == [(40,)]


def test_the_server_may_go_and_come_back(served):
    from dafeng.web.office.operations.checks import readiness

    _, server = served
    client = sign_in("clerk")
    client.raise_request_exception = False
    assert client.get("/registers/").status_code == 200
    server.stop()
    answer = client.get("/registers/")
    assert (answer.status_code, "数据库暂时不可用" in answer.content.decode()) == (503, True)
    stranger = Client(raise_request_exception=False)
    assert "database" in stranger.get("/health").json()["failing"]
    server.start()
    close_old_connections()  # a server does this at the start of each request; the client of tests leaves it out
    assert client.get("/registers/").status_code == 200
    assert "database" not in readiness()["failing"]


def test_two_workspaces_do_not_share_a_database(database):  # noqa: F811
    """The second is refused in words while the first serves; the lock ends with who holds it."""
    from dafeng.web.office.serving import _alone_on

    with _alone_on(database.url), pytest.raises(DafengError, match="另一个工作区"), _alone_on(database.url):
        pass
    with _alone_on(database.url), _alone_on(""):
        pass


def test_a_password_is_never_an_argument(tmp_path, monkeypatch):
    from dafeng.web.office import postgresql

    seen = []
    monkeypatch.setattr(postgresql.subprocess, "run", lambda line, env, **_: seen.append((line, env)) or type("D", (), {"returncode": 0}))  # fmt: skip
    (tmp_path / "d").touch()
    postgresql.dump("postgresql://u:s3cret@db:5433/x?sslmode=require", tmp_path / "d")
    [(line, env)] = seen
    assert "s3cret" not in " ".join(line)
    assert (env["PGPASSWORD"], env["PGHOST"], env["PGPORT"], env["PGSSLMODE"]) == ("s3cret", "db", "5433", "require")  # fmt: skip
    assert os.environ.get("PGPASSWORD") is None
    with pytest.raises(DafengError):
        postgresql.settings_of("postgresql://[bad")
