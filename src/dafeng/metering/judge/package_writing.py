"""Messages for another platform: readings written by the mapping file by which its messages are read."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from dafeng.evidence import DafengError
from dafeng.metering.intake.adapters_yaml import Adapter, AdapterMapping, FieldRule


def write_package(path: Path, adapter: Adapter, rows: Iterable[Mapping[str, str]]) -> None:
    """Write readings as a message of the mapping: JSON, XML, or a zip package of one XML file.

    Parameters
    ----------
    path
        File to write.
    adapter
        Mapping of the platform; its `points` and `codes` are used in the other direction.
    rows
        Readings as texts by column.

    Raises
    ------
    DafengError
        Where a code or a part of an id cannot be written by the mapping.
    """
    mapping = adapter.mapping
    records = [_record(row, mapping, adapter.name) for row in rows]
    path.write_bytes(_message(records, mapping))


def _record(row: Mapping[str, str], mapping: AdapterMapping, name: str) -> dict[str, str]:
    theirs = {ours: code for code, ours in mapping.points.items()}
    record: dict[str, str] = {}
    for column, rule in mapping.fields.items():
        if column in row:
            text = theirs.get(row[column], row[column]) if column == "point" else row[column]
            record |= _cells(text, rule, f"{name}:{column}")
    return record


def _cells(text: str, rule: FieldRule, where: str) -> dict[str, str]:
    if rule.time is not None:
        text = datetime.fromisoformat(text).strftime(rule.time)
    elif rule.codes:
        codes = {ours: code for code, ours in rule.codes.items()}
        if text not in codes:
            raise DafengError.at(where, text, "a code of the mapping", "add the code to the mapping")
        text = codes[text]
    parts = text.split(rule.join, len(rule.names) - 1) if rule.join else [text]
    if len(parts) != len(rule.names):
        raise DafengError.at(
            where, text, f"{len(rule.names)} parts", "name the platform's id under points in the mapping"
        )
    return dict(zip(rule.names, parts, strict=True))


def _message(records: list[dict[str, str]], mapping: AdapterMapping) -> bytes:
    if mapping.format == "json":
        content: Any = records
        for name in reversed(mapping.rows):
            content = [{name: content}]
        return json.dumps(content[0], ensure_ascii=False, indent=1).encode()
    text = _xml(records, mapping)
    if mapping.format == "xml":
        return text
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(mapping.files.replace("*", "") or "readings.xml", text)
    return stream.getvalue()


def _xml(records: list[dict[str, str]], mapping: AdapterMapping) -> bytes:
    parent = root = ElementTree.Element("Package")
    for name in mapping.rows[:-1]:
        parent = ElementTree.SubElement(parent, name)
    for record in records:
        element = ElementTree.SubElement(parent, mapping.rows[-1])
        for name, text in record.items():
            ElementTree.SubElement(element, name).text = text
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
