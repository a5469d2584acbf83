"""Contract: a full disk, a database that is away, a half-done upgrade, a clock or zone that was changed: each is a page in
Chinese that says what to do; nothing is half stored, and the office goes on by itself once the cause is gone.
"""

import errno
import os
import re
import sqlite3
import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dafeng.evidence import DafengError

from .test_editing import typed
from .test_jobs import ROW, sheet

TOKEN = re.compile(r'name="(csrfmiddlewaretoken|request)" value="[^"]*"')


def patient(client):
    """The client answers with the page where it would raise what the server caught."""
    client.raise_request_exception = False
    return client


def full(connection, yes):
    """Make a database of SQLite refuse new pages, as it does on a full disk."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages if yes else 1 << 30}")


def test_a_full_disk_is_a_page_and_the_office_goes_on(as_person):
    from django.db import connection

    from dafeng.web.office.people.models import Person

    client = patient(as_person("admin"))
    connection.ensure_connection()
    full(connection.connection, True)
    statuses, number = set(), 0
    while 507 not in statuses and number < 200:  # the free pages of the file are used up first
        number += 1
        answer = client.post("/manage/people/new", {"username": f"p{number}", "name": "满" * 80})
        statuses.add(answer.status_code)
    assert statuses == {200, 507}
    assert "服务器磁盘已满" in answer.content.decode()
    assert not Person.objects.filter(username=f"p{number}").exists()
    full(connection.connection, False)
    assert client.post("/manage/people/new", {"username": f"p{number}", "name": "满" * 80}).status_code == 200


def test_a_record_that_does_not_fit_the_disk_is_a_page_of_the_disk(as_person):
    """It is no problem of the form: the same page as elsewhere, and nothing is half stored."""
    from sqlalchemy import event

    from dafeng.web.office.records.store import records

    client = patient(as_person("county"))
    form = typed(client.get("/registers/storage_projects/new").content.decode())
    form |= ROW | {"technology": "lfp", "side": "grid", "unclassified": "1"}
    number = re.search("共? ?([0-9]+) 条", client.get("/registers/storage_projects/").content.decode()).group(1)  # fmt: skip

    def refuse(*_):
        raise sqlite3.OperationalError("database or disk is full")

    event.listen(records().engine, "before_cursor_execute", refuse)
    try:
        with patch("dafeng.web.office.records.editing.readable_definition", side_effect=lambda _, name: records().book.latest(name)):  # fmt: skip
            answer = client.post("/registers/storage_projects/new", form)
    finally:
        event.remove(records().engine, "before_cursor_execute", refuse)
    assert (answer.status_code, "服务器磁盘已满" in answer.content.decode()) == (507, True)
    assert f"{number} 条" in client.get("/registers/storage_projects/").content.decode()


def test_a_file_that_does_not_fit_the_disk_leaves_no_job(as_person):
    from pathlib import Path

    from dafeng.web.office.jobs.models import QUEUED, Job

    client, whole = patient(as_person("county")), Path.open

    def refuse(path, mode="r", *args, **kwargs):
        if "w" in mode and path.name.startswith("job-"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(path, mode, *args, **kwargs)

    with patch.object(Path, "open", refuse):
        answer = client.post("/registers/storage_projects/import", {"unclassified": "1", "file": sheet(**ROW)})  # fmt: skip
    assert (answer.status_code, "服务器磁盘已满" in answer.content.decode()) == (507, True)
    assert not Job.objects.filter(state=QUEUED).exists()
    answer = client.post("/registers/storage_projects/import", {"unclassified": "1", "file": sheet(**ROW)})
    assert answer.status_code == 302


def test_a_database_that_is_away_comes_back(office, as_person):
    """The file is away and no connection is open: pages say so in Chinese; with the file they work again."""
    from django.db import connections

    client = patient(as_person("clerk"))
    away = office.root / "away.sqlite"
    connections.close_all()
    for suffix in ("", "-wal", "-shm"):
        path = office.office.with_name(office.office.name + suffix)
        if path.exists():
            path.rename(away.with_name(away.name + suffix))
    office.office.mkdir()  # nothing can be made in its place
    answer = client.get("/")
    assert (answer.status_code, "数据库暂时不可用" in answer.content.decode()) == (503, True)
    assert answer["Retry-After"] == "30"
    assert "form" not in answer.content.decode()  # a form could not be sent
    health = patient(Client()).get("/health")
    assert (health.status_code, health.json()["failing"]) == (503, ["database", "records", "worker"])
    office.office.rmdir()
    for suffix in ("", "-wal", "-shm"):
        path = away.with_name(away.name + suffix)
        if path.exists():
            path.rename(office.office.with_name(office.office.name + suffix))
    connections.close_all()
    assert client.get("/").status_code == 200


def test_a_file_of_records_that_is_away_is_not_made_anew(office, as_person):
    """An empty store in its place would take what people enter until somebody notices."""
    from dafeng.web.office.operations.checks import record_store

    client, away = patient(as_person("clerk")), office.root / "away.sqlite"
    office.records.rename(away)
    answer = client.get("/registers/")
    assert (answer.status_code, "数据库暂时不可用" in answer.content.decode()) == (503, True)
    assert "records" in Client().get("/health").json()["failing"]
    assert "恢复最近一次备份" in record_store().text.zh
    assert not office.records.exists()
    away.rename(office.records)
    assert client.get("/registers/").status_code == 200
    assert record_store().state == "ok"


def test_the_records_that_are_away_are_a_page(as_person):
    from sqlalchemy.exc import OperationalError

    from dafeng.web.office.records import views

    client = patient(as_person("clerk"))
    for text, status, words in (
        ("database or disk is full", 507, "磁盘已满"), ("no such table: r_x", 503, "升级未完成"), ("disk I/O error", 503, "暂时不可用"),
    ):  # fmt: skip
        with patch.object(views, "count", side_effect=OperationalError("x", {}, Exception(text))):
            answer = client.get("/registers/")
        assert (answer.status_code, words in answer.content.decode()) == (status, True)
    with patch.object(views, "count", side_effect=ValueError("a defect")):
        assert client.get("/registers/").status_code == 500


def test_a_half_done_upgrade_is_a_page_and_goes_on_at_the_next_start(office, as_person):
    from dafeng.web.office.migrating import BEGUN, migrate

    client = patient(as_person("auditor"))
    call_command(
        "migrate", "audit", "zero", verbosity=0
    )  # the tables of one app are those of another version
    answer = client.get("/manage/audit/")
    assert (answer.status_code, "dafeng serve --upgrade" in answer.content.decode()) == (503, True)
    assert Client().get("/health").json()["failing"] == ["database", "worker"]
    with pytest.raises(DafengError, match="--upgrade"):
        migrate(upgrade=False)
    (office.root / BEGUN).touch()  # an upgrade that was permitted broke off
    assert [one.split(".")[0] for one in migrate(upgrade=False)] == ["audit", "audit"]
    assert not (office.root / BEGUN).exists()
    assert client.get("/manage/audit/").status_code == 200


def test_the_zone_of_the_machine_changes_nothing(as_person, monkeypatch):
    client = as_person("clerk")
    before = client.get("/registers/storage_projects/1/").content.decode()
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    try:
        after = client.get("/registers/storage_projects/1/").content.decode()
    finally:
        monkeypatch.undo()
        time.tzset()
    # a form's token is another one each time
    first, second = (TOKEN.sub("", page[page.index("<h1") :]) for page in (before, after))
    assert first == second
    assert os.environ.get("TZ") != "America/Lima"


def test_a_clock_that_was_set_back_breaks_no_seal_and_is_named(as_person):
    """Events keep their order by number; sessions do not live longer than their time of the new clock allows."""
    from dafeng.web.office.audit.chain import append, verify_audit
    from dafeng.web.office.operations.checks import clock

    append("POST a", "/a", 200)
    earlier = timezone.now() - timedelta(days=40)
    with patch("django.utils.timezone.now", return_value=earlier):
        append("POST b", "/b", 200)
        assert clock().state == "fail"
    append("POST c", "/c", 200)
    assert list(verify_audit()) == []
    assert clock().state == "ok"


def test_a_workspace_is_served_once(tmp_path):
    from dafeng.web.office.serving import _alone
    from dafeng.web.office.workspace import Workspace

    space = Workspace(tmp_path)
    with _alone(space), pytest.raises(DafengError, match="另一个"), _alone(space):
        pass
    with _alone(space):
        assert (tmp_path / "serving.lock").stat().st_mode & 0o077 == 0


def test_chinese_comes_first_whatever_the_browser_prefers(office, as_person):
    stranger = Client(headers={"accept-language": "en-GB,en;q=0.9"})
    answer = stranger.get("/signin")
    assert '<html lang="zh-CN">' in answer.content.decode()
    assert answer["Content-Language"] == "zh-hans"
    stranger.cookies["django_language"] = "xx"
    assert '<html lang="zh-CN">' in stranger.get("/signin").content.decode()
    client = as_person("clerk")
    client.post("/language", {"language": "en"})
    assert '<html lang="en">' in client.get("/").content.decode()
    client.post("/language", {"language": "zh-hans"})
    assert '<html lang="zh-CN">' in client.get("/", headers={"accept-language": "en"}).content.decode()
