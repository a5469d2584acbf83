"""Access control: an actor's grants become a condition of every query, and a check of every act."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Table, and_, false, or_, true

from dafeng.evidence import DafengError
from dafeng.registers.definition.counties import stem
from dafeng.registers.definition.model import Definition, RegisterField

Role = Literal["reader", "reporter", "reviewer", "auditor", "owner"]
Act = Literal["read", "write", "review", "own", "history"]


@dataclass(frozen=True, slots=True)
class _May:
    acts: frozenset[str]
    personal: bool
    commercial: bool
    any_state: bool


ROLES: dict[str, _May] = {
    "reader": _May(frozenset({"read"}), False, False, False),
    "reporter": _May(frozenset({"read", "write", "history"}), True, True, True),
    "reviewer": _May(frozenset({"read", "write", "review", "history"}), True, True, True),
    "auditor": _May(frozenset({"read", "history"}), False, True, True),
    "owner": _May(frozenset({"read", "write", "review", "own", "history"}), True, True, True),
}
"""Role → acts, and whether it sees personal fields, commercial fields, and records that do not count yet."""
STEP_ACT: dict[str, Act] = {"reporter": "write", "reviewer": "review", "owner": "own"}
"""Role required by a transition → the act that a grant must allow."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Role granted in the subtree of `region` (GB/T 2260; "" everywhere).

    It holds for `registers`, optionally for one organisation only.
    """

    role: Role
    region: str = ""
    registers: tuple[str, ...] = ("*",)
    organisation: str = ""

    def covers(self, register: str) -> bool:
        return "*" in self.registers or register in self.registers

    def holds(self, region: str | None, organisation: str | None) -> bool:
        """Check whether a record of `region` and `organisation` is in scope."""
        inside = not self.region or (region or "").startswith(stem(self.region))
        return inside and (not self.organisation or organisation == self.organisation)


@dataclass(frozen=True, slots=True)
class Actor:
    """User who acts, optionally on behalf of another. Every function of the store takes one."""

    id: str
    grants: tuple[Grant, ...]
    organisations: tuple[str, ...] = ()
    behalf: str = ""

    @property
    def persons(self) -> frozenset[str]:
        """Return who counts as having done an act: the user and whom the user acts for."""
        return frozenset({self.id, self.behalf} - {""})

    def roles(self, register: str) -> frozenset[Role]:
        """Return the roles that the actor has in some part of a register; none where no grant covers it."""
        return frozenset(grant.role for grant in self.grants if grant.covers(register))

    def may(
        self, act: Act, register: str, region: str | None = None, organisation: str | None = None
    ) -> bool:
        """Check whether some grant allows `act` on a record."""
        return any(
            act in ROLES[grant.role].acts and grant.covers(register) and grant.holds(region, organisation)
            for grant in self.grants
        )

    def must(
        self, act: Act, register: str, region: str | None = None, organisation: str | None = None
    ) -> None:
        """Require a grant for an act.

        Raises
        ------
        DafengError
            Where no grant allows it; the text does not reveal whether the record exists.
        """
        if not self.may(act, register, region, organisation):
            found = f"{self.id}: {act} {register}" + (f" {region}" if region else "")
            raise DafengError.at(
                register, found, "a role that allows it", "ask the owner of the register for the role"
            )

    def sees(self, field: RegisterField, register: str) -> bool:
        """Check whether the values of `field` are visible to this actor in some part of the register."""
        return field.privacy == "none" or any(
            getattr(ROLES[grant.role], field.privacy) for grant in self.grants if grant.covers(register)
        )

    def privacies(self, register: str, region: str | None, organisation: str | None) -> frozenset[str]:
        """Return the privacy classes of the fields that are visible to this actor in one record."""
        found = {"none"}
        for grant in self.grants:
            if grant.covers(register) and grant.holds(region, organisation):
                found |= {name for name in ("personal", "commercial") if getattr(ROLES[grant.role], name)}
        return frozenset(found)


OWNER_GRANT = Grant("owner")


def owner(id_: str = "owner") -> Actor:
    """Return the owner of a workspace, the actor of the command line.

    Parameters
    ----------
    id_
        Id that is logged.

    Returns
    -------
    Actor with every right.
    """
    return Actor(id_, (OWNER_GRANT,))


def readable(
    actor: Actor, definition: Definition, table: Table, act: Act = "read", privacy: str = "none"
) -> ColumnElement[bool]:
    """Build the query condition for records visible to `actor`: subtree, register, organisation, state.

    With `privacy` only those whose fields of that class are visible, too.
    """
    parts: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        may = ROLES[grant.role]
        if act not in may.acts or not grant.covers(definition.register_id):
            continue
        if privacy != "none" and not getattr(may, privacy):
            continue
        terms: list[ColumnElement[bool]] = []
        if grant.region:
            terms.append(_within(definition, table, f"{stem(grant.region)}%"))
        if grant.organisation:
            terms.append(table.c.organisation == grant.organisation)
        if not may.any_state:
            terms.append(
                table.c.state.in_([state.id for state in definition.life_cycle.states if state.counted])
            )
        if not terms:
            return true()
        parts.append(and_(*terms))
    return or_(*parts) if parts else false()


def _within(definition: Definition, table: Table, pattern: str) -> ColumnElement[bool]:
    """Build the condition for a record's place; one without a place of its own belongs to the place of the store."""
    whole = table.c.scope.like(pattern)
    if not definition.region:
        return whole
    inside = table.c.region.like(pattern)
    required = next((field.required for field in definition.fields if field.id == definition.region), True)
    return inside if required else or_(inside, and_(table.c.region.is_(None), whole))


def may_read_somewhere(actor: Actor, register: str) -> None:
    """Require that some grant of `actor` reads the register.

    Raises
    ------
    DafengError
        Where no grant of `actor` reads the register at all.
    """
    if not any("read" in ROLES[grant.role].acts and grant.covers(register) for grant in actor.grants):
        actor.must("read", register)
