"""Freezes: what a report rests on, kept as one file with its hash, so that it can be written again unchanged."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dafeng.assessment.records.listing import records_of
from dafeng.assessment.scoring.scheme import Scheme
from dafeng.case import place_names
from dafeng.evidence import DafengError, Text
from dafeng.registers import Actor, Done, Store, act, attach, enter, evidence_file, history, read

REGISTER = "assessment_freezes"
FROZEN_REGISTERS = (
    "assessment_scores",
    "assessment_appeals",
    "issued_targets",
    "early_warnings",
    "task_follow_up",
)
"""Registers that a freeze always holds; others by name."""
VERSION = "1"
_NO_DATA = ("changed_at", "entered_at", "deadline", "edition", "live", "amends")


@dataclass(frozen=True, slots=True)
class Freeze:
    """Freeze of a report: its record, state and hashes, and the content as plain data."""

    id: int
    version: int
    state: str
    period: str
    number: int
    frozen_on: date
    release: str
    registers: str
    scheme: str
    digest: str
    content: Mapping[str, Any]


def freeze(
    store: Store,
    actor: Actor,
    results: Path,
    period: str,
    on: date,
    scheme: Scheme | None = None,
    registers: Iterable[str] = (),
) -> Freeze:
    """Freeze a folder of results together with the records of assessment and the scoring scheme.

    Parameters
    ----------
    store, actor
        Record store, and who freezes; only records and fields that the actor may read are kept.
    results : Path
        Folder with `summary.json` and `run.json`.
    period : str
        Name of the period, as 2025.
    on : date
        Day of the freeze, which every paper written from it carries.
    scheme : Scheme, optional
        Scoring scheme in force.
    registers : iterable of str
        Further registers to keep.

    Raises
    ------
    DafengError
        For a folder without results, a period without a name, an unknown register, a missing right.
    """
    actor.must("review", REGISTER, store.scope)
    if not period.strip():
        raise DafengError.at(
            "period", Text("空", "nothing"), Text("期次名称,如2025", "the name of the period, as 2025")
        )
    summary, run = (_results(results / name) for name in ("summary.json", "run.json"))
    names = dict.fromkeys([*FROZEN_REGISTERS, *registers])
    for name in names:
        if name not in store.book.editions:
            raise DafengError.at("register", name, Text("已定义的登记", "a register that is defined"))
    content = {
        "schema_version": VERSION,
        "period": period,
        "frozen_on": str(on),
        "summary": summary,
        "run": run,
        "scheme": None if scheme is None else json.loads(scheme.model_dump_json()),
        "registers": {name: _records(store, actor, name) for name in names},
    }
    content["places"] = _places(content)
    hashes = {
        "release": str(summary["place"]["release"]),
        "registers": _hash(content["registers"]),
        "scheme": "" if scheme is None else _hash(content["scheme"]),
        "digest": _hash(content),
    }
    number = 1 + max(
        (int(row["number"]) for row in records_of(store, actor, REGISTER) if row["round"] == period),
        default=0,
    )
    cells = {
        "round": period, "number": str(number), "case_name": str(summary["place"]["name"]), "frozen_on": str(on), **hashes,
    }  # fmt: skip
    done = enter(store, actor, REGISTER, cells)
    _attach(store, actor, done, content)
    row = read(store, actor, REGISTER, done.id)
    act(store, actor, REGISTER, done.id, "freeze", version=row["version"])
    return freeze_record(store, actor, done.id)


def unfreeze(store: Store, actor: Actor, freeze_id: int, reason: str, request: str = "") -> Done:
    """Lift a freeze; the content stays, and papers are no longer written from it.

    Raises
    ------
    DafengError
        Without a reason, for a freeze that is not in force, a missing right.
    """
    row = read(store, actor, REGISTER, freeze_id)
    return act(
        store, actor, REGISTER, freeze_id, "unfreeze", version=row["version"], reason=reason, request=request
    )


def freeze_record(store: Store, actor: Actor, freeze_id: int) -> Freeze:
    """Return a freeze with its content, whose hash is computed again.

    Raises
    ------
    DafengError
        Where there is none that the actor may see, or its content was changed.
    """
    row = read(store, actor, REGISTER, freeze_id)
    place = f"{REGISTER}:{freeze_id}"
    if not row["snapshot"]:
        raise DafengError.at(
            place, Text("没有内容", "no content"), Text("冻结的内容", "a freeze that was completed")
        )
    path = evidence_file(store, actor, REGISTER, freeze_id, row["snapshot"])
    content = json.loads(path.read_text(encoding="utf-8"))
    if _hash(content) != row["digest"]:
        raise DafengError.at(
            place,
            Text("内容与指纹不符", "content that differs from its hash"),
            Text("冻结时的内容", "the content as it was frozen"),
            Text("从备份恢复", "restore it from the backup"),
        )
    return Freeze(
        int(row["id"]), int(row["version"]), row["state"], row["round"], int(row["number"]), date.fromisoformat(row["frozen_on"]),
        row["release"], row["registers"], row["scheme"] or "", row["digest"], content,
    )  # fmt: skip


def in_force(store: Store, actor: Actor, freeze_id: int) -> Freeze:
    """Return a freeze from which papers may be written.

    Raises
    ------
    DafengError
        As `freeze_record`; for one that was lifted.
    """
    found = freeze_record(store, actor, freeze_id)
    if found.state != "frozen":
        raise DafengError.at(
            f"{REGISTER}:{freeze_id}",
            found.state,
            Text("冻结中的报告", "a freeze in force"),
            Text("重新冻结", "freeze again"),
        )
    return found


def _results(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DafengError.at(
            str(path),
            str(error),
            Text("dafeng run 的结果文件夹", "a folder of results of dafeng run"),
            "dafeng run CASE --out DIR",
        ) from error
    return content


def _places(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the counties of the frozen warnings: of the results first, else the packaged ones."""
    lights = (content["summary"].get("assessment") or {}).get("lights") or []
    names = {code: name.zh for code, name in place_names().items()}
    names |= {str(one["county"]): str(one["name_zh"]) for one in lights}
    codes = {str(row["county"]) for row in content["registers"]["early_warnings"]}
    return {code: names[code] for code in sorted(codes & set(names))}


def _records(store: Store, actor: Actor, register: str) -> list[dict[str, Any]]:
    """Return the records of a register with child rows and last revision, without personal and commercial fields."""
    definition = store.book.latest(register)
    hidden = {field.id for field in definition.fields if field.privacy != "none"}
    hidden |= {field.id for child in definition.children for field in child.fields if field.privacy != "none"}
    found = []
    for row in sorted(records_of(store, actor, register), key=lambda one: int(one["id"])):
        whole = (
            read(store, actor, register, int(row["id"])) if definition.children else row | {"children": {}}
        )
        kept = {name: value for name, value in row.items() if name not in hidden and name not in _NO_DATA}
        kept["children"] = {
            child: [{name: value for name, value in line.items() if name not in hidden} for line in lines]
            for child, lines in whole["children"].items()
        }
        last = history(store, actor, register, int(row["id"]))[-1]
        kept["revision"] = {name: last[name] for name in ("id", "at", "actor", "act", "reason", "hash")}
        found.append(kept)
    return found


def _attach(store: Store, actor: Actor, done: Done, content: Mapping[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "freeze.json"
        path.write_text(_text(content), encoding="utf-8")
        attach(store, actor, REGISTER, done.id, "snapshot", path, version=done.version)


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, default=str)


def _hash(content: object) -> str:
    return hashlib.sha256(_text(content).encode()).hexdigest()
