"""Loads a case or refuses it as a whole, with all of its problems at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from dafeng.case.checking import check_table, nearest
from dafeng.case.city import City, parse_city, parse_yaml
from dafeng.case.folder import MAX_TABLE_BYTES, Location, bundled_path, hash_files, locate
from dafeng.case.model import Case
from dafeng.case.plans import check_measures_against_plan, check_plan
from dafeng.case.reading import RawTable, decode, read_csv
from dafeng.case.rules import Checked, check_rules
from dafeng.case.scenarios import parse_scenarios
from dafeng.case.schemas import TABLES
from dafeng.evidence import DafengError, Finding, Problem, Problems, Severity, track
from dafeng.plan import Plan, plan_from_dict

STRUCTURE = ("city.yaml", "plan.yaml", "scenarios.yaml", "counties.geojson")
_PROJECTING = ("measures.csv", "drivers.csv", "scenarios.yaml")


@dataclass(frozen=True, slots=True)
class RawCase:
    """Everything that a case is made of before it is checked: from a folder, or from a workbook."""

    location: Location
    tables: Mapping[str, RawTable]
    texts: Mapping[str, str]
    present: frozenset[str]
    findings: tuple[Finding, ...] = ()


def load(name_or_path: str | Path) -> Case:
    """The case called `name_or_path`: a bundled name (`jiujiang`, `regions/360000`), else a folder.

    Raises: DafengError with every problem of the case and of its parents; then nothing is loaded.
    """
    problems = Problems()
    case = _load(locate(name_or_path), problems, ())
    problems.raise_if_any()
    if case is None:
        raise AssertionError("a case without problems is a case")
    return case


def check(name_or_path: str | Path) -> list[Problem]:
    """Every problem of the case; none where it can be loaded."""
    try:
        load(name_or_path)
    except DafengError as error:
        return list(error.problems)
    return []


def _load(location: Location, problems: Problems, below: tuple[Path, ...]) -> Case | None:
    case = assemble(read_folder(location, problems), problems, below)
    if case is None:
        return None
    try:
        hashes, release = hash_files(location.path)
    except OSError as error:
        problems.add(str(error.filename), error.strerror or str(error), "a readable file")
        return None
    return replace(case, hashes=MappingProxyType(hashes), release=release)


_parents: dict[Path, Case] = {}
"""Parents that have been loaded without a problem, by folder: the cities of a province share one."""


def _unchanged(path: Path) -> Case | None:
    """The parent loaded from `path` before, if none of its files has changed since and it has no parent itself."""
    known = _parents.get(path)
    if known is None or known.parent is not None:
        return None
    try:
        _, release = hash_files(path)
    except OSError:
        return None
    return known if release == known.release else None


def read_folder(location: Location, problems: Problems) -> RawCase:
    """The files of a folder as raw tables and texts; files that cannot be read are problems."""
    tables: dict[str, RawTable] = {}
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    present = frozenset(
        entry.name for entry in location.path.iterdir() if not entry.name.startswith((".", "~$"))
    )
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
        if not path.resolve().is_relative_to(folder.resolve()):
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
        problems.add(file, error.strerror or str(error), "a readable file")
        return None


def assemble(
    raw: RawCase, problems: Problems, below: tuple[Path, ...] = (),
    hashes: Mapping[str, str] | None = None, release: str = "",
) -> Case | None:  # fmt: skip
    """Check everything of `raw` and its ancestors; a case only where no problem was added."""
    before = len(problems)
    city = parse_city(raw.texts["city.yaml"], problems) if "city.yaml" in raw.texts else None
    parent = _parent(raw, city, problems, below)
    tables: dict[str, pd.DataFrame] = {}
    for name, table in raw.tables.items():
        tables[name] = check_table(TABLES[name], table, problems)
    ancestors = _ancestors(parent)
    checked = Checked(tables, {name: table.place for name, table in raw.tables.items()}, ancestors)
    if parent is not None or city is None or city.parent is None:
        check_rules(checked, problems)
    _check_presence(raw, city, checked, problems)
    plan = _plan(raw, problems)
    if plan is not None:
        check_plan(plan, checked, "organisations.csv" in raw.present, problems)
    check_measures_against_plan(plan, checked, problems)
    measures = checked.known("measures")
    scenarios: dict[str, dict[str, Any]] = {}
    if "scenarios.yaml" in raw.texts:
        scenarios = parse_scenarios(raw.texts["scenarios.yaml"], measures, problems)
    if "counties.geojson" in raw.texts:
        _check_geojson(raw.texts["counties.geojson"], problems)
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


def _parent(raw: RawCase, city: City | None, problems: Problems, below: tuple[Path, ...]) -> Case | None:
    if city is None or city.parent is None:
        return None
    where = "city.yaml:parent"
    if Path(city.parent).is_absolute():
        problems.add(
            where, city.parent, "a bundled name, or a folder beside this one", "write it as ../folder"
        )
        return None
    path = bundled_path(city.parent) or (raw.location.path / city.parent).resolve()
    if not (path / "city.yaml").is_file():
        problems.add(
            where,
            f"no case {city.parent}",
            "a bundled name (dafeng case list), or ../folder",
            "check the spelling",
        )
        return None
    chain = (*below, raw.location.path.resolve())
    if path.resolve() in chain:
        names = " → ".join(folder.name for folder in (*chain, path))
        problems.add(where, f"a circle of parents: {names}", "a parent that does not descend from this place")
        return None
    name = city.parent if bundled_path(city.parent) else path.name
    inner = Problems()
    parent = _unchanged(path) or _load(Location(name, path), inner, chain)
    if parent is not None and not inner:
        _parents[path] = parent
    problems.extend(Problem(f"{name}/{p.where}", p.found, p.expected, p.mend) for p in inner)
    return parent


def _check_presence(raw: RawCase, city: City | None, checked: Checked, problems: Problems) -> None:
    if "city.yaml" not in raw.present:
        problems.add(
            "city.yaml",
            "no such file",
            "name, code and years of the place",
            "every case has one: docs/case.md",
        )
    projecting = [file for file in _PROJECTING if file in raw.present]
    for name in sorted(_required_tables(raw.present, city, bool(projecting))):
        inherited = name != "sources" and any(name in tables for tables in checked.ancestors)
        if f"{name}.csv" not in raw.present and not inherited:
            problems.add(f"{name}.csv", "no such file", TABLES[name].help_en, f"add {name}.csv: docs/case.md")
    for file in ("plan.yaml", "scenarios.yaml") if projecting else ():
        if file not in raw.present:
            mend = f"add it, or take out {', '.join(projecting)}"
            problems.add(file, "no such file", f"a case with {projecting[0]} has it too", mend)


def _required_tables(present: frozenset[str], city: City | None, projecting: bool) -> set[str]:
    """What a case needs of its own or from an ancestor; what projects needs the plan's tables together."""
    required = {"sources", "observations"}
    if city is not None and city.parent is None:
        required |= {"sectors", "energy"}
    elif city is not None and "energy.csv" not in present:
        required |= {"proxies"}
    if "plan.yaml" in present:
        required.add("organisations")
    if {"profiles.csv", "profiles_meta.csv"} & present:
        required |= {"profiles", "profiles_meta"}
    if projecting:
        required |= {"measures", "drivers"}
    return required


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
        problems.extend(error.problems)
        return None


def _check_geojson(text: str, problems: Problems) -> None:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        problems.add(f"counties.geojson{line}", str(error), "well-formed GeoJSON", "export it again")
        return
    if (
        not isinstance(content, dict)
        or content.get("type") != "FeatureCollection"
        or not content.get("features")
    ):
        problems.add(
            "counties.geojson",
            "no FeatureCollection with features",
            "one feature a county",
            "export it again",
        )
