"""Form of a record, generated from the definition of its register: inputs, units, choices, hints, problems by cell."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as kept
from typing import Any

from django.http import QueryDict

from dafeng.evidence import DafengError, Language, Problem
from dafeng.registers import TRUST, Actor, Child, Definition, RegisterField
from dafeng.web.office.records.table import visible
from dafeng.web.office.shell.errors import missing_part
from dafeng.web.office.words import code_name, language, plain, say

SPARE_ROWS = 3
"""Empty rows of a child table."""
INPUTS = {"date": "date", "month": "month", "longtext": "area", "choice": "choice", "multi": "choices", "bool": "choice", "region": "place"}  # fmt: skip
MOST_ROWS = 200


@dataclass(slots=True)
class Input:
    """One input: the text in it, the text that was there, what another person stored meanwhile, and its problems."""

    field: RegisterField
    name: str
    text: str = ""
    was: str = ""
    theirs: str | None = None
    problems: list[str] = kept(default_factory=list)

    @property
    def kind(self) -> str:
        return INPUTS.get(self.field.type, "number" if self.field.unit else "text")

    @property
    def label(self) -> str:
        return plain(self.field.zh, self.field.en)

    @property
    def hint(self) -> str:
        """Return bounds, basis and what only a person can check."""
        one = self.field
        bounds = [say("at_least", value=f"{one.low:g}")] if one.low is not None else []
        bounds += [say("above_value", value=f"{one.above:g}")] if one.above is not None else []
        bounds += [say("at_most", value=f"{one.high:g}")] if one.high is not None else []
        return " · ".join([*bounds, say("trust") + plain(*TRUST[one.trust]), *([one.manual] if one.manual and _is_chinese(one.manual) == (language() is Language.ZH) else [])])  # fmt: skip

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Return value, text and whether it is chosen."""
        chosen = self.text.split(";")
        listed = [("1", say("yes")), ("0", say("no"))] if self.field.type == "bool" else [(code, code_name(zh)) for code, zh in self.field.codes.items()]  # fmt: skip
        return [(value, name, value in chosen) for value, name in listed]

    @property
    def changed(self) -> bool:
        return self.text != self.was


@dataclass(slots=True)
class Rows:
    """Inputs of a child table, row by row."""

    child: Child
    fields: list[RegisterField]
    rows: list[list[Input]]
    was: str = ""

    def values(self) -> list[dict[str, str]]:
        """Return the rows with something in them."""
        found = [{one.field.id: one.text for one in row} for row in self.rows]
        return [row for row in found if any(text.strip() for text in row.values())]

    @property
    def changed(self) -> bool:
        return json.dumps(self.values(), ensure_ascii=False) != self.was


