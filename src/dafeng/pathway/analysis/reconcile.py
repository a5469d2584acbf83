"""Reconciliation of the levels that a run shows for one account and year: inventory, start of the model, median,
mean.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dafeng.inventory import Inventory
from dafeng.pathway.engine.ensemble import observed_samples
from dafeng.pathway.engine.evaluate import ACCOUNTS, HEADLINE_ONLY, IMPORT, ROWS, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.results.emissions import Observed, Track
from dafeng.pathway.results.parts import T_PER_MT
from dafeng.pathway.results.reconciliation import Reconciliation, Step

SHOWN = 1e-6
"""A change smaller than this share of its level is none: the last bits of a sum."""

Array = NDArray[np.float64]
Named = Sequence[tuple[str, float]]


def reconcile(
    model: Model, inventory: Inventory, observed: Sequence[Observed], tracks: Sequence[Track]
) -> list[Reconciliation]:
    """Return the steps of each account in the base year, and in the last year before it that the inventory
    has.

    Parameters
    ----------
    observed, tracks
        The sections that faces show, Mt CO2; of `tracks` the first of each account (in the base year all
        scenarios agree).
    """
    found = []
    for account in ACCOUNTS:
        track = next(track for track in tracks if track.account == account)
        found.append(_base_year(model, inventory, account, track))
        past = next((series for series in observed if series.account == account and series.years), None)
        if past is not None:
            found.append(_past_year(model, inventory, account, past))
    return sorted(found, key=lambda row: (row.account, -row.year))


def reconcile_level(
    model: Model, draws: Array, track: Track, year: int, central_t: float
) -> list[Reconciliation]:
    """Return the steps of a year to come: central case, median and mean of the samples, with the whole plan.

    Parameters
    ----------
    draws
        Deviates of the ensemble [sample, driver].
    track
        Trajectory of the scenario with all measures delivered in full, Mt CO2.
    year
        Year to come; no steps where the model does not reach it.
    central_t
        The account in `year` with every input at its central value [t CO2].
    """
    if year not in track.years:
        return []
    at = track.years.index(year)
    found = evaluate(model, model.delivery(1.0), draws, [year], HEADLINE_ONLY)
    unaltered = float(np.median(found.accounts[track.account])) / T_PER_MT
    central, median, mean = central_t / T_PER_MT, track.median[at], track.mean[at]
    steps = [
        _level("central", central), *_changes([("sampling", unaltered - central), ("model_error", median - unaltered)], median),
        _level("median", median), *_changes([("skew", mean - median)], mean), _level("mean", mean),
    ]  # fmt: skip
    return [Reconciliation(account=track.account, year=year, scenario=track.scenario, steps=steps)]


def _base_year(model: Model, inventory: Inventory, account: str, track: Track) -> Reconciliation:
    year = model.base.year
    central = evaluate(model, model.delivery(0.0), np.zeros((1, len(model.drivers))), [year])
    start = float(central.accounts[account][0, 0]) / T_PER_MT
    rows = dict(zip(ROWS, np.asarray(central.sectors)[0, :, 0] / T_PER_MT, strict=True))
    categories = _categories(inventory, account, year)
    model_parts = {
        "process": 0.0 if account == "A" else float(rows["process"]),
        "import": float(rows[IMPORT]) if account == "A" else 0.0,
    }
    model_parts["combustion"] = start - sum(model_parts.values())
    changes = [(name, model_parts[name] - categories[name]) for name in ("combustion", "process", "import")]
    median, mean = track.median[0], track.mean[0]
    steps = [
        *_inventory(inventory, account, year, sum(categories.values())), *_changes(changes, start),
        _level("start", start), *_changes([("sampling", median - start)], median), _level("median", median),
        *_changes([("skew", mean - median)], mean), _level("mean", mean),
    ]  # fmt: skip
    return Reconciliation(account=account, year=year, steps=steps)


def _past_year(model: Model, inventory: Inventory, account: str, past: Observed) -> Reconciliation:
    year, median = past.years[-1], past.values[-1]
    central = observed_samples(model, np.zeros((1, len(model.drivers))))[account][0, -1] / T_PER_MT
    categories = _categories(inventory, account, year)
    level = sum(categories.values())
    base = model.base
    changes = [("combustion", float(base.observed_co2_t[:, -1].sum()) / T_PER_MT - categories["combustion"])]
    if account == "A":
        changes.append(("import", float(base.observed_import_t[-1]) / T_PER_MT - categories["import"]))
    else:
        changes.append(
            ("process", float(base.observed_process_t[:, -1].sum()) / T_PER_MT - categories["process"])
        )
    steps = [
        *_inventory(inventory, account, year, level), *_changes(changes, float(central)), _level("start", float(central)),
        *_changes([("sampling", median - float(central))], median), _level("median", median),
    ]  # fmt: skip
    return Reconciliation(account=account, year=year, steps=steps)


def _categories(inventory: Inventory, account: str, year: int) -> Mapping[str, float]:
    """CO2 of the inventory by combustion, process and net import, Mt."""
    cells = inventory.part(account, year)
    cells = cells[(cells["gas"] == "CO2") & cells["value_t"].notna()]
    total = float(cells["value_t"].sum()) / T_PER_MT
    sums = cells.groupby("category")["value_t"].sum() / T_PER_MT
    imported = float(sums.get("electricity_import", 0.0))
    process = float(sums.get("process", 0.0))
    return {"combustion": total - imported - process, "process": process, "import": imported}


def _inventory(inventory: Inventory, account: str, year: int, co2: float) -> list[Step]:
    whole = inventory.totals(account, [year])[0].value_t / T_PER_MT
    if abs(whole - co2) <= SHOWN * whole:
        return [_level("inventory", co2)]
    return [
        _level("inventory_all_gases", whole),
        *_changes([("other_gases", co2 - whole)], whole),
        _level("inventory", co2),
    ]


def _changes(found: Named, level: float) -> list[Step]:
    return [
        Step(id=name, kind="change", value=value) for name, value in found if abs(value) > SHOWN * abs(level)
    ]


def _level(name: str, value: float) -> Step:
    return Step(id=name, kind="level", value=value)
