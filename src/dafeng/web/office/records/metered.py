"""Rows of a record filled in from the meters of a unit, and what was entered beside what was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from dafeng.evidence import DafengError
from dafeng.metering import ask_owner, compare_entered
from dafeng.registers import Actor, Definition
from dafeng.web.office.records.forms import RecordForm
from dafeng.web.office.results.metered_units import ledger_owner, readable_units
from dafeng.web.office.words import both, plain

PREFILLED = {"key_energy_users": "year", "public_institutions": "month"}
"""Register with rows from meters → period of a row."""


def metered_units(actor: Actor, register: str) -> list[dict[str, Any]]:
    """Return the units with readings that the person may see; none where the ledger does not run or the register has no such rows."""
    owner = ledger_owner() if register in PREFILLED else None
    return list(readable_units(actor, owner)["units"]) if owner is not None else []


def fill_from_meters(
    request: HttpRequest, definition: Definition, record: Mapping[str, Any], form: RecordForm, units: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:  # fmt: skip
    """Fill the row of the period that was asked for; return it with what was entered before, None where nothing was asked.

    `units` are those of `metered_units`: of others nothing is filled in.

    Raises
    ------
    DafengError
        Where the unit is another one than that of the record, or the ledger refuses.
    """
    unit, period = request.GET.get("unit", "")[:60], request.GET.get("period", "").strip()[:10]
    owner = ledger_owner() if period and unit in {one["unit"] for one in units} else None
    if owner is None:
        return None
    answer = ask_owner(owner, "prefill", {"register": definition.register_id, "unit": unit, "period": period})
    key = next(name for name in answer["record"] if name in definition.key)
    own = str(answer["record"][key] or "")  # a unit without a code is no other unit
    if own and own != str(record.get(key)):
        raise DafengError.at(both("problem.unit"), unit, both("problem.the_unit_of_this_record", code=record.get(key)))  # fmt: skip
    form.fill(answer["child"], {PREFILLED[definition.register_id]: period}, answer["record"])
    child = definition.child(answer["child"])
    stored: Mapping[str, Any] = next((row for row in record["children"].get(child.id, []) if str(row.get(PREFILLED[definition.register_id])) == period), {})  # fmt: skip
    names = {one.id: plain(one.zh, one.en) for one in child.fields}
    cells = [(names.get(one["field"], one["field"]), one) for one in compare_entered(answer["coverage"], stored)]  # fmt: skip
    return {"unit": unit, "period": period, "cells": cells}
