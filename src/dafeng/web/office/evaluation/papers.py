"""Files of assessment that a person takes along: score sheets, values, circulars."""

import csv
import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse

from dafeng.assessment import load_scheme, scheme_names
from dafeng.assessment.records import Scored
from dafeng.web.office.results.cases import current_case
from dafeng.web.office.shell.downloads import CSV, XLSX, attachment
from dafeng.web.office.words import chinese_day

KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": XLSX,
    "csv": CSV,
}


def paper_file(content: bytes, name: str, kind: str) -> HttpResponse:
    """Return a paper as a file to save."""
    return attachment(content, f"{name}.{kind}", KINDS[kind])


def written(save: Callable[[Path], object]) -> bytes:
    """Return what a function of `report` writes into a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper"
        save(path)
        return path.read_bytes()


def score_paper(found: Scored, row: Mapping[str, Any], kind: str) -> HttpResponse:
    """Return a score as self-assessment (docx), score sheet (xlsx) or the values for `dafeng assess score` (csv)."""
    from dafeng.report import score_workbook, self_assessment

    if kind not in KINDS or row["scheme"] not in scheme_names():
        raise Http404
    synthetic = current_case().city.synthetic
    scheme, name = load_scheme(row["scheme"]), f"{row['body']}-{row['round']}-{row['scheme']}"
    if kind == "xlsx":
        return paper_file(
            written(lambda path: score_workbook(scheme, found.sheet, path, found.id, synthetic)), name, kind
        )
    if kind == "docx":
        paper = self_assessment(scheme, found.sheet, chinese_day(found.on), row["body"], record=found.id)
        return paper_file(written(paper.marked(synthetic).save), name, kind)
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(("name", "value", "evidence"))
    evidence = {line["item"]: line["evidence"] or "" for line in row["children"]["lines"]}
    lines.writerows((name, value, evidence.pop(name, "")) for name, value in sorted(found.statistics.items()))
    lines.writerows((name, "", text) for name, text in sorted(evidence.items()) if text)
    return paper_file(out.getvalue().encode("utf-8-sig"), name, kind)
