"""Loading of YAML definitions.

The definitions of the package and of a case are loaded in all editions, or all their problems reported at once.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ValidationError

from dafeng.case import TABLES
from dafeng.evidence import DafengError, Problems, field_problem, parse_yaml, yaml_line
from dafeng.registers.definition.checks import check_definition, check_together, fed_names
from dafeng.registers.definition.code_tables import unit_of_table
from dafeng.registers.definition.counties import County, read_counties
from dafeng.registers.definition.editions import check_editions
from dafeng.registers.definition.model import (
    Child,
    Definition,
    Indicator,
    LifeCycle,
    RegisterField,
    Returns,
    Rule,
    State,
    Transition,
)

MOST_BYTES = 2_000_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}(@\d{4}(-\d{2})?[a-z]?)?\.yaml")
_PARTS: dict[str, type[BaseModel]] = {
    "fields": RegisterField, "children": Child, "rules": Rule, "indicators": Indicator, "states": State,
    "transitions": Transition, "life_cycle": LifeCycle, "returns": Returns,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """Source that definitions cite by id. `read` states how much of it was read."""

    id: str
    citation: str
    where: str
    read: str


@dataclass(frozen=True, slots=True)
class Book:
    """Collection of all editions of all registers, in the order of their dates; `counties` those of the workspace."""

    editions: Mapping[str, tuple[Definition, ...]]
    sources: Mapping[str, Reference]
    counties: tuple[County, ...] = ()

    def __iter__(self) -> Iterator[str]:
        return iter(self.editions)

    def latest(self, register: str) -> Definition:
        """Return the newest edition.

        Raises
        ------
        DafengError
            For an unknown register.
        """
        return self.of(register)[-1]

    def of(self, register: str) -> tuple[Definition, ...]:
        """Return every edition, oldest first.

        Raises
        ------
        DafengError
            For an unknown register.
        """
        if register not in self.editions:
            from dafeng.tables import nearest

            mend = nearest(register, self.editions) or "see dafeng registers list"
            raise DafengError.at("register", register, "the id of a register", mend)
        return self.editions[register]

    def on(self, register: str, day: str) -> Definition:
        """Return the edition in force on `day` (ISO); the first edition for an earlier day.

        Raises
        ------
        DafengError
            For an unknown register.
        """
        editions = self.of(register)
        return next((one for one in reversed(editions) if one.valid_from <= day), editions[0])

    def edition(self, register: str, edition: str) -> Definition:
        """Return one edition by its name.

        Raises
        ------
        DafengError
            Where there is none.
        """
        for one in self.of(register):
            if one.edition == edition:
                return one
        raise DafengError.at(
            register, f"edition {edition}", f"one of {', '.join(one.edition for one in self.of(register))}"
        )

    def feeding(self, table: str, id_: str) -> tuple[Definition, Indicator] | None:
        """Return the register and the indicator that feed an observation, an activity or a delivery."""
        for register in self.editions:
            for indicator in self.latest(register).indicators:
                if indicator.feeds is None or indicator.feeds.table != table:
                    continue
                if id_ in fed_names(self.latest(register), indicator, register, Problems()):
                    return self.latest(register), indicator
        return None


def packaged_folder() -> Path:
    """Return the folder of the definitions packaged with dafeng."""
    return Path(str(files("dafeng.registers") / "definitions"))


def read_book(folders: Iterable[Path] = ()) -> Book:
    """Load every definition of the package and of `folders`.

    Parameters
    ----------
    folders
        Folders of definitions (a case's `registers/`); a later one adds or replaces.

    Raises
    ------
    DafengError
        With all problems of all files, each with file, line and path.
    """
    problems = Problems()
    found: dict[tuple[str, str], tuple[Definition, str, str]] = {}
    sources: dict[str, Reference] = {}
    folders = tuple(folders)
    listed = (packaged_folder(), *folders)
    for folder in listed:
        sources |= _sources(folder)
    packaged = _packaged()
    found |= packaged
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            read = read_definition(path, problems)
            if read is not None:
                found[read[0].register_id, read[0].edition] = (*read, path.name)
    known = frozenset(sources)
    editions: dict[str, tuple[Definition, ...]] = {}
    for key, (definition, text, file) in found.items():
        if packaged.get(key) != (definition, text, file):
            _check_one(definition, text, file, known, problems)
        ordered = (*editions.get(key[0], ()), definition)
        editions[key[0]] = tuple(sorted(ordered, key=lambda one: one.valid_from))
    _check_between(editions, found, frozenset(TABLES), problems)
    counties = tuple(one for folder in folders for one in read_counties(folder, problems))
    problems.raise_if_any()
    return Book(dict(sorted(editions.items())), sources, counties)


@cache
def _packaged() -> Mapping[tuple[str, str], tuple[Definition, str, str]]:
    """Return the definitions of the package, loaded and validated once."""
    problems, known = Problems(), frozenset(_sources(packaged_folder()))
    found: dict[tuple[str, str], tuple[Definition, str, str]] = {}
    for path in sorted(packaged_folder().glob("*.yaml")):
        read = read_definition(path, problems)
        if read is not None:
            found[read[0].register_id, read[0].edition] = (*read, path.name)
            _check_one(*read, path.name, known, problems)
    problems.raise_if_any()
    return found


def _check_one(
    definition: Definition, text: str, file: str, known: frozenset[str], problems: Problems
) -> None:
    inner = Problems()
    check_definition(definition, known, str, inner, unit_of_table)
    # the line is looked up for problems only: it costs a pass over the file
    problems.extend(replace(one, where=_place(file, text)(one.where)) for one in inner)


def _check_between(
    editions: Mapping[str, tuple[Definition, ...]], found: Mapping[tuple[str, str], tuple[Definition, str, str]],
    tables: frozenset[str], problems: Problems,
) -> None:  # fmt: skip
    def marked(definition: Definition) -> Callable[[str], str]:
        return lambda path: f"{definition.register_id}@{definition.edition}@{path}"

    inner = Problems()
    for ordered in editions.values():
        for older, newer in pairwise(ordered):
            check_editions(older, newer, marked(newer), inner)
    check_together([ordered[-1] for ordered in editions.values()], tables, marked, inner)
    for one in inner:  # the line is looked up for problems only: it costs a pass over the file
        register, edition, path = one.where.split("@", 2)
        _, text, file = found[register, edition]
        problems.extend([replace(one, where=_place(file, text)(path))])


@cache
def packaged_book() -> Book:
    """Return the definitions of the package alone."""
    return read_book()


def read_definition(path: Path, problems: Problems) -> tuple[Definition, str] | None:
    """Validate one file against the schema.

    It returns None where the file does not fit, with the reasons added to `problems`.
    """
    if not _NAME.fullmatch(path.name):
        problems.add(
            path.name, "the file name", "register.yaml or register@edition.yaml in small letters", "rename it"
        )
        return None
    try:
        if path.stat().st_size > MOST_BYTES:
            problems.add(path.name, f"{path.stat().st_size:,} bytes", f"at most {MOST_BYTES:,}")
            return None
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(path.name, str(error), "a readable file in UTF-8")
        return None
    before = len(problems)
    content = parse_yaml(path.name, text, problems)
    if len(problems) > before:
        return None
    if not isinstance(content, dict):
        problems.add(path.name, type(content).__name__, "a mapping with register, zh, en, fields …")
        return None
    try:
        definition = Definition.model_validate(content)
    except ValidationError as error:
        place = _place(path.name, text)
        for detail in error.errors():
            names = [str(part) for part in detail["loc"]]
            model = next((_PARTS[name] for name in reversed(names[:-1]) if name in _PARTS), Definition)
            problems.extend([field_problem(place(".".join(names)), detail, model.model_fields)])
        return None
    if definition.register_id != path.name.split("@")[0].removesuffix(".yaml"):
        problems.add(
            f"{path.name}:register",
            definition.register_id,
            f"{path.stem.split('@')[0]} as the file is called",
            "rename one of them",
        )
        return None
    return definition, text


def _place(file: str, text: str) -> Callable[[str], str]:
    """Format a path inside the definition as `file:line:path`."""

    def place(path: str) -> str:
        line = yaml_line(text, path.split("."))
        return f"{file}:{line}:{path}" if line else f"{file}:{path}"

    return place


def _sources(folder: Path) -> dict[str, Reference]:
    path = folder / "sources.csv"
    if not path.is_file():
        return {}
    rows = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    return {
        row["id"]: Reference(row["id"], row["citation"], row.get("where") or "", row.get("read") or "")
        for row in rows
    }
