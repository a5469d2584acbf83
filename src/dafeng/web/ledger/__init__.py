"""Ledger: the process that owns a store of readings, with keys of senders, audit log, API and pages of units.

Django is configured on import; `use_database` sets the database of keys and audit log (SQLite file or
PostgreSQL by URL), `serve` owns a store of readings and answers requests until it is stopped.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dafeng.web.ledger.settings")
django.setup()

from dafeng.web.ledger.databases import use_database  # noqa: E402 - models need the settings first
from dafeng.web.ledger.keys import SCOPES, audit_entries, list_keys, new_key, revoke_key  # noqa: E402
from dafeng.web.ledger.serving import serve  # noqa: E402

__all__ = ["SCOPES", "audit_entries", "list_keys", "new_key", "revoke_key", "serve", "use_database"]
