"""Files of what is published in the workspace, and whether the office shows them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils import timezone

from dafeng.evidence import DafengError
from dafeng.web.office.words import both


def list_file(register: str, kind: str) -> Path:
    """Return where the published list of a register is."""
    path: Path = settings.WORKSPACE.published / f"{register}.{kind}"
    return path


def published_on(register: str) -> datetime | None:
    """Return when a register was published last; None where it is not public."""
    file = list_file(register, "html")
    return (
        datetime.fromtimestamp(file.stat().st_mtime, timezone.get_current_timezone())
        if file.is_file()
        else None
    )


def notice_file_path() -> Path:
    """Return where the notice of building quotas is."""
    path: Path = settings.WORKSPACE.published / "building_quotas.json"
    return path


def published_notice() -> dict[str, Any] | None:
    """Return the notice of building quotas as it was published; None where there is none."""
    file = notice_file_path()
    if not file.is_file():
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def read_year(text: str) -> int:
    """Read the year that a publication is about. Raises: DafengError for anything else."""
    if not (text.isdigit() and 1990 <= int(text) <= 2100):
        raise DafengError.at(both("problem.year"), text[:20], "1990 – 2100")
    return int(text)


def only_where_on() -> None:
    """Check that the office shows public pages. Raises: Http404 where it does not."""
    if settings.CONFIGURATION.public_pages != "on":
        raise Http404
