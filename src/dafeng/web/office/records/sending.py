"""Files that people send: kind, size, and the confirmation that nothing in them is classified."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dafeng.evidence import DafengError
from dafeng.web.office.words import both, texts

CLASSIFIED = tuple(texts().text(f"classified.{mark}") for mark in ("top_secret", "secret", "confidential"))
"""Marks of classified papers (GB/T 9704): a file that carries one in its name is refused."""
SHEETS = frozenset({".xlsx", ".xls", ".csv", ".et", ".ods"})


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
