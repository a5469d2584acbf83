"""Web interface: the ledger (readings: keys, audit log, API) and the office (people, registers, jobs, papers).

Each is a Django project that runs in a process of its own: `ledger` owns the store of readings, `office` serves
the pages of a workspace and calls the public functions of the rooms below. Importing a name of the ledger
configures Django for the ledger.

>>> database_of("sqlite:///keys.sqlite3")["NAME"]
'keys.sqlite3'
>>> database_of("postgresql://bureau@db.example:5433/dafeng")["PORT"]
5433
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.web.ledger import (
        SCOPES,
        audit_entries,
        list_keys,
        new_key,
        revoke_key,
        serve,
        use_database,
    )
    from dafeng.web.ledger.databases import database_of
    from dafeng.web.office.command import (
        back_up_workspace,
        diagnose_workspace,
        fill_workspace,
        manage,
        new_backup_key,
        restore_workspace,
        verify_workspace,
    )
    from dafeng.web.office.serving import serve_workspace

__all__ = [
    "SCOPES",
    "audit_entries",
    "back_up_workspace",
    "database_of",
    "diagnose_workspace",
    "fill_workspace",
    "list_keys",
    "manage",
    "new_backup_key",
    "new_key",
    "restore_workspace",
    "revoke_key",
    "serve",
    "serve_workspace",
    "use_database",
    "verify_workspace",
]

__getattr__, __dir__ = lazy_names(__name__)
