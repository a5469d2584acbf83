"""What waits for a person: records that need a step, returns overdue or arrived, conflicts, changes of the registry. For the page
and for reminders.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from dafeng.evidence import DafengError
from dafeng.registers import (
    Actor,
    Filter,
    Store,
    board,
    conflicts,
    contested_registers,
    count,
    counties_of,
    states_there,
)
from dafeng.web.office.records.returning import last_periods, moves_of, returning
from dafeng.web.office.records.store import records
from dafeng.web.office.results.metered_units import waiting_changes

REVIEWING = frozenset({"owner", "reviewer"})
STEP_ROLES = {
    "reporter": {"reporter", "reviewer", "owner"},
    "reviewer": {"reviewer", "owner"},
    "owner": {"owner"},
}
"""Role of a transition → roles of grants that may take it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for an actor.

    `waiting`: (definition, state, step, number of records); `overdue`: (definition, period, late lines of the board);
    `arrived`: (definition, line) of returns to handle; `contested`: (definition, number of conflicts);
    `registry`: changes of the metering registry to approve.
    """

    waiting: list[tuple[Any, Any, Any, int]] = field(default_factory=list)
    overdue: list[tuple[Any, str, list[Any]]] = field(default_factory=list)
    arrived: list[tuple[Any, Any]] = field(default_factory=list)
    contested: list[tuple[Any, int]] = field(default_factory=list)
    registry: list[Any] = field(default_factory=list)

    @property
    def numbers(self) -> dict[str, int]:
        """Return how many records, returns and conflicts wait, by kind."""
        return {
            "waiting": sum(number for *_, number in self.waiting),
            "overdue": sum(len(late) for *_, late in self.overdue),
            "arrived": len(self.arrived),
            "contested": sum(number for _, number in self.contested),
            "registry": len(self.registry),
        }


def pending(actor: Actor) -> Pending:
    """Return what waits for an actor within its rights."""
    store, found = records(), Pending(registry=waiting_changes(actor))
    there, contested = states_there(store), contested_registers(store)
    for register in store.book.editions:
        if roles := actor.roles(register):
            found.waiting.extend(_waiting(store, actor, register, there))
            if register in contested and roles & REVIEWING:
                number = len(conflicts(store, actor, register))
                found.contested.extend([(store.book.latest(register), number)] if number else [])
    for definition in returning(actor):
        period = last_periods(definition.returns.period, timezone.localdate(), 1)[0]
        try:
            regions = counties_of(store, definition.register_id, period)
            lines = board(store, actor, definition.register_id, period, regions)
        except DafengError:
            continue
        found.arrived.extend(
            (definition, line)
            for line in lines
            if line.state in {"submitted", "returned"} and moves_of(actor, line)
        )
        late = [line for line in lines if line.overdue and _concerns(actor, line)]
        if late:
            found.overdue.append((definition, period, late))
    return found


def _concerns(actor: Actor, line: Any) -> bool:
    """Return whether the person sends the return or asks for it; who only reads is not kept waiting."""
    return any(actor.may(act, line.register, line.region) for act in ("write", "review", "own"))


def _waiting(
    store: Store, actor: Actor, register: str, there: frozenset[tuple[str, str]]
) -> list[tuple[Any, Any, Any, int]]:
    """Return the states of a register in which records wait for an act of this person, with their number."""
    definition, found = store.book.latest(register), []
    roles = actor.roles(register)
    for state in definition.life_cycle.states:
        if state.counted or (register, state.id) not in there:
            continue
        steps = [
            step for step in definition.life_cycle.transitions if state.id in step.start and roles & STEP_ROLES[step.role]
        ]  # fmt: skip
        if steps:
            number = count(store, actor, register, filters=[Filter("state", "=", state.id)])
            if number:
                found.append((definition, state, steps[0], number))
    return found
