"""Conversion of other platforms' messages: mappings are YAML files, the code has no platform's field names.

A mapping walks from the root of a JSON or XML message through the names in `rows` to the readings; lists on
the way are walked through. A field is looked up in the reading first, then in what encloses it, nearest
first, so that a building's code may be given once above its readings; a value stands in the reading alone.
Nothing is judged here: a cell that does not fit is passed on as it is and refused by the ingest with its row.
What the mapping does not name, and where its way ends without a reading, is named as not read.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from xml.parsers import expat

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dafeng.evidence import DafengError, Problem, Problems, read_yaml
from dafeng.metering.intake.column_names import COLUMNS, REQUIRED
from dafeng.metering.intake.json_objects import parse_json
from dafeng.metering.intake.rows import Decoded, numbered
from dafeng.metering.intake.size_limits import MAX_ROWS, inflated

MAX_DEPTH = 64
"""Deepest nesting of an XML message."""

MAX_MESSAGE = 64 << 20
"""Largest message, unpacked, in bytes."""

MAX_ENTRIES = 1000
"""Most files in one package."""

Level = tuple[Mapping[str, Any], ...]


class FieldRule(BaseModel):
    """Rule for one column: the cells named in `from`, joined, then translated by `codes` or read by
    `time`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    names: Annotated[tuple[str, ...], Field(alias="from", min_length=1)]
    join: str = ""
    time: str | None = None
    codes: dict[str, str] = {}


