"""Starts a case folder from an issued plan: the place's draft from its parent, with the plan's facts and bodies in it."""

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path

from dafeng.case.drafts import draft
from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.evidence import DafengError
from dafeng.plan import Plan, identify


def start_from_plan(plan: Plan, parent: str | Path, folder: Path, code: str | None = None) -> Case:
    """Draft the place that `plan` is for inside `parent`, add `plan.yaml` and `organisations.csv`, and load it.

    `code` is the place's GB/T 2260 code; where it is None, the place that the title names is taken. Sentences of
    the document are not kept: facts only, without spans.

    Raises: DafengError where the title names no place of the parent, and as `draft`. Nothing is left half made.
    """
    place = code or _place(plan, load(parent))
    draft(place, parent, folder)
    try:
        (folder / "plan.yaml").write_text(plan.without_spans().to_yaml(), encoding="utf-8")
        source = "issued-plan"
        _append(folder / "sources.csv", {"id": source, "citation": f"{plan.title} {plan.document_number or ''}".strip(),
                                         "licence": "官方文件", "terms": "引用须注明出处"})  # fmt: skip
        _write_organisations(folder / "organisations.csv", plan, source)
        return load(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _place(plan: Plan, parent: Case) -> str:
    """The one place of the parent that the plan's title or issuer names."""
    words = f"{plan.title} {plan.issuer or ''}"
    found = [part.code for part in parent.city.counties if part.name_zh in words]
    if len(found) != 1:
        known = ", ".join(f"{part.code} {part.name_zh}" for part in parent.city.counties) or "none"
        raise DafengError.at(
            plan.title,
            f"{len(found)} places of {parent.name} in the title",
            f"one of: {known}",
            "give --code",
        )
    return found[0]


def _append(file: Path, row: dict[str, str]) -> None:
    with file.open(encoding="utf-8", newline="") as handle:
        columns = next(csv.reader(handle))
    with file.open("a", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerow([row.get(column, "") for column in columns])


def _write_organisations(file: Path, plan: Plan, source: str) -> None:
    columns = (
        "id",
        "name_zh",
        "name_en",
        "aliases",
        "level",
        "valid_from",
        "valid_to",
        "source",
        "grade",
        "note",
    )
    used: set[str] = set()
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(columns)
        for number, name in enumerate(_names(plan), start=1):
            body = identify(name)
            id_ = body.id if body and body.id not in used else f"body-{number}"
            used.add(id_)
            writer.writerow((id_, name, name, "", "", "", "", source, "A", ""))


def _names(plan: Plan) -> Iterable[str]:
    return dict.fromkeys(name for duty in plan.duties for name in duty.departments)
