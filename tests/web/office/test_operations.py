"""Contract: a backup holds one point and is verified to the byte; restored, the pages are the same; the sealed log shows any
change; the diagnosis names what fails; settings and secrets are files of this user only.
"""

import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dafeng.evidence import DafengError

from .routes import PAGES, served

CHANGING = {
    "/me/", "/manage/", "/manage/people/2/", "/manage/audit/", "/manage/operations/", "/metering/EX-CEMENT/", "/results/run-1/", "/jobs/1/",
}  # fmt: skip
"""Pages that tell of this very sign-in or moment, or need readings or a run."""


def body(client, path):
    page = client.get(path).content.decode()
    return re.sub(r'name="(csrfmiddlewaretoken|request)" value="[^"]*"', "", page)


def test_backup_and_restore_give_the_same_pages(office, as_person, tmp_path, switched):
    from dafeng.web.office.operations.backup import back_up, restore, verify_backup

    pages = [(who, path) for who, path in served(PAGES) if path not in CHANGING]
    people = {who: as_person(who) for who, _ in pages}
    before = {path: body(people[who], path) for who, path in pages}
    assert len(before) > 35
    folder = back_up(tmp_path / "backup")
    assert folder.stat().st_mode & 0o077 == 0
    assert verify_backup(folder) == []
    restore(folder, tmp_path / "restored")
    with pytest.raises(DafengError, match="非空"):
        restore(folder, tmp_path / "restored")
    from django.conf import settings

    password = settings.DEMO_PASSWORD
    with switched(tmp_path / "restored"):
        settings.DEMO_PASSWORD = password
        for who in people:
            people[who] = Client()
            assert people[who].post("/signin", {"username": who, "password": password}).status_code == 302
        after = {path: body(people[who], path) for who, path in pages}
        assert [path for path in before if after[path] != before[path]] == []


def test_a_backup_that_was_touched_is_refused(office, tmp_path):
    from dafeng.web.office.operations.backup import back_up, restore, verify_backup

    folder = back_up(tmp_path / "backup")
    with pytest.raises(DafengError, match="已存在"):
        back_up(folder)
    with closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        connection.execute("DROP TRIGGER revision_no_update")  # as somebody would who holds the file
        connection.execute("UPDATE revision SET actor = 'x' WHERE id = 3")
        connection.commit()
    (folder / "evidence" / "more").write_bytes(b"x")
    next((folder / "releases").rglob("city.yaml")).unlink()
    assert {str(one.found) for one in verify_backup(folder)} >= {"被修改 changed", "多出 added", "缺失 missing"} or len(verify_backup(folder)) == 3  # fmt: skip
    with pytest.raises(DafengError):
        restore(folder, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    with pytest.raises(DafengError, match="清单"):
        verify_backup(tmp_path)


@pytest.mark.slow
def test_no_write_falls_between_the_copies(office, tmp_path, monkeypatch):
    """A record that is entered while the office's database is copied waits until both are copied."""
    import threading

    from dafeng.registers import enter, owner
    from dafeng.web.office.operations import backup
    from dafeng.web.office.records.store import records

    store, entered = records(), threading.Event()
    cells = {
        "project_code": "T1", "name": "t", "technology": "磷酸铁锂", "side": "电网侧", "power": 1, "energy": 1, "county": "990101",
        "connected_on": "2025-05-01",
    }  # fmt: skip

    def write():
        enter(store, owner("王"), "storage_projects", cells)
        entered.set()

    copy, thread = backup._copy_sqlite, threading.Thread(target=write)

    def slow(source, target):
        if not thread.is_alive() and not entered.is_set():
            thread.start()
            assert not entered.wait(0.5)
        copy(source, target)

    monkeypatch.setattr(backup, "_copy_sqlite", slow)
    folder = backup.back_up(tmp_path / "backup")
    thread.join(30)
    assert entered.is_set()
    with closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM r_storage_projects WHERE name = 't'").fetchone() == (
            0,
        )


def test_the_audit_log_shows_any_change(office, as_person):
    from dafeng.web.office.audit.chain import append, verify_audit
    from dafeng.web.office.audit.models import AuditEvent

    as_person("clerk").get("/registers/storage_projects/export.csv")
    as_person("reader").get("/manage/")
    append("POST x", "/" + "长" * 400 + "\0\ud800", 200)
    events = list(AuditEvent.objects.order_by("-id")[:2])
    assert len(events[0].target) == 300
    assert (events[1].name, events[1].status) == ("reader", 403)
    assert list(verify_audit()) == []
    first = AuditEvent.objects.order_by("id").first()
    AuditEvent.objects.filter(id=first.id).update(address="10.0.0.9")
    assert [str(one.where) for one in verify_audit()] != []
    AuditEvent.objects.filter(id=first.id).update(address=first.address)
    assert list(verify_audit()) == []
    AuditEvent.objects.filter(id=first.id).delete()
    assert len(list(verify_audit())) == 1


