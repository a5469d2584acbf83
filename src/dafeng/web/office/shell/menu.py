"""Menu: what people do, in their order; an entry without content or right is left out."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from dafeng.web.office.people.rights import acting_person


@dataclass(frozen=True, slots=True)
class Entry:
    """Entry of the menu: text, address, permission, and whether it has content."""

    id: str
    path: str
    permission: str = ""
    there: Callable[[], bool] = lambda: True


def _has_results() -> bool:
    return any(settings.WORKSPACE.results.glob("*/summary.json"))


def _has_ledger() -> bool:
    return bool(settings.WORKSPACE.ledger.exists())


ENTRIES = (
    Entry("work", "/"),
    Entry("glance", "/city/"),
    Entry("registers", "/registers/", "office.read_records"),
    Entry("returns", "/returns/", "office.read_records"),
    Entry("tasks", "/tasks/"),
    Entry("targets", "/targets/"),
    Entry("scores", "/scores/", "office.read_records"),
    Entry("metering", "/metering/", "office.read_records", _has_ledger),
    Entry("energy", "/energy/", "office.read_records", _has_ledger),
    Entry("scenarios", "/results/", "", _has_results),
    Entry("what_if", "/what-if/"),
    Entry("releases", "/releases/"),
    Entry("jobs", "/jobs/"),
    Entry("manage", "/manage/", "office.manage"),
    Entry("audit", "/manage/audit/", "office.audit"),
)


def _is_under(path: str, entry: str) -> bool:
    return path == entry or (entry != "/" and path.startswith(entry))


def menu(request: HttpRequest) -> list[dict[str, object]]:
    """Return the entries that the person may use, the current one marked."""
    person = acting_person(request)
    found = [
        one for one in ENTRIES if (not one.permission or person.has_perm(one.permission)) and one.there()
    ]
    current = max(
        (one for one in found if _is_under(request.path, one.path)),
        key=lambda one: len(one.path),
        default=None,
    )
    return [{"id": one.id, "path": one.path, "current": one is current} for one in found]
