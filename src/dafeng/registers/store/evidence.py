"""Evidence store: files kept once by their hash in a folder, linked to the records that they prove."""

import hashlib
import os
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dafeng.evidence import DafengError, Text, write_atomically
from dafeng.registers.definition.model import Kind
from dafeng.registers.store.connecting import Store, now
from dafeng.registers.store.rights import Actor
from dafeng.registers.store.rows import load_row, prepared, update_row
from dafeng.registers.store.showing import read
from dafeng.registers.store.writing import check_writable, remember, repeated

MOST_BYTES = 100 * 2**20
_KINDS = {
    b"%PDF": "pdf", b"PK\x03\x04": "office or zip", b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"\xd0\xcf\x11\xe0": "office 97",
}  # fmt: skip


def attach(
    store: Store,
    actor: Actor,
    register: str,
    record_id: int,
    field: str,
    path: Path,
    *,
    version: int,
    reason: str = "",
    request: str = "",
) -> str:
    """Attach a file to a file field of a record; return its SHA-256.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who acts.
    register
        Id of the register.
    record_id
        Number of the record.
    field
        File field.
    path
        File to attach.
    version
        Version that the actor has read.
    reason
        Reason in words.
    request
        Id of the request; the same id again attaches nothing more.

    Returns
    -------
    SHA-256 of the content.

    Raises
    ------
    DafengError
        For a field that takes no files, a file that is too large or cannot be read, a full folder, a request id
        of another act or another file.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DafengError.at(
                path.name,
                f"{path.stat().st_size:,} bytes",
                f"at most {MOST_BYTES:,}",
                "make it smaller, or split it",
            )
        content = path.read_bytes()
    except OSError as error:
        raise DafengError.at(str(path), error.strerror or str(error), "a readable file") from error
    digest = hashlib.sha256(content).hexdigest()
    table = store.schema.shared.evidence
    with store.writing() as connection:
        act = f"attach {register} {record_id} {field} {digest}"
        if repeated(connection, store, request, actor, act) is not None:
            return digest
        row = load_row(connection, store, register, record_id, version)
        ready = prepared(store, register, row["edition"])
        known = {one.id for one in ready.definition.fields if one.type is Kind.FILE}
        if field not in known:
            raise DafengError.at(
                register, f"the field {field}", f"a field for files: {', '.join(sorted(known)) or 'none'}"
            )
        check_writable(connection, store, actor, ready.definition, [row])
        _keep(store, digest, content)
        update_row(connection, store, actor, ready, row, {field: digest}, "attach", request, reason)
        kind = next((name for sign, name in _KINDS.items() if content.startswith(sign)), "other")
        connection.execute(table.insert().values(
            register=register, record_id=record_id, field=field, hash=digest, name=path.name, kind=kind, size=len(content), at=now(), actor=actor.id,
        ))  # fmt: skip
        remember(connection, store, request, actor, act, {"sha256": digest})
    return digest


def _keep(store: Store, digest: str, content: bytes) -> None:
    """Write the file atomically where it is not there yet."""
    if store.folder is None:
        raise DafengError.at(
            "evidence", "a store without a folder", "a folder for evidence", "open the store with one"
        )
    target = _place(store.folder, digest)
    if target.exists():
        return
    try:
        with write_atomically(target) as temporary:
            temporary.write_bytes(content)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
    except (OSError, DafengError) as error:
        reason = error.problems[0].found if isinstance(error, DafengError) else error.strerror or str(error)
        raise DafengError.at(
            str(store.folder),
            reason,
            "room for the file",
            Text(
                "释放磁盘空间或改正目录;没有附上任何文件",
                "free the disk, or mend the folder; nothing was attached",
            ),
        ) from error


def _place(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def evidence_of(store: Store, actor: Actor, register: str, record_id: int) -> list[dict[str, Any]]:
    """List the files attached to a record that `actor` may see, newest last.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    record_id
        Number of the record.

    Returns
    -------
    Files with name, size, SHA-256, actor and time.

    Raises
    ------
    DafengError
        As `read`.
    """
    seen = read(store, actor, register, record_id)
    table = store.schema.shared.evidence
    with store.reading() as connection:
        rows = connection.execute(
            select(table)
            .where(table.c.register == register, table.c.record_id == record_id)
            .order_by(table.c.id)
        )
        return [dict(row) for row in rows.mappings() if row["field"] in seen]


def evidence_file(store: Store, actor: Actor, register: str, record_id: int, digest: str) -> Path:
    """Return the path of a file attached to a record.

    Parameters
    ----------
    store
        Open record store.
    actor
        Who asks.
    register
        Id of the register.
    record_id
        Number of the record.
    digest
        SHA-256 of the content.

    Returns
    -------
    Path of the file in the folder of evidence.

    Raises
    ------
    DafengError
        Where it is not attached to a record that the actor may see, or its content has changed.
    """
    if (
        digest not in {row["hash"] for row in evidence_of(store, actor, register, record_id)}
        or store.folder is None
    ):
        raise DafengError.at(register, f"the file {digest[:12]}", "a file attached to the record")
    path = _place(store.folder, digest)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise DafengError.at(
            str(path),
            "a file that is missing or was changed",
            "the file as it was attached",
            "restore it from the backup",
        )
    return path
