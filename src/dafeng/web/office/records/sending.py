"""Checks of what people send: kind and size of files, nothing classified, consent for personal data."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dafeng.evidence import DafengError
from dafeng.registers import Definition
from dafeng.web.office.words import both, texts

CLASSIFIED = tuple(texts().text(f"classified.{mark}") for mark in ("top_secret", "secret", "confidential"))
"""Marks of classified papers (GB/T 9704): a file that carries one in its name is refused."""
SHEETS = frozenset({".xlsx", ".xls", ".csv", ".et", ".ods"})


def has_personal(definition: Definition) -> bool:
    """Return whether a register has fields about persons, in its rows or below them."""
    fields = [*definition.fields, *(one for child in definition.children for one in child.fields)]
    return any(one.privacy == "personal" for one in fields)


def must_have_informed(request: HttpRequest) -> None:
    """Require the confirmation of purpose and consent (or legal basis) for personal data; it is logged.

    Raises
    ------
    DafengError
        Without it (个人信息保护法 第十三、十七条).
    """
    if not request.POST.get("informed"):
        raise DafengError.at(
            both("problem.personal_data"), both("problem.not_given"), both("problem.persons_told_and_agreed"), both("problem.tell_the_persons_first"),
        )  # fmt: skip
    request.audited = "personal data: persons informed, consent/basis confirmed"


def sent_file(request: HttpRequest, kinds: frozenset[str] | None = SHEETS) -> Any:
    """Return the uploaded file of a request.

    Raises
    ------
    DafengError
        Without a file, for another kind, one that is too large, or without the confirmation.
    """
    sent = request.FILES.get("file")
    if sent is None or (kinds is not None and Path(sent.name).suffix.lower() not in kinds):
        raise DafengError.at(
            both("problem.file"), sent.name if sent else both("problem.no_file"), both("problem.a_workbook_or_a_csv_file") if kinds else both("problem.a_file"),
        )  # fmt: skip
    limit = settings.CONFIGURATION.upload_mib << 20
    if sent.size > limit:
        raise DafengError.at(both("problem.file"), f"{sent.size:,} B", f"≤ {limit:,} B")
    if not request.POST.get("unclassified") or any(word in sent.name for word in CLASSIFIED):
        raise DafengError.at(
            both("problem.file"), sent.name, both("problem.a_file_without_classified_information_confirmed_as"),
            both("problem.classified_information_must_not_be_entered_here"),
        )  # fmt: skip
    return sent
