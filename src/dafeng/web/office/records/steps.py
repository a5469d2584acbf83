"""Steps of the life cycle that a person may take."""

from collections.abc import Mapping
from typing import Any

from dafeng.registers import Actor, Definition, Transition
from dafeng.web.office.records.store import records

STEP_ACTS: dict[str, Any] = {"reporter": "write", "reviewer": "review", "owner": "own"}
"""Role of a transition → act that a grant must allow."""


def steps_of(actor: Actor, definition: Definition, record: Mapping[str, Any]) -> list[Transition]:
    """Return the transitions of a record that the person may take in its state."""
    region = record.get("region") or records().scope
    body = record.get(definition.organisation) if definition.organisation else None
    return [
        one for one in definition.life_cycle.transitions
        if record["state"] in one.start and actor.may(STEP_ACTS[one.role], definition.register_id, region, body)
    ]  # fmt: skip


def steps_somewhere(actor: Actor, definition: Definition) -> list[Transition]:
    """Return the transitions that the person may take on some record of a register."""
    return [
        one for one in definition.life_cycle.transitions
        if any(actor.may(STEP_ACTS[one.role], definition.register_id, grant.region or records().scope, grant.organisation or None) for grant in actor.grants)
    ]  # fmt: skip
