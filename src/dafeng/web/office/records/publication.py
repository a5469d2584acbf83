"""Files of published lists in the workspace."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone


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