class AdapterMapping(BaseModel):
    """Mapping file. `confirmed` states that its names were compared with the document named in `source`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    format: Literal["json", "xml", "zip"]
    confirmed: bool
    source: Annotated[str, Field(min_length=1)]
    rows: Annotated[tuple[str, ...], Field(min_length=1)]
    fields: dict[Literal["point", "start", "value", "period", "unit", "origin", "version"], FieldRule]
    points: dict[str, str] = {}
    files: str = "*"


@dataclass(frozen=True, slots=True)
class Adapter:
    """Mapping and its name."""

    name: str
    mapping: AdapterMapping

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "confirmed": self.mapping.confirmed, "source": self.mapping.source}


def adapter_names() -> list[str]:
    """Return the names of the packaged mappings."""
    folder = files("dafeng.metering") / "adapters"
    return sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def endings(adapter: Adapter) -> frozenset[str]:
    """Return the file name endings of this mapping."""
    return frozenset({f".{adapter.mapping.format}"})


def load_adapter(name: str) -> Adapter:
    """Load a mapping of the package by name, or from a YAML file.

    Parameters
    ----------
    name
        Name of a packaged mapping, or path of a YAML file.

    Raises
    ------
    DafengError
        With every problem of the mapping.
    """
    if name in adapter_names():
        path = Path(str(files("dafeng.metering") / "adapters" / f"{name}.yaml"))
    else:
        path = Path(name)
        if not path.is_file():
            known = ", ".join(adapter_names())
            raise DafengError.at("--adapter", name, f"a mapping file, or one of {known}")
    try:
        mapping = AdapterMapping.model_validate(read_yaml(path, ", ".join(AdapterMapping.model_fields)))
    except ValidationError as error:
        raise DafengError(
            Problem(f"{name}:{'.'.join(map(str, one['loc']))}", str(one["input"])[:100], one["msg"])
            for one in error.errors()
        ) from error
    problems = Problems()
    for column in REQUIRED:
        if column not in mapping.fields:
            problems.add(f"{name}:fields", "nothing", f"a field for {column}")
    problems.raise_if_any()
    return Adapter(Path(name).stem, mapping)


def decode_adapted(body: bytes, adapter: Adapter, name: str) -> Decoded:
    """Decode the readings of a message.

    Raises: DafengError where it is not of the mapping's form or has no reading.
    """
    mapping = adapter.mapping
    rules: dict[str, FieldRule] = {str(column): rule for column, rule in mapping.fields.items()}
    cells: dict[str, list[str]] = {column: [] for column in COLUMNS if column in rules}
    named = {part for rule in rules.values() for part in rule.names}
    passed: Counter[str] = Counter()
    others: dict[str, None] = {}
    for count, level in enumerate(_levels(body, mapping, name, passed)):
        if count >= MAX_ROWS:
            raise DafengError.at(
                name, f"more than {MAX_ROWS} rows", f"at most {MAX_ROWS}", "send less at once"
            )
        for column, column_cells in cells.items():
            column_cells.append(_cell(level[:1] if column == "value" else level, rules[column]))
        others |= dict.fromkeys(
            key for key, cell in level[0].items() if key not in named and cell is not None
        )
    if not cells["point"]:
        raise DafengError.at(
            name, "no reading", f"readings at {' > '.join(mapping.rows)}", f"see the mapping {adapter.name}"
        )
    cells["point"] = [mapping.points.get(point, point) for point in cells["point"]]
    table = pa.table({column: pa.array(texts, pa.string()) for column, texts in cells.items()})
    not_read = [key[:80] for key in others] + [f"{what[:80]} ({count})" for what, count in passed.items()]
    return Decoded(numbered(iter([table]), name, 1), not_read=not_read)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of `pairs`. Raises: ValueError where a key is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)} twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=str, object_pairs_hook=_once)


def _levels(body: bytes, mapping: AdapterMapping, name: str, passed: Counter[str]) -> Iterator[Level]:
    if len(body) > MAX_MESSAGE:
        raise DafengError.at(name, f"{len(body)} bytes", f"at most {MAX_MESSAGE}", "send less at once")
    if mapping.format == "json":
        try:
            root = parse_json(body.decode("utf-8-sig"), name, _DECODER)
        except UnicodeDecodeError as error:
            raise DafengError.at(name, f"byte {error.start} is not UTF-8", "UTF-8 text") from error
        return _walk(root, mapping.rows, (), passed)
    if mapping.format == "xml":
        return _walk(_parse_xml(body, name), mapping.rows, (), passed)
    return _walk_package(body, mapping, name, passed)


def _walk_package(body: bytes, mapping: AdapterMapping, name: str, passed: Counter[str]) -> Iterator[Level]:
    """The XML files of a package whose names fit; names are matched only, no file is written anywhere."""
    left = MAX_MESSAGE
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise DafengError.at(name, str(error)[:200], "a zip package") from error
    if len(entries) > MAX_ENTRIES:
        raise DafengError.at(name, f"{len(entries)} files", f"at most {MAX_ENTRIES}")
    for entry in entries:
        if fnmatchcase(entry.filename.rsplit("/", 1)[-1], mapping.files):
            try:
                content = inflated(body, entry, left, name)
            except zipfile.BadZipFile as error:
                raise DafengError.at(name, str(error)[:200], "a zip package") from error
            left -= len(content)
            yield from _walk(_parse_xml(content, f"{name}:{entry.filename[:100]}"), mapping.rows, (), passed)


def _walk(node: Any, path: tuple[str, ...], above: Level, passed: Counter[str]) -> Iterator[Level]:
    if isinstance(node, list):
        for part in node:
            yield from _walk(part, path, above, passed)
    elif not isinstance(node, dict):
        passed["not an object"] += node not in ("", None)
    elif not path:
        yield (node, *above)
    elif path[0] in node:
        yield from _walk(node[path[0]], path[1:], (node, *above), passed)
    else:
        passed[f"without {path[0]}"] += 1


def _parse_xml(body: bytes, name: str) -> dict[str, Any]:
    """An XML message as nested dictionaries: attributes and children by local name, repeated children as
    lists.

    Document type declarations are refused: with them go entities that unfold or fetch.
    """
    root: dict[str, Any] = {}
    stack: list[tuple[str, dict[str, Any], list[str]]] = [("", root, [])]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise DafengError.at(name, f"elements nested deeper than {MAX_DEPTH}", "a flatter message")
        own = {_local(key): value for key, value in attributes.items()}
        if len(own) < len(attributes):
            raise DafengError.at(name, f"{tag}: attributes of one name", "each attribute once")
        stack.append((_local(tag), own, []))

    def end(_: str) -> None:
        tag, node, texts = stack.pop()
        text = "".join(texts).strip()
        content: Any = node if node else text
        if node and text:
            node.setdefault("#text", text)
        parent = stack[-1][1]
        held = parent.get(tag)
        if isinstance(held, list):
            held.append(content)
        else:
            parent[tag] = content if held is None else [held, content]

    def doctype(*_: Any) -> None:
        raise DafengError.at(name, "a document type declaration", "XML without one")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: stack[-1][2].append(text)
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise DafengError.at(name, str(error)[:200], "XML") from error
    return next(part for part in root.values())  # expat accepts one root element only


def _local(tag: str) -> str:
    return tag.rsplit(":", 1)[-1]


def _cell(level: Level, rule: FieldRule) -> str:
    text = rule.join.join(_found(level, part) for part in rule.names)
    if rule.time is not None:
        try:
            return datetime.strptime(text, rule.time).isoformat()  # noqa: DTZ007 - Beijing time unless %z is given
        except ValueError:
            return text
    return rule.codes.get(text, text)


def _found(level: Level, name: str) -> str:
    for node in level:
        value = node.get(name)
        if value is not None and not isinstance(value, dict | list):
            return str(value)
    return ""
