"""Case folders started from an issued plan.

The draft of the place from the national index, or from a parent that is given, with the plan's facts and bodies.
"""

import csv
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from dafeng.case.drafting.drafts import draft
from dafeng.case.drafting.starting import start
from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.case.national.folders import draft_unit
from dafeng.case.national.index import lacking, unit_in, units
from dafeng.case.national.own_rows import read_rows, replace_rows, rewritten
from dafeng.case.national.sources import INHERITED_PLANS, ISSUED_PLAN
from dafeng.case.places import Place, parent_of, place_in, places
from dafeng.evidence import DafengError, Text
from dafeng.plan import Plan, identify, write_answers

BASE_YEAR = 2020


def start_from_plan(
    plan: Plan, parent: str | Path | None = None, folder: Path | None = None, code: str | None = None
) -> Case:
    """Write the start of a folder for the place of `plan`, and load it.

    It has `plan.yaml`, `organisations.csv`, and a draft of `answers.csv` to complete.

    `code` is the place's GB/T 2260 code, else that of the place which title or issuer name. A unit of the national
    index is drafted from it, any other place from `parent` or the bundled case that it is part of; without one every
    statistic is NE. The folder is called by the code where None is given. Sentences of the document are not
    kept: facts only, without spans.

    Parameters
    ----------
    plan : Plan
        Issued plan.
    parent : str or Path, optional
        Case of the parent place, whose statistics then give the shares, also those of a unit of the index.
    folder : Path, optional
        New folder; None: called by the code.
    code : str, optional
        GB/T 2260 code of the place.

    Raises
    ------
    DafengError
        Where no place is named and no code given, and as `draft`. Nothing is left half made.
    """
    place = _place(plan, parent, code)
    folder = Path(place.code) if folder is None else folder
    _draft_place(place, plan, parent, folder)
    try:
        _write_plan(plan, folder, place)
        return load(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def take_plan(folder: Path, plan: Plan) -> Case:
    """Put the issued plan of its place into a drafted case, in place of the one that it inherits or had.

    Parameters
    ----------
    folder
        Folder of a case drafted from the national index.
    plan
        Issued plan.

    Raises
    ------
    DafengError
        Where title or issuer name another place; the folder then stays as it was.
    """
    case = load(folder)
    city = Place(case.city.code, case.city.name_zh)
    named = _unit_place(plan.title or "") or place_in(f"{plan.title or ''} {plan.issuer or ''}")
    if named is not None and named.code != city.code:
        raise DafengError.at(
            plan.title or "title", f"{named.code} {named.name_zh}", f"{city.code} {city.name_zh}",
            Text(f"该方案用 dafeng case from-plan 起草{named.name_zh}的案例", f"draft a case of {named.name_zh} with dafeng case from-plan"),
        )  # fmt: skip
    # the model cites the tasks of the plan before: it is drafted again after this
    model = ("measures.csv", "drivers.csv", "scenarios.yaml", "correlations.csv")
    with rewritten(folder, "sources.csv", "plan.yaml", "organisations.csv", "answers.csv", *model) as staged:
        for name in model:
            (staged / name).unlink(missing_ok=True)
        _write_plan(plan, staged, city)
        load(staged)
    return load(folder)


def _write_plan(plan: Plan, folder: Path, place: Place) -> None:
    """Write the facts of a plan, its bodies and the draft of its answers into a folder."""
    (folder / "plan.yaml").write_text(plan.without_spans().to_yaml(), encoding="utf-8")
    _without_inherited(folder / "sources.csv")
    _append(folder / "sources.csv", {"id": ISSUED_PLAN, "citation": f"{plan.title} {plan.document_number or ''}".strip(),
                                     "licence": "官方文件", "terms": "引用须注明出处"})  # fmt: skip
    _write_organisations(folder / "organisations.csv", _names(plan, place), ISSUED_PLAN)
    if plan.targets:
        (folder / "answers.csv").unlink(missing_ok=True)
        write_answers(folder / "answers.csv", plan.targets, ISSUED_PLAN)


def _draft_place(place: Place, plan: Plan, parent: str | Path | None, folder: Path) -> None:
    """Draft the folder from the index where the place is a unit that it can draft, else from a parent, else with nothing known."""
    unit = units().get(place.code)
    known = parent or parent_of(place.code)
    if parent is None and unit is not None and not lacking(unit):
        draft_unit(unit, folder)
    elif known is None:
        start(place, folder, _base_year(plan))
    else:
        draft(place.code, known, folder)


def _without_inherited(file: Path) -> None:
    """Remove the source of an inherited or earlier plan, which the own plan of the place replaces."""
    rows = read_rows(file)
    replace_rows(file, rows[0], [row for row in rows if row["id"] not in (*INHERITED_PLANS, ISSUED_PLAN)])


def _place(plan: Plan, parent: str | Path | None, code: str | None) -> Place:
    """The place of `code`, else the one that title or issuer name.

    A part of the parent where one is given.
    """
    title = plan.title or ""
    words = f"{title} {plan.issuer or ''}"
    if code is not None:
        return Place(code, places().get(code) or _name(title) or code)
    if parent is not None:
        found = [
            Place(part.code, part.name_zh) for part in load(parent).city.counties if part.name_zh in words
        ]
        if len(found) == 1:
            return found[0]
    named = _unit_place(title) or place_in(title) or _unit_place(words) or place_in(words)
    if named is None:
        raise DafengError.at(
            title or "title", "no place, or several", "the name of one place in the title",
            "give its GB/T 2260 code: --code 360400",
        )  # fmt: skip
    return named


def _unit_place(text: str) -> Place | None:
    """Return the unit of the index that a text names where no smaller place within it is named."""
    unit, smallest = unit_in(text), place_in(text)
    if unit is None or (
        smallest is not None and smallest.name_zh != unit.name_zh and not smallest.code.endswith("00")
    ):
        return None
    return Place(unit.code, unit.name_zh)


def _name(title: str) -> str:
    found = re.match(r"(?:关于印发)?([一-鿿]{1,10}?(?:自治区|自治州|地区|省|市|州|盟|县|区|旗))", title)
    return found.group(1) if found else ""


def _base_year(plan: Plan) -> int:
    """The year that the plan's falls are counted from most often, 2020 where it names none after 2014."""
    years = [target.baseline_year for target in plan.targets if (target.baseline_year or 0) > 2014]
    return Counter(years).most_common(1)[0][0] or BASE_YEAR if years else BASE_YEAR


def _append(file: Path, row: dict[str, str]) -> None:
    with file.open(encoding="utf-8", newline="") as handle:
        columns = next(csv.reader(handle))
    with file.open("a", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerow([row.get(column, "") for column in columns])


def _write_organisations(file: Path, names: Iterable[str], source: str) -> None:
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
        for number, name in enumerate(names, start=1):
            body = identify(name)
            id_ = body.id if body and body.id not in used else f"body-{number}"
            used.add(id_)
            writer.writerow((id_, name, name, "", "", "", "", source, "A", ""))


def _names(plan: Plan, place: Place) -> Iterable[str]:
    """Every body that a duty names; the government that the plan binds where there is no duty list."""
    named = dict.fromkeys(name for duty in plan.duties for name in duty.departments)
    return named or (plan.issuer or f"{place.name_zh}人民政府",)
