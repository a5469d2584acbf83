"""Rights: permissions of the office as predicates, and the actor that is handed to the rooms."""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

import rules
from dafeng.evidence import DafengError
from dafeng.registers import Actor, Grant
from dafeng.web.office.people.models import (
    PRIVILEGED,
    Assignment,
    Delegation,
    Office,
    Organisation,
    Person,
)
from dafeng.web.office.words import both

PUBLIC, SIGNED_IN = "public", "signed_in"
CREDIT_CODE = re.compile(r"[0-9A-Z]{18}")
View = Callable[..., HttpResponse]


def roles_of(person: Person) -> list[Assignment]:
    """Return the roles that a person holds today; read once per request."""
    held: list[Assignment] | None = getattr(person, "_held", None)
    if held is None:
        valid = Assignment.on().filter(person=person).select_related("organisation")
        held = list(valid) if person.is_active else []
        person._held = held
    return held


def _holding(*roles: str) -> Any:
    @rules.predicate(name="holds " + " or ".join(roles))
    def holds(person: Person) -> bool:
        return any(one.role in roles for one in roles_of(person))

    return holds


PERMISSIONS: dict[str, Any] = {
    "office.manage": _holding("administrator"),
    "office.audit": _holding("administrator", "auditor"),
    "office.operate": _holding("administrator"),
    "office.run": _holding("owner", "reviewer"),
    "office.read_records": _holding("owner", "reviewer", "reporter", "auditor", "reader"),
    "office.send_records": _holding("owner", "reviewer", "reporter"),
    "office.follow_up": _holding("owner"),
    "office.decide": _holding("administrator", "owner", "reviewer"),
}
"""Permission → predicate. What a person sees and does in a register is decided by the registers' own grants."""

for _name, _predicate in PERMISSIONS.items():
    rules.add_perm(_name, _predicate)


def needs(permission: str) -> Callable[[View], View]:
    """Return a decorator that admits to a page: `public`, `signed_in`, or who has the permission.

    The page carries the permission as `needed`, from which the matrix of rights is generated.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def admitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if permission != PUBLIC:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if permission != SIGNED_IN and not acting_person(request).has_perm(permission):
                    raise PermissionDenied
            return view(request, *args, **kwargs)

        admitted.__dict__["needed"] = permission
        return admitted

    return decorate


def grants_of(assignments: Iterable[Assignment]) -> tuple[Grant, ...]:
    """Return the grants of the registers for roles: one for each organisation of the subtree."""
    found: list[Grant] = []
    for one in assignments:
        if one.role == "administrator":
            continue
        registers = tuple(one.registers.split()) or ("*",)
        bodies = [""] if one.organisation is None else [name for body in one.organisation.subtree() for name in _names(body)]  # fmt: skip
        found += [Grant(one.role, one.region, registers, body) for body in bodies]
    return tuple(found)


def _names(body: Organisation) -> list[str]:
    """Return how records name a body: a firm whose code is its unified social credit code (GB 32100) by that too."""
    return [body.name_zh, *([body.code] if CREDIT_CODE.fullmatch(body.code) else [])]


def behalf_of(request: HttpRequest) -> Delegation | None:
    """Return the delegation under which the person acts in this session, where it still holds."""
    number = request.session.get("behalf")
    if number is None:
        return None
    kept: Delegation | None = getattr(request, "_behalf", None)
    if kept is None:
        kept = Delegation.open().filter(id=number, receiver=request.user).select_related("giver").first()
        request._behalf = kept
    return kept


def acting_person(request: HttpRequest) -> Person:
    """Return whose rights count: the person's, or those of the person acted for, without administration."""
    delegation = behalf_of(request)
    if delegation is None:
        person: Person = request.user
        return person
    giver: Person = delegation.giver
    if not hasattr(giver, "_held"):
        giver._held = [one for one in roles_of(giver) if one.role != "administrator"]
    return giver


def giver_of(request: HttpRequest) -> Person | None:
    """Return whom the person acts for in this session, or None."""
    delegation = behalf_of(request)
    return delegation.giver if delegation is not None else None


def require_another(request: HttpRequest, *makers: int | None) -> None:
    """Require that neither the person nor whom the person acts for is among those who made it, or for whom it was made.

    Raises
    ------
    DafengError
        Where one of them is: two pairs of eyes are two persons, also under a delegation.
    """
    if {request.user.pk, acting_person(request).pk} & set(makers):
        raise DafengError.at(both("problem.person"), request.user.name, both("problem.another_person"))


def actor_of(request: HttpRequest) -> Actor:
    """Return the actor of this request for the rooms: its id, grants, organisations and whom it acts for."""
    return actor_for(request.user, giver_of(request))


def actor_for(person: Person, giver: Person | None = None) -> Actor:
    """Return the actor of a person, who may act for another."""
    source = giver or person
    bodies = () if source.organisation is None else (source.organisation.name_zh,)
    return Actor(
        person.username, grants_of(roles_of(source)), bodies, giver.username if giver is not None else ""
    )


def needs_second_factor(person: Person, policy: str) -> bool:
    """Return whether the policy asks a second factor of this person; never in a demonstration."""
    place = Office.objects.first()
    if place is not None and place.synthetic:
        return False
    return policy == "all" or (policy == "privileged" and any(one.role in PRIVILEGED for one in roles_of(person)))  # fmt: skip