@pytest.mark.slow
def test_strangers_cannot_fill_the_log(office):
    from dafeng.web.office.audit.middleware import STRANGER_EVENTS
    from dafeng.web.office.audit.models import AuditEvent

    client = Client()
    for _ in range(STRANGER_EVENTS + 30):
        client.post("/language", {"language": "en"})
    assert AuditEvent.objects.count() <= STRANGER_EVENTS + 1


def test_the_diagnosis_names_what_fails(office, as_person):
    from dafeng.web.office.audit.models import AuditEvent
    from dafeng.web.office.operations.backup import back_up
    from dafeng.web.office.operations.checks import diagnose

    def states():
        return {one.id: one.state for one in diagnose()}

    assert states()["worker"] == "fail"
    answer = Client().get("/health")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["worker"])
    (office.root / "worker.alive").touch()
    assert Client().get("/health").json()["state"] == "ready"
    assert states()["backups"] == "warn"
    back_up()
    as_person("admin")
    assert states() | {"disk": "ok"} == dict.fromkeys(("disk", "database", "records", "worker", "ledger", "keys", "backups", "clock", "modes"), "ok")  # fmt: skip
    (office.keys / "office_secret_key").chmod(0o644)
    assert states()["modes"] == "warn"
    AuditEvent.objects.order_by("-id")[:1].get()
    last = AuditEvent.objects.order_by("-id").first()
    AuditEvent.objects.filter(id=last.id).update(at=timezone.now() + timedelta(days=1))
    assert states()["clock"] == "fail"
    page = as_person("admin").get("/manage/operations/").content.decode()
    assert "请校时" in page


@pytest.mark.slow
def test_deployment_checks_are_clean(office, monkeypatch, switched):
    monkeypatch.setenv("DAFENG_OFFICE_TLS", "proxy")

    with switched(office.root):
        from django.conf import settings

        settings.ALLOWED_HOSTS.remove("testserver")
        call_command("check", deploy=True, fail_level="WARNING")
        assert settings.SESSION_COOKIE_NAME.startswith("__Host-")
        assert Client().get("/signin", SERVER_NAME="localhost")["Location"].startswith("https://")
        answer = Client().get("/signin", SERVER_NAME="localhost", secure=True)
        assert "max-age=31536000" in answer["Strict-Transport-Security"]
        assert answer.cookies["__Host-csrf"]["secure"]
        assert (
            Client().get("/health", SERVER_NAME="localhost").status_code == 503
        )  # no worker, but no redirect


def test_models_and_migrations_agree(office):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_are_never_applied_in_silence(office):
    from django.db import connection

    from dafeng.web.office.migrating import migrate

    assert migrate(upgrade=False) == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'otp_static' AND name LIKE '0003%'")
    with pytest.raises(DafengError, match="--upgrade"):
        migrate(upgrade=False)


def test_settings_come_from_file_and_environment(tmp_path):
    from dafeng.web.office.configuration import read_configuration

    file = tmp_path / "office.toml"
    file.write_text('hosts = ["dafeng.example"]\nsession_hours = 8\n', encoding="utf-8")
    found = read_configuration(
        file, {"DAFENG_OFFICE_SESSION_HOURS": "9", "DAFENG_OFFICE_ORIGINS": "https://a, https://b"}
    )
    assert (found.hosts, found.session_hours, found.origins) == (
        ("dafeng.example",),
        9,
        ("https://a", "https://b"),
    )
    for text, word in (
        ("session_hours = 0", "1–72"), ("hostz = []", "hosts"), ("tls = 'no'", "proxy"), ("hosts = 3", "列表"), ("= x", "TOML"),
        ("processes = 'many'", "1–64"), ("proxy = 'host'", "IP"),
    ):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        with pytest.raises(DafengError, match=word):
            read_configuration(file, {})


def test_the_secret_key_is_kept(empty):
    from dafeng.web.office.workspace import Workspace

    first = empty.secret("office_secret_key")
    assert len(first) > 60
    assert Workspace(empty.root).secret("office_secret_key") == first
    assert (empty.keys / "office_secret_key").stat().st_mode & 0o777 == 0o600


def test_a_workspace_that_is_a_file_is_refused(tmp_path):
    from dafeng.web.office.workspace import Workspace

    (tmp_path / "x").write_text("")
    with pytest.raises(DafengError):
        Workspace(tmp_path / "x").prepare()
