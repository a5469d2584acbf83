"""Plausibility of records: a yearly figure beside those of the same key in other years.

The rules are those of a case (`dafeng.case.series_doubts` on the table of indicators). Nothing is refused: a record
keeps what is unusual as a finding, with its neighbours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from dafeng.case import series_doubts
from dafeng.evidence import Finding, Text
from dafeng.factors import indicators
from dafeng.registers.definition.model import Definition, Kind, RegisterField
from dafeng.registers.definition.preparing import Entry, Fault, key_of
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.personal import pseudonym
from dafeng.registers.store.rows import LIVE

UNUSUAL = "unusual."
"""Beginning of the rules of these findings; the field follows."""
NEAR_YEARS = 2
"""How many years before and after a record are compared: a year may be missing."""
_CHUNK = 500

Series = dict[int, tuple[str, float]]


def unusual(
    connection: Connection, store: Store, definition: Definition, entries: Sequence[Entry]
) -> list[list[Fault]]:
    """Return what is unusual in each of `entries` beside stored records and the other entries.

    Parameters
    ----------
    connection
        Open connection to the store.
    store
        Store of the records.
    definition
        Edition of the register that reads them.
    entries
        Sound records, entered or about to be.

    Returns
    -------
    Faults that refuse nothing, one list for each entry; none for a register without a year in its key or without a
    field that names an indicator.
    """
    fields = [field for field in definition.fields if field.indicator]
    year = next((name for name in definition.key if definition.field(name).type is Kind.YEAR), "")
    if not fields or not year:
        return [[] for _ in entries]
    around = [_around(definition, year, entry) for entry in entries]
    held: dict[str, Mapping[str, Any]] = {
        keys[0]: entry.values for keys, entry in zip(around, entries, strict=True)
    }
    sent = frozenset(held)
    held |= _stored(connection, store, definition, fields, {key for keys in around for key in keys.values()} - sent)  # fmt: skip
    return [
        [fault for field in fields for fault in _faults(definition, year, field, entry, keys, held, sent)]
        for keys, entry in zip(around, entries, strict=True)
    ]


def _around(definition: Definition, year: str, entry: Entry) -> dict[int, str]:
    """Distance in years → key of the record of that year."""
    here = int(entry.values[year])
    return {
        step: key_of(definition, entry.values | {year: here + step}, pseudonym)
        for step in range(-NEAR_YEARS, NEAR_YEARS + 1)
    }


def _stored(
    connection: Connection, store: Store, definition: Definition, fields: Sequence[RegisterField], keys: set[str]
) -> dict[str, Mapping[str, Any]]:  # fmt: skip
    table = store.schema.records[definition.register_id]
    found: dict[str, Mapping[str, Any]] = {}
    if connection.execute(select(table.c.id).limit(1)).first() is None:
        return found
    listed = sorted(keys)
    for start in range(0, len(listed), _CHUNK):
        query = select(table.c.key, *(table.c[field.id] for field in fields)).where(
            table.c.scope == store.scope,
            table.c.live == LIVE,
            table.c.key.in_(listed[start : start + _CHUNK]),
        )
        found |= {row["key"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _faults(
    definition: Definition, year: str, field: RegisterField, entry: Entry, keys: Mapping[int, str], held: Mapping[str, Mapping[str, Any]], sent: frozenset[str],
) -> list[Fault]:  # fmt: skip
    own = entry.values.get(field.id)
    if own is None:
        return []
    here = int(entry.values[year])
    about = " ".join(str(entry.values.get(name)) for name in definition.key if name != year)
    series: Series = {}
    for step, key in keys.items():
        value = held[key].get(field.id) if key in held else None
        if value is not None:
            series[here + step] = (f"{here + step}", float(value))
    # a stored figure of a later year may be what no longer fits; one that is sent too has its own finding
    others = {at: cell for at, cell in series.items() if at != here}
    told = {one.where for one in _doubts(field, about, others)}
    told |= {f"{here + step}" for step, key in keys.items() if step and key in sent}
    return [
        Fault(
            f"{UNUSUAL}{field.id}", field.id, f"{field.id} = {own}", Text(one.zh, one.en), False,
            inputs={field.id: own}, source="factors/indicators.csv", confirmed=False,
        )
        for one in _doubts(field, about, series) if one.where not in told
    ]  # fmt: skip


def _doubts(field: RegisterField, about: str, series: Series) -> tuple[Finding, ...]:
    return series_doubts(indicators()[field.indicator], about, field.unit or "1", series)
