"""Files that an answer hands out to be saved."""

import csv
import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from dafeng.tables import Sheet, write_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Return content as a file to save under a name, which may be Chinese."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def csv_bytes(rows: Iterable[Sequence[object]], line_end: str = "\r\n") -> bytes:
    """Return rows as CSV with byte order mark, which a spreadsheet needs to read Chinese."""
    out = io.StringIO()
    csv.writer(out, lineterminator=line_end).writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def workbook_bytes(sheets: Iterable[Sheet], properties: Mapping[str, object] | None = None) -> bytes:
    """Return sheets as a workbook."""
    with tempfile.TemporaryDirectory(dir=settings.WORKSPACE.incoming) as folder:
        path = Path(folder) / "table.xlsx"
        write_workbook(path, sheets, properties)
        return path.read_bytes()
