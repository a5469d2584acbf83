"""Registry of a unit on its page: points as they are, what a change may choose from, changes proposed and decided."""

from typing import Any

from dafeng.evidence import DafengError
from dafeng.metering import Owner, ask_owner, media
from dafeng.web.office.desk.models import RegistryChange
from dafeng.web.office.words import language, sentences

CHANGES_SHOWN = 20
PERIODS = ("15", "30", "60", "day", "month")


def registry_part(owner: Owner, unit: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows of the registry; an open change with what it would do to the registry of now."""
    listed = RegistryChange.objects.filter(unit=unit["unit"]).select_related("person", "decided_by")[:CHANGES_SHOWN]  # fmt: skip
    found = ask_owner(owner, "registry_of", {"unit": unit["unit"]})
    return {
        "registry": found, "periods": PERIODS,
        "media": [(name, row.get(f"name_{language().value}") or name) for name, row in media().items()],
        "changes": [(one, *_weighed(owner, one)) for one in listed], "ratios": [one for one in found["points"] if one["kind"] == "register"],
    }  # fmt: skip


def _weighed(owner: Owner, one: RegistryChange) -> tuple[dict[str, Any], list[str]]:
    """Return lines, rewritten readings and version of a change, and why it no longer fits; of a decided one what was entered."""
    if one.state != RegistryChange.OPEN:
        return {"lines": one.lines, "rewrites": []}, []
    try:
        return ask_owner(owner, "weigh_proposal", {"unit": one.unit, "table": one.table, "rows": one.rows}), []  # fmt: skip
    except DafengError as error:
        return {"lines": one.lines, "rewrites": []}, sentences(error)
