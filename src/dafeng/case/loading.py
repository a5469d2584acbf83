"""Loading of a case: complete, or refused as a whole with all of its problems at once."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from dafeng.case.checked import Checked, Regions
from dafeng.case.city import SCHEMA, City, parse_city
from dafeng.case.folder import MAX_TABLE_BYTES, Location, bundled_path, hash_files, locate
from dafeng.case.model import Case
from dafeng.case.ownership import ownership_findings
from dafeng.case.plans import check_measures_against_plan, check_plan
from dafeng.case.plausibility import implausible
from dafeng.case.presence import check_presence
from dafeng.case.rules import check_rules
from dafeng.case.scenarios import parse_scenarios
from dafeng.case.schemas import TABLES
from dafeng.case.shapes import check_shapes
from dafeng.evidence import DafengError, Finding, Problem, Problems, Severity, parse_yaml, track, yaml_line
from dafeng.plan import Plan, plan_from_dict
from dafeng.tables import RawTable, check_table, decode, nearest, read_csv

Further = Callable[[City, Mapping[str, pd.DataFrame]], Iterable[Problem]]
"""What a higher room has to say of the tables of a case, as far as they could be read."""

STRUCTURE = ("city.yaml", "plan.yaml", "scenarios.yaml", "counties.geojson")


@dataclass(frozen=True, slots=True)
class RawCase:
    """Unchecked content of a case, from a folder or from a workbook."""

    location: Location
    tables: Mapping[str, RawTable]
    texts: Mapping[str, str]
    present: frozenset[str]
    findings: tuple[Finding, ...] = ()


def load(name_or_path: str | Path) -> Case:
    """Load the case `name_or_path`.

    A bundled name (`jiujiang`, `regions/360000`), else a folder.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a bundled case, or a folder.

    Raises
    ------
    DafengError
        With every problem of the case and of its parents; then nothing is loaded.
    """
    problems = Problems()
    case = _load(locate(name_or_path), problems, ())
    problems.raise_if_any()
    if case is None:
        raise AssertionError("a case without problems is a case")
    return replace(case, findings=(*case.findings, *doubts(case)))


def doubts(case: Case) -> tuple[Finding, ...]:
    """Return the doubtful data of the case: implausible figures, and rows of another place."""
    return (*_older(case), *implausible(case), *ownership_findings(case))


def _older(case: Case) -> tuple[Finding, ...]:
    """A case in an older schema was read with the defaults of what it lacks."""
    version = case.city.schema_version
    if version == SCHEMA:
        return ()
    return (
        Finding(
            "case.schema", Severity.NOTE, "city.yaml:schema",
            f"案例结构版本为 {version},现为 {SCHEMA}:缺少的列按默认值读取(plants.csv 各行属分支 power),情景 no-plan 读作 policy-carried-on;改写用 dafeng case upgrade",
            f"case schema {version}, now {SCHEMA}: missing columns were read with their defaults (rows of plants.csv are of the branch power), the scenario no-plan as policy-carried-on; rewrite it with dafeng case upgrade",
        ),
    )  # fmt: skip


def check(name_or_path: str | Path, further: Further | None = None) -> list[Problem]:
    """Check a case: return its problems and those that `further` detects in its tables.

    The list is empty where the case can be loaded.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a bundled case, or a folder.
    further : Further, optional
        Further check of the tables; its problems are added.
    """
    problems = Problems()
    try:
        _load(locate(name_or_path), problems, (), further)
    except DafengError as error:
        problems.extend(error.problems)
    return list(problems)


def _load(
    location: Location, problems: Problems, below: tuple[Path, ...], further: Further | None = None
) -> Case | None:
    case = assemble(read_folder(location, problems), problems, below, further=further)
    if case is None:
        return None
    try:
        hashes, release = hash_files(location.path)
    except OSError as error:
        name = Path(str(error.filename)).name
        problems.add(name, _told(error), "a readable file", "ask for the right to read it")
        return None
    return replace(case, hashes=MappingProxyType(hashes), release=release)


_parents: dict[tuple[Path, bool], Case] = {}
"""Parents that have been loaded without a problem, by folder and kind of text: the cities of a province share one."""


def _parent_key(path: Path) -> tuple[Path, bool]:
    # a parent read while pandas keeps text as plain objects is not for those who read it otherwise
    return path, bool(pd.get_option("future.infer_string"))


def _unchanged(path: Path) -> Case | None:
    """The parent loaded from `path` before.

    Only if none of its files has changed since and it has no parent itself.
    """
    known = _parents.get(_parent_key(path))
    if known is None or known.parent is not None:
        return None
    try:
        _, release = hash_files(path)
    except OSError:
        return None
    return known if release == known.release else None


def read_folder(location: Location, problems: Problems) -> RawCase:
    """Read the files of a folder as raw tables and texts; files that cannot be read are problems."""
    tables: dict[str, RawTable] = {}
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    try:
        present = frozenset(
            entry.name for entry in location.path.iterdir() if not entry.name.startswith((".", "~$"))
        )
    except OSError as error:
        raise DafengError.at(str(location.path), _told(error), "a folder that can be read") from error
    for file in sorted(present):
        if file.lower().endswith((".csv", ".yaml", ".yml")) and not _is_known(file):
            known = [table.file for table in TABLES.values()] + list(STRUCTURE)
            problems.add(
                file,
                "a file that no case has",
                "a file of docs/case.md",
                nearest(file, known) or "rename or remove it",
            )
    names = [file for file in sorted(present) if _is_known(file)]
    for file in track(f"{location.name} ", names):
        content = _content(location.path / file, file, location.path, problems)
        if content is None:
            continue
        if file in STRUCTURE:
            text = decode(file, content)
            if isinstance(text, Problem):
                problems.extend([text])
            else:
                texts[file] = text
            continue
        reading = read_csv(file.removesuffix(".csv"), file, content)
        problems.extend(reading.problems)
        if reading.bom:
            findings.append(_bom(file))
        if reading.table is not None:
            tables[reading.table.name] = reading.table
    return RawCase(location, tables, texts, present, tuple(findings))


def _is_known(file: str) -> bool:
    return file in STRUCTURE or (file.endswith(".csv") and file.removesuffix(".csv") in TABLES)


def _bom(file: str) -> Finding:
    return Finding(
        "case.byte_order_mark", Severity.NOTE, file,
        "文件开头有字节顺序标记(Excel 的“CSV UTF-8”),已按 UTF-8 读取",
        "the file begins with a byte-order mark (Excel's CSV UTF-8); read as UTF-8",
    )  # fmt: skip


def _content(path: Path, file: str, folder: Path, problems: Problems) -> bytes | None:
    try:
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            problems.add(
                file,
                "a link that leads out of the folder",
                "a file of the case",
                "copy the file into the folder",
            )
            return None
        if path.is_dir():
            problems.add(file, "a folder", "a file")
            return None
        if not path.is_file():
            found = "a link that leads nowhere" if path.is_symlink() else "no ordinary file"
            problems.add(file, found, "a file", "copy the file itself into the folder")
            return None
        if path.stat().st_size > MAX_TABLE_BYTES:
            problems.add(
                file,
                f"{path.stat().st_size / 2**30:.1f} GiB",
                "a table of at most 1 GiB",
                "readings belong to metering",
            )
            return None
        return path.read_bytes()
    except OSError as error:
        problems.add(file, _told(error), "a readable file", "ask for the right to read it")
        return None


def _told(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def assemble(
    raw: RawCase, problems: Problems, below: tuple[Path, ...] = (),
    hashes: Mapping[str, str] | None = None, release: str = "", further: Further | None = None,
) -> Case | None:  # fmt: skip
    """Check `raw` and its ancestors and assemble the case; a case only where no problem was added."""
    before = len(problems)
    city = parse_city(raw.texts["city.yaml"], problems) if "city.yaml" in raw.texts else None
    named = city.parent if city is not None else _named_parent(raw)
    parent = _parent(raw, named, problems, below) if named is not None else None
    tables: dict[str, pd.DataFrame] = {}
    for name, table in raw.tables.items():
        tables[name] = check_table(TABLES[name], table, problems)
    ancestors = _ancestors(parent)
    places = {name: table.place for name, table in raw.tables.items()}
    regions = Regions.of(city, parent.city if parent is not None else None)
    checked = Checked(tables, places, ancestors, regions, whole=parent is not None or _is_root(city))
    check_rules(checked, problems)
    if city is not None and parent is not None:
        _check_descent(city, parent, problems)
    check_presence(raw.present, city, checked, problems)
    plan = _plan(raw, problems)
    if plan is not None:
        check_plan(plan, checked, "organisations.csv" in raw.present, problems)
    check_measures_against_plan(plan, checked, problems)
    measures = checked.known("measures")
    scenarios: dict[str, dict[str, Any]] = {}
    if "scenarios.yaml" in raw.texts:
        scenarios = parse_scenarios(
            raw.texts["scenarios.yaml"], measures if "measures" in tables else None, problems
        )
    if "counties.geojson" in raw.texts:
        check_shapes(raw.texts["counties.geojson"], city, problems)
    if further is not None and city is not None:
        told = {_row(problem) for problem in problems}
        problems.extend(one for one in further(city, MappingProxyType(tables)) if _row(one) not in told)
    if len(problems) > before or city is None:
        return None
    return Case(
        raw.location.name, raw.location.path, city, MappingProxyType(tables), parent, plan,
        MappingProxyType(scenarios), release, MappingProxyType(dict(hashes or {})), raw.findings,
    )  # fmt: skip


def _ancestors(parent: Case | None) -> tuple[Mapping[str, pd.DataFrame], ...]:
    found = []
    while parent is not None:
        found.append(parent.tables)
        parent = parent.parent
    return tuple(found)


def _row(problem: Problem) -> str:
    """File and row, to report one mistake once."""
    return ":".join(problem.where.split(":")[:2])


def _is_root(city: City | None) -> bool:
    return city is not None and city.parent is None


def _named_parent(raw: RawCase) -> str | None:
    """The parent that a `city.yaml` names which does not fit in other fields.

    With it the rest can be checked too.
    """
    content = parse_yaml("city.yaml", raw.texts.get("city.yaml", ""), Problems())
    named = content.get("parent") if isinstance(content, dict) else None
    return named if isinstance(named, str) else None


def _check_descent(city: City, parent: Case, problems: Problems) -> None:
    parts = {part.code: part.name_zh for part in parent.city.counties}
    if parts and city.code not in parts:
        listed = ", ".join(f"{code} {name}" for code, name in parts.items())
        problems.add(
            "city.yaml:code", city.code, f"a part of {parent.name}: {listed}", "correct code or parent"
        )


def _parent(raw: RawCase, named: str, problems: Problems, below: tuple[Path, ...]) -> Case | None:
    where = "city.yaml:parent"
    if Path(named).is_absolute():
        problems.add(where, named, "a bundled name, or a folder beside this one", "write it as ../folder")
        return None
    path = bundled_path(named) or Path(os.path.realpath(raw.location.path / named.replace("\0", "?")))
    if not os.path.isfile(path / "city.yaml"):
        problems.add(
            where,
            f"no case {named[:100]}",
            "a bundled name (dafeng case list), or ../folder",
            "check the spelling",
        )
        return None
    chain = (*below, raw.location.path.resolve())
    if path in chain:
        names = " → ".join(folder.name for folder in (*chain, path))
        problems.add(where, f"a circle of parents: {names}", "a parent that does not descend from this place")
        return None
    name = named if bundled_path(named) else path.name
    inner = Problems()
    parent = _unchanged(path) or _load(Location(name, path), inner, chain)
    if parent is not None and not inner:
        _parents[_parent_key(path)] = parent
    problems.extend(Problem(f"{name}/{p.where}", p.found, p.expected, p.mend) for p in inner)
    return parent


def _plan(raw: RawCase, problems: Problems) -> Plan | None:
    if "plan.yaml" not in raw.texts:
        return None
    before = len(problems)
    content = parse_yaml("plan.yaml", raw.texts["plan.yaml"], problems)
    if len(problems) > before:
        return None
    try:
        return plan_from_dict(content, "plan.yaml")
    except DafengError as error:
        problems.extend(_with_line(problem, raw.texts["plan.yaml"]) for problem in error.problems)
        return None


def _with_line(problem: Problem, text: str) -> Problem:
    """Add the line of the text to `plan.yaml:targets.0.unit`."""
    path = problem.where.partition(":")[2]
    line = yaml_line(text, path.split(".")) if path else None
    return replace(problem, where=f"plan.yaml:{line}:{path}") if line else problem