@dataclass(slots=True)
class RecordForm:
    """Inputs of a record and of its child rows."""

    inputs: list[Input]
    tables: list[Rows]
    problems: list[str] = kept(default_factory=list)

    def cells(self) -> dict[str, str]:
        """Return the cells that the person changed."""
        return {one.field.id: one.text for one in self.inputs if one.changed}

    def children(self) -> dict[str, list[dict[str, str]]]:
        """Return the child tables that the person changed."""
        return {one.child.id: one.values() for one in self.tables if one.changed}

    def names_persons(self) -> bool:
        """Return whether the person typed something into a field about persons."""
        rows = [one for table in self.tables if table.changed for row in table.rows for one in row]
        typed = [one for one in self.inputs if one.changed] + rows
        return any(one.field.privacy == "personal" and one.text.strip() for one in typed)

    def fill(self, child: str, key: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """Set what was measured into the row of a key, or into the first empty row; cells without a figure stay."""
        table = next(one for one in self.tables if one.child.id == child)
        texts = [{one.field.id: one for one in row} for row in table.rows]
        fitting = [row for row in texts if all(row[name].text == text for name, text in key.items())]
        empty = [row for row in texts if not any(one.text for one in row.values())]
        for row in (fitting or empty)[:1]:
            for name, value in {**values, **key}.items():
                if name in row and value is not None:
                    row[name].text = as_typed(value)

    def take(self, error: DafengError) -> None:
        """Set each problem beside its cell, the others above the form; that the disk is full is no problem of a cell."""
        if missing_part(error):
            raise error
        by_name = {one.field.id: one for one in self.inputs}
        for problem in error.problems:
            place = str(problem.where).split(":")
            own = by_name.get(place[-1]) if len(place) < 4 else None
            sentence = _without_place(problem) if own else problem.sentence(language().value)
            (own.problems if own else self.problems).append(sentence)

    def beside(self, stored: Mapping[str, Any]) -> None:
        """Set beside each input what was stored meanwhile; what the person did not touch takes it over."""
        for one in self.inputs:
            theirs = as_typed(stored.get(one.field.id))
            if theirs == one.was:
                continue
            if one.changed and one.text != theirs:
                one.theirs = theirs
            elif not one.changed:
                one.text = theirs
            one.was = theirs


def _is_chinese(text: str) -> bool:
    """Return whether a hint, which a definition has in one language, is in Chinese."""
    return sum(0x4E00 <= ord(sign) <= 0x9FFF for sign in text) > sum(
        sign.isascii() and sign.isalpha() for sign in text
    )


def _without_place(problem: Problem) -> str:
    """Return the sentence of a problem without its place, which is the input that it is shown at."""
    sentence, lang = problem.sentence(language().value), language().value
    return sentence.partition(":" if lang == "zh" else ": ")[2] or sentence


def as_typed(value: Any) -> str:
    """Return a stored value as a person types it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def editable(definition: Definition, actor: Actor) -> list[RegisterField]:
    """Return the fields that a person may type: neither computed nor a file nor hidden."""
    return _typed_in(visible(definition, actor))


def _typed_in(fields: Iterable[RegisterField]) -> list[RegisterField]:
    return [one for one in fields if not one.computed and one.type != "file"]


def form_of(definition: Definition, actor: Actor, record: Mapping[str, Any] | None = None) -> RecordForm:
    """Return the form with the values of a record, or an empty one."""
    found = record or {}
    inputs = [Input(one, one.id, text := as_typed(found.get(one.id)), text) for one in editable(definition, actor) if record is None or one.id in found]  # fmt: skip
    children = found.get("children", {})
    return RecordForm(inputs, [_rows(one, actor, definition, children.get(one.id, [])) for one in definition.children])  # fmt: skip


def _rows(child: Child, actor: Actor, definition: Definition, stored: Sequence[Mapping[str, Any]]) -> Rows:
    fields = [one for one in _typed_in(child.fields) if actor.sees(one, definition.register_id)]
    texts = [{one.id: as_typed(row.get(one.id)) for one in fields} for row in stored]
    texts += [{} for _ in range(SPARE_ROWS)]
    rows = [[Input(one, f"{child.id}.{number}.{one.id}", row.get(one.id, "")) for one in fields] for number, row in enumerate(texts)]  # fmt: skip
    found = Rows(child, fields, rows)
    found.was = json.dumps(found.values(), ensure_ascii=False)
    return found


def sent_form(definition: Definition, actor: Actor, given: QueryDict) -> RecordForm:
    """Return the form as a person sent it."""
    inputs = [
        Input(one, one.id, ";".join(given.getlist(one.id)).strip(), given.get(f"was.{one.id}", ""))
        for one in editable(definition, actor) if one.id in given or f"was.{one.id}" in given
    ]  # fmt: skip
    tables = []
    for child in definition.children:
        fields = [one for one in _typed_in(child.fields) if actor.sees(one, definition.register_id)]
        number, rows = 0, []
        while number < MOST_ROWS and any(f"{child.id}.{number}.{one.id}" in given for one in fields):
            names = [(one, f"{child.id}.{number}.{one.id}") for one in fields]
            rows.append([Input(one, name, ";".join(given.getlist(name)).strip()) for one, name in names])
            number += 1
        tables.append(Rows(child, fields, rows, given.get(f"was.{child.id}", "[]")))
    return RecordForm(inputs, tables)
