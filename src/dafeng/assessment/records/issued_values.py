"""Issued values of targets in the record store."""

from collections.abc import Mapping
from typing import Any

from dafeng.assessment.records.listing import records_of
from dafeng.assessment.targets.issued import Issued, issued_of_records
from dafeng.evidence import DafengError, Text
from dafeng.registers import Actor, Store, read

REGISTER = "issued_targets"


def issued_values(store: Store, actor: Actor) -> list[Issued]:
    """Return the issued values that the actor may read; drafts and revoked ones are left out."""
    return issued_of_records(records_of(store, actor, REGISTER))


def issued_value(store: Store, actor: Actor, record: int) -> Issued:
    """Return one issued value by its record.

    Raises
    ------
    DafengError
        Where the actor may see none, or the value is a draft or revoked.
    """
    return issued_of(read(store, actor, REGISTER, record))


def issued_of(row: Mapping[str, Any]) -> Issued:
    """Return the issued value that a record holds. Raises: DafengError for a draft or a revoked one."""
    found = issued_of_records([row])
    if not found:
        raise DafengError.at(
            f"{REGISTER}:{row['id']}",
            str(row["state"]),
            Text("已下达的目标值", "a value that was issued"),
            Text("先由另一人下达", "have another person issue it first"),
        )
    return found[0]
