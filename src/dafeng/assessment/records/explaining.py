"""Provenance of a printed figure that comes from a record: record, revision, evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dafeng.evidence import DafengError, Text
from dafeng.registers import Actor, Store, evidence_of, history, read


@dataclass(frozen=True, slots=True)
class RecordFigure:
    """Figure of a record: value, the record, the revision that last changed it, all acts, files attached."""

    reference: str
    value: Any
    record: Mapping[str, Any]
    revision: Mapping[str, Any]
    acts: tuple[str, ...]
    evidence: tuple[str, ...]


def explain_record(store: Store, actor: Actor, reference: str) -> RecordFigure:
    """Return the provenance of a reference to a record.

    Parameters
    ----------
    store, actor
        Record store, and who asks.
    reference : str
        register/record/field, or register/record/child table/key of the row/field, as papers print it.

    Raises
    ------
    DafengError
        For another form, a register, record or field that is not there or may not be seen.
    """
    steps = reference.strip("/").split("/")
    head_steps, row_steps = 3, 5
    if (
        len(steps) not in (head_steps, row_steps)
        or not steps[1].isdigit()
        or steps[0] not in store.book.editions
    ):
        raise DafengError.at(
            "reference",
            reference,
            Text(
                "登记/记录号/字段,如 assessment_scores/12/total",
                "register/record/field, as assessment_scores/12/total",
            ),
            Text("从报告的索引抄录", "copy it from the index of the paper"),
        )
    register, number = steps[0], int(steps[1])
    record = read(store, actor, register, number)
    within = record if len(steps) == head_steps else _child_row(store, record, steps, reference)
    if steps[-1] not in within:
        names = ", ".join(name for name in within if name not in ("children", "findings", "acts"))
        raise DafengError.at(reference, steps[-1], Text(f"{names}之一", f"one of {names}"))
    revisions = history(store, actor, register, number)
    touched = [one for one in revisions if len(steps) == head_steps and steps[-1] in (one["after"] or {})]
    last = (touched or revisions[:1])[-1]
    return RecordFigure(
        reference, within[steps[-1]], record, {name: last[name] for name in ("id", "at", "actor", "act", "reason", "hash")},
        tuple(f"{one['id']} {one['at'][:19]} {one['actor']} {one['act']}" for one in revisions),
        tuple(f"{one['name']} sha256 {one['hash']}" for one in evidence_of(store, actor, register, number)),
    )  # fmt: skip


def _child_row(
    store: Store, record: Mapping[str, Any], steps: list[str], reference: str
) -> Mapping[str, Any]:
    rows = record["children"].get(steps[2])
    if rows is None:
        names = ", ".join(record["children"])
        raise DafengError.at(
            reference, steps[2], Text(f"子表{names}之一", f"one of the child tables {names}")
        )
    key = store.book.edition(steps[0], record["edition"]).child(steps[2]).key
    for row in rows:
        if "|".join(str(row[name]) for name in key) == steps[3]:
            found: Mapping[str, Any] = row
            return found
    names = ", ".join("|".join(str(row[name]) for name in key) for row in rows)
    raise DafengError.at(reference, steps[3], Text(f"{names}之一", f"one of {names}"))
