"""Board of returns: county × period with state, lock and reason; submission, acceptance, return, confirmation, exception."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dafeng.evidence import DafengError
from dafeng.registers import (
    Actor,
    accept,
    board,
    confirm,
    counties_of,
    grant_exception,
    reopen,
    send_back,
    submit,
)
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.places import place_names
from dafeng.web.office.records.store import records, request_id
from dafeng.web.office.records.views import READ, SEND, readable_definition
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import both, in_words, say

MOVES: dict[str, tuple[Any, tuple[str, ...]]] = {"submit": ("write", ("open", "returned")), "accept": ("review", ("submitted",)), "send_back": ("review", ("submitted", "accepted"))}  # fmt: skip
"""Move of a county's return → act that a grant must allow, and the states from which it starts."""
PLACE_MOVES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "confirm": ("own", ("open", "returned")),
    "reopen": ("own", ("confirmed",)),
}
"""Moves of the whole place."""


def last_periods(kind: str, today: date, number: int = 6) -> list[str]:
    """Return the last periods that ended, newest first: 2026, 2026Q3 or 2026-10."""
    found, year, month = [], today.year, today.month
    for step in range(1, number + 1):
        if kind == "year":
            found.append(str(year - step))
        elif kind == "quarter":
            index = year * 4 + (month - 1) // 3 - step
            found.append(f"{index // 4}Q{index % 4 + 1}")
        else:
            index = year * 12 + month - 1 - step
            found.append(f"{index // 12}-{index % 12 + 1:02}")
    return found


def returning(actor: Actor) -> list[Any]:
    """Return the definitions with returns that the actor reads."""
    book = records().book
    listed = [book.latest(one) for one in book.editions if actor.roles(one)]
    return [one for one in listed if one.returns is not None]


@require_safe
@needs(READ)
def returns(request: HttpRequest) -> HttpResponse:
    """Show the returns of one register: county × the last periods, with state, lock and reason."""
    store, actor = records(), actor_of(request)
    definitions = returning(actor)
    named = {one.register_id: one for one in definitions}
    chosen = named.get(request.GET.get("register", "")) or next((one for one in definitions if _reports(actor, one)), definitions[0] if definitions else None)  # fmt: skip
    if chosen is None:
        return render(request, "records/returns.html", {"definitions": [], "chosen": None})
    periods = last_periods(chosen.returns.period, timezone.localdate())
    regions = sorted({one for period in periods for one in counties_of(store, chosen.register_id, period)})
    boards = [board(store, actor, chosen.register_id, period, regions) for period in periods]
    by_region: dict[str, list[Any]] = {}
    for lines in boards:
        for line in lines:
            by_region.setdefault(line.region, []).append((line, moves_of(actor, line)))
    names = place_names()
    rows = [(names.get(region, region), region, lines) for region, lines in by_region.items()]
    return render(request, "records/returns.html", {
        "definitions": definitions, "chosen": chosen, "periods": periods, "rows": rows, "owns": actor.may("own", chosen.register_id, store.scope),
        "writes": any(actor.may("write", chosen.register_id, region) for region in by_region),
    })  # fmt: skip


def _reports(actor: Actor, definition: Any) -> bool:
    """Return whether a place of the actor reports to a register: the board of another one would be empty."""
    period = last_periods(definition.returns.period, timezone.localdate(), 1)[0]
    return any(actor.may("read", definition.register_id, one) for one in counties_of(records(), definition.register_id, period))  # fmt: skip


def moves_of(actor: Actor, line: Any) -> list[str]:
    """Return the moves of a return that the person may make in its state."""
    table = PLACE_MOVES if line.region == records().scope else MOVES
    return [name for name, (act, states) in table.items() if line.state in states and actor.may(act, line.register, line.region)]  # fmt: skip


@require_POST
@needs(SEND)
def move(request: HttpRequest) -> HttpResponse:
    """Make a move of a return; what blocks it is shown as place, found, expected, mend."""
    given = {name: typed_text(request, name) for name in ("register", "period", "region", "move", "reason", "until")}  # fmt: skip
    readable_definition(request, given["register"])
    store, actor = records(), actor_of(request)
    place, reason = (store, actor, given["register"], given["period"]), given["reason"]
    region, once = given["region"], f"return-{request_id(request)}"
    moves: dict[str, Callable[[], object]] = {
        "submit": lambda: submit(*place, region, request=once),
        "accept": lambda: accept(*place, region, request=once),
        "send_back": lambda: send_back(*place, region, reason, request=once),
        "confirm": lambda: confirm(*place, counties_of(store, *place[2:]), incomplete=reason, request=once),
        "reopen": lambda: reopen(*place, reason, request=once),
        "exception": lambda: grant_exception(*place, region, given["until"], reason, request=once),
    }
    if given["move"] not in moves:
        raise DafengError.at(both("problem.move"), given["move"], ", ".join(moves))
    said = moves[given["move"]]()
    names = place_names()
    told = in_words(said) if given["move"] == "confirm" else ""
    messages.success(request, say("return_moved", move=say(f"move.{given['move']}"), place=names.get(region, region), period=given["period"]) + (f" {told}" if told else ""))  # fmt: skip
    return redirect(f"/returns/?register={given['register']}")
