"""Contract: a database of keys made by release bb1fe3c opens as it is: keys, revocations and audit log are kept."""

import sqlite3
from pathlib import Path

from dafeng.web import audit_entries, list_keys, use_database
from dafeng.web.ledger.keys import key_of

MADE = Path(__file__).with_name("keys_bb1fe3c.sql")
TOKEN = "Ng6Be3Fb4noBbo4e4VWELtkBHfjWGjqnvLYp2tMYAKw"


def test_a_keys_database_of_bb1fe3c_opens(tmp_path):
    path = tmp_path / "keys.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(MADE.read_text(encoding="utf-8"))
    connection.close()
    use_database(f"sqlite:///{path}")
    assert [(key["label"], key["units"], key["revoked"] is None) for key in list_keys()] == [
        ("甲厂网关", "U1", True),
        ("旧网关", "U2", False),
    ]
    assert key_of(TOKEN).label == "甲厂网关"
    assert [(entry["key"], entry["status"], entry["batch"]) for entry in audit_entries(5)] == [
        ("甲厂网关", 200, 1)
    ]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_ledger_keeps_its_label_and_migrations():
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    assert apps.get_app_config("dafeng_web").name == "dafeng.web.ledger"
    on_disk = {name for name in MigrationLoader(None).disk_migrations if name[0] == "dafeng_web"}
    assert {("dafeng_web", "0001_initial"), ("dafeng_web", "0002_key_expires")} <= on_disk
