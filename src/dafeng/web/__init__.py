"""Web interface: Django with its users, keys and audit log, and the interface for readings.

Settings are configured on import; `use_database` sets the database of keys and audit log (SQLite file
or PostgreSQL by URL), `serve` owns a store of readings and answers requests until it is stopped.

>>> database_of("sqlite:///keys.sqlite3")["NAME"]
'keys.sqlite3'
>>> database_of("postgresql://bureau@db.example:5433/dafeng")["PORT"]
5433
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dafeng.web.settings")
django.setup()

from dafeng.web.databases import database_of, use_database  # noqa: E402 - models need the settings first
from dafeng.web.keys import SCOPES, audit_entries, list_keys, new_key, revoke_key  # noqa: E402
from dafeng.web.serving import serve  # noqa: E402

__all__ = [
    "SCOPES",
    "audit_entries",
    "database_of",
    "list_keys",
    "new_key",
    "revoke_key",
    "serve",
    "use_database",
]
