"""Issued values of targets in the record store."""

from dafeng.assessment.records.listing import records_of
from dafeng.assessment.targets.issued import Issued, issued_of_records
from dafeng.registers import Actor, Store

REGISTER = "issued_targets"


def issued_values(store: Store, actor: Actor) -> list[Issued]:
    """Return the issued values that the actor may read; drafts and revoked ones are left out."""
    return issued_of_records(records_of(store, actor, REGISTER))
