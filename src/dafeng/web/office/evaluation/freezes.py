"""Pages of freezes: what a report rests on, kept with its hashes; lifted with a reason; two compared."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dafeng.assessment import load_scheme, scheme_names
from dafeng.assessment.records import compare_freezes, freeze, freeze_record, unfreeze
from dafeng.registers import find
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.store import records, request_id
from dafeng.web.office.records.views import READ, found_or_missing
from dafeng.web.office.results.views import run_named, runs
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import say

FREEZES, FREEZE = "assessment_freezes", "office.follow_up"
MOST_CHANGES = 500
SHOWN = 100


@require_safe
@needs(READ)
def freezes(request: HttpRequest) -> HttpResponse:
    """List the freezes, the form of a new one, and two compared: each change with its cause."""
    store, actor = records(), actor_of(request)
    rows = find(store, actor, FREEZES, limit=SHOWN).rows if actor.roles(FREEZES) else []
    chosen = [request.GET.get(name, "") for name in ("first", "second")]
    changes = None
    if all(text.isascii() and text.isdigit() and len(text) < 10 for text in chosen):
        one, other = (found_or_missing(partial(freeze_record, store, actor, int(text))) for text in chosen)
        changes = compare_freezes(one, other)
    return render(request, "evaluation/freezes.html", {
        "rows": sorted(rows, key=lambda row: -row["id"]), "runs": [folder.name for folder in runs()], "schemes": scheme_names(), "states": {one.id: one for one in store.book.latest(FREEZES).life_cycle.states},
        "freezes_it": actor.may("review", FREEZES, store.scope), "lifts": actor.may("own", FREEZES, store.scope), "first": chosen[0], "second": chosen[1],
        "changes": changes[:MOST_CHANGES] if changes is not None else None, "count": len(changes or ()),
    })  # fmt: skip


@require_POST
@needs(FREEZE)
def make(request: HttpRequest) -> HttpResponse:
    """Freeze a run with the records of assessment and a scheme."""
    scheme = request.POST.get("scheme", "")
    if scheme and scheme not in scheme_names():
        raise Http404
    folder = run_named(request.POST.get("run", ""))
    found = freeze(records(), actor_of(request), folder, request.POST.get("period", "").strip()[:40], timezone.localdate(), load_scheme(scheme) if scheme else None)  # fmt: skip
    request.audited = f"froze {found.id} {found.digest[:12]}"
    messages.success(request, say("frozen", number=found.id))
    return redirect("/freezes/")


@require_POST
@needs(FREEZE)
def lift(request: HttpRequest, number: int) -> HttpResponse:
    """Lift a freeze with a reason; its content stays."""
    store, actor = records(), actor_of(request)
    found_or_missing(lambda: freeze_record(store, actor, number))
    unfreeze(store, actor, number, typed_text(request, "reason"), request_id(request))
    messages.success(request, say("freeze_lifted", number=number))
    return redirect("/freezes/")
