"""One step taken on the chosen records of a table; each succeeds or is refused on its own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from dafeng.evidence import DafengError
from dafeng.registers import Filter, act_on_all
from dafeng.web.office.people.rights import actor_of, needs
from dafeng.web.office.records.store import records, request_id
from dafeng.web.office.records.views import SEND, readable_definition
from dafeng.web.office.typed import typed_text
from dafeng.web.office.words import both, language, say

SHOWN = 100


@require_POST
@needs(SEND)
def take_steps(request: HttpRequest, register: str) -> HttpResponse:
    """Take one step on the chosen records; list what was refused and why."""
    definition = readable_definition(request, register)
    chosen = [text for text in request.POST.getlist("chosen") if text.isascii() and text.isdigit()]
    if not chosen:
        raise DafengError.at(both("problem.records"), both("problem.nothing"), both("problem.at_least_one_record"))  # fmt: skip
    done = act_on_all(
        records(), actor_of(request), register, request.POST.get("step", "")[:60], [Filter("id", "in", ";".join(chosen))],
        reason=typed_text(request, "reason"), request=request_id(request),
    )  # fmt: skip
    if not done.problems:
        messages.success(request, say("steps_taken", count=len(done.done)))
        return redirect(f"/registers/{register}/")
    problems = [one.sentence(language().value) for one in done.problems[:SHOWN]]
    return render(request, "records/bulk.html", {"definition": definition, "done": done.done, "problems": problems}, status=200 if done.done else 400)  # fmt: skip
