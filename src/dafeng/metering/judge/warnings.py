"""Warnings that stay open until a person releases them: issued from verdicts, acknowledged, released,
with a trail.
"""

import json
from collections.abc import Iterable
from typing import Any

from dafeng.evidence import DafengError, utc_now
from dafeng.metering.judge.budgets import decided_by
from dafeng.metering.judge.rule_rows import packaged_rules
from dafeng.metering.store.sql import first_row
from dafeng.metering.store.store import Store
from dafeng.rules import Verdict

WARNING_LEVELS = frozenset({"yellow", "orange", "red"})
ACTIONS = ("acknowledge", "release")

_STATE = """
  SELECT v.*, (SELECT arg_max(action, happened) FROM warning_event e WHERE e.warning = v.id) AS state
  FROM verdict v WHERE EXISTS (SELECT 1 FROM warning_event e WHERE e.warning = v.id)"""


def record(store: Store, verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """Record every verdict, and issue a warning for each yellow, orange or red one that is not open already.

    A subject whose warning is open at the same level under the same rule gets no second one; another level
    is a new warning. A grey or green verdict never closes a warning: a person does.
    """
    kept = []
    with store.transaction() as connection:
        opened = {
            tuple(row)
            for row in connection.execute(
                f"SELECT subject, kind, rule, level, inputs->>'budget' FROM ({_STATE}) WHERE state <> 'release'"
            ).fetchall()
        }
        number = int(first_row(connection, "SELECT coalesce(max(id), 0) FROM verdict")[0])
        registry = first_row(connection, "SELECT max(version) FROM registry")[0]
        batch = first_row(connection, "SELECT coalesce(max(id), 0) FROM batch")[0]
        for verdict in verdicts:
            number += 1
            now = utc_now()
            connection.execute(
                "INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    number, verdict.subject, verdict.kind, verdict.level, verdict.rule, verdict.rule_digest,
                    json.dumps(dict(verdict.inputs), ensure_ascii=False, default=str), verdict.source,
                    verdict.confirmed, now, registry, batch,
                ],
            )  # fmt: skip
            key = (verdict.subject, verdict.kind, verdict.rule, verdict.level, verdict.inputs.get("budget"))
            issued = verdict.level in WARNING_LEVELS and key not in opened
            if issued:
                connection.execute("INSERT INTO warning_event VALUES (?, ?, 'issue', '', '')", [number, now])
                opened.add(key)
            kept.append(verdict.as_dict() | {"id": number, "issued": issued})
    return kept


def act(store: Store, warning: int, action: str, *, person: str, note: str) -> dict[str, Any]:
    """Acknowledge or release a warning.

    Parameters
    ----------
    store
        Open store of readings.
    warning
        Number of the warning.
    action
        Acknowledge or release.
    person
        Who acts.
    note
        Reason in words.

    Returns
    -------
    Warning as it is afterwards.

    Raises
    ------
    DafengError
        For an unknown or released warning, or without a person.
    """
    if action not in ACTIONS or not person.strip():
        raise DafengError.at(
            "warning", f"{action!r} by {person!r}", f"{' or '.join(ACTIONS)}, and who does it"
        )
    with store.transaction() as connection:
        rows = connection.execute(f"SELECT state FROM ({_STATE}) WHERE id = ?", [warning]).fetchall()
        if not rows or rows[0][0] == "release":
            raise DafengError.at(
                "warning", str(warning), "the number of an open warning", "dafeng metering warn lists them"
            )
        connection.execute(
            "INSERT INTO warning_event VALUES (?, ?, ?, ?, ?)", [warning, utc_now(), action, person, note]
        )
    return {"warning": warning, "action": action, "trail": trail(store, warning)}


def trail(store: Store, warning: int) -> list[dict[str, Any]]:
    """Return the events of a warning, first to last."""
    return store.rows(
        "SELECT action, person, note, CAST(happened AS VARCHAR) || 'Z' AS happened FROM warning_event "
        "WHERE warning = ? ORDER BY happened",
        [warning],
    )


def open_warnings(store: Store) -> list[dict[str, Any]]:
    """Return the warnings that nobody has released, worst first, each with the statistic that decided, its value
    and bounds, and the consequence.

    Parameters
    ----------
    store
        Open store of readings.

    Returns
    -------
    Warnings with rule, subject and level.
    """
    rows = store.rows(
        "SELECT id, subject, kind, level, rule, rule_digest, confirmed, source, inputs, state, "
        f"CAST(made AS VARCHAR) || 'Z' AS made FROM ({_STATE}) WHERE state <> 'release' "
        "ORDER BY CASE level WHEN 'red' THEN 0 WHEN 'orange' THEN 1 ELSE 2 END, id"
    )
    rules = [*packaged_rules(), *store.registry().tables["rules"]] if rows else []
    return [row | _DECIDED | decided_by(rules, row, json.loads(row["inputs"])) for row in rows]


_DECIDED = {
    "statistic": None, "value": None, "lower": None, "upper": None, "unit": None, "consequence_zh": "", "consequence_en": "",
}  # fmt: skip
