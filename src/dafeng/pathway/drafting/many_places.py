"""Drafts of many units at once: each in its own folder and file, so that a stopped run goes on where it was."""

import json
import math
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng import inventory as inventories
from dafeng.case import Unit, draft_unit, edgar_co2, lacking, load, own_share, units
from dafeng.evidence import DafengError, track, write_atomically
from dafeng.inventory import Inventory
from dafeng.pathway.drafting.model_draft import draft_model
from dafeng.pathway.engine.ensemble import accounts_of
from dafeng.pathway.forecast.ensemble import ensemble_of
from dafeng.pathway.run_case import compile_model

YEARS = (2020, 2025, 2030, 2035)
CHECKED_YEARS = (2022, 2024)
"""Years after the base year for which EDGAR has an estimate: the growth of a draft is compared with its growth."""
DONE, REFUSED, FAILED = "done", "refused", "failed"
MT = 1e6
_SUMMED = ["A_base", "B_base", "net_import_mwh"]


def draft_many(
    codes: Sequence[str], folder: Path, samples: int, seed: int, executor: Executor | None = None
) -> pd.DataFrame:
    """Draft and run the units, each once: one with a result in the folder is not computed again.

    Parameters
    ----------
    codes
        GB/T 2260 codes of units.
    folder
        Folder of the results: `cases`, `units` (one file a unit).
    samples, seed
        Rows of each ensemble and their seed.
    executor
        Processes or a cluster on the same file system; None: this process.

    Returns
    -------
    One row a unit: status, accounts of the base year and bands of account A without and with the plan [Mt]; growth of
    account B since the base year beside that of EDGAR. A failed unit is tried again by the next call.
    """
    (folder / "cases").mkdir(parents=True, exist_ok=True)
    (folder / "units").mkdir(exist_ok=True)
    work = partial(_row_of, folder, samples, seed)
    results: Iterable[dict[str, Any]] = map(work, codes) if executor is None else executor.map(work, codes)
    return pd.DataFrame(list(track("起草各市 drafting the units", results, total=len(codes))))


def _row_of(folder: Path, samples: int, seed: int, code: str) -> dict[str, Any]:
    """Return the row of a unit, from its file where it has one."""
    file = folder / "units" / f"{code}.json"
    asked = {"samples": samples, "seed": seed}
    if file.is_file():
        known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if {name: known[name] for name in asked} == asked and known["status"] != FAILED:
            return known
    unit = units()[code]
    row: dict[str, Any] = {
        "code": code,
        "name_zh": unit.name_zh,
        "province": unit.province,
        **asked,
        "status": DONE,
        "reason": "",
    }
    missing = lacking(unit)
    if missing:
        row |= {"status": REFUSED, "reason": "; ".join(f"{zh} ({en})" for zh, en, _ in missing)}
    else:
        try:
            row |= _drafted(unit, folder / "cases" / code, samples, seed)
        except (DafengError, ValueError, ArithmeticError, LookupError, OSError) as error:
            row |= {"status": FAILED, "reason": f"{type(error).__name__}: {error}"[:500]}
            shutil.rmtree(folder / "cases" / code, ignore_errors=True)  # tried again from a new folder
    with write_atomically(file) as temporary:
        temporary.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    return row


def _drafted(unit: Unit, folder: Path, samples: int, seed: int) -> dict[str, Any]:
    case = load(folder) if folder.is_dir() else draft_unit(unit, folder)
    if case.table("drivers").empty:
        draft_model(folder)
        case = load(folder)
    inventory = inventories.build(case)
    model = compile_model(case, inventory)
    ensemble = ensemble_of(model, samples, seed, case.city.headline_account)
    year = case.city.base_year
    row: dict[str, Any] = {
        "headline": case.city.headline_account,
        "own_share": round(own_share(case), 3),
        "net_import_mwh": float(inventory.power["net_import_mwh"][year]),
    }
    for account in ("A", "B"):
        total = inventory.totals(account, [year])[0]
        row |= {
            f"{account}_base": total.value_t / MT,
            f"{account}_base_low": total.low_t / MT,
            f"{account}_base_high": total.high_t / MT,
        }
    row["co2_base"] = _co2(inventory, year)
    row["edgar"] = edgar_co2(unit.code, year)
    known = row["edgar"] > 0 and row["co2_base"] > 0
    row["ln_over_edgar"] = math.log(row["co2_base"] / row["edgar"]) if known else float("nan")
    for name, degree in (("no_plan", 0.0), ("plan", 1.0)):
        accounts = accounts_of(model, model.delivery(degree), ensemble.draws, factor=ensemble.factor)
        for then in YEARS:
            row |= _band(f"A_{name}_{then}", accounts["A"][:, then - year] / MT)
        if degree == 0.0:
            row |= _band(f"B_no_plan_{year}", accounts["B"][:, 0] / MT)
        for then in CHECKED_YEARS if degree == 0.0 else ():
            row |= _band(f"growth_{then}", accounts["B"][:, then - year] / accounts["B"][:, 0])
            row[f"edgar_{then}"] = edgar_co2(unit.code, then)
    return {name: float(value) if isinstance(value, np.floating) else value for name, value in row.items()}


def _band(name: str, values: NDArray[np.float64]) -> dict[str, float]:
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
    return {f"{name}_low": low, name: median, f"{name}_high": high}


def _co2(inventory: Inventory, year: int) -> float:
    """Return the CO2 of fuels and processes [Mt], as EDGAR counts."""
    cells = inventory.cells
    counted = (
        (cells["year"] == year) & (cells["gas"] == "CO2") & cells["category"].isin(("combustion", "process"))
    )
    return float(cells.loc[counted, "value_t"].sum()) / MT


def province_sums(rows: pd.DataFrame) -> pd.DataFrame:
    """Sum the units by province; one refused or failed unit leaves its province incomplete.

    Imports are at the factor of the province's grid, so that those of units net each other within the sum. EDGAR is
    summed only where every drafted unit has an estimate.

    Parameters
    ----------
    rows
        Rows of `draft_many`.
    """
    done = rows.reindex(columns=[*dict.fromkeys((*rows.columns, *_SUMMED, "edgar"))])[rows["status"] == DONE]
    sums = done.groupby("province")[_SUMMED].sum(min_count=1)
    sums["edgar"] = done.groupby("province")["edgar"].agg(lambda values: values.sum(skipna=False))
    counts = rows.groupby("province")["code"].count()
    left = rows[rows["status"] != DONE].groupby("province")["name_zh"].agg("、".join)
    made = sums.reindex(counts.index)
    return made.assign(
        units=counts, drafted=done.groupby("province")["code"].count().reindex(counts.index).fillna(0).astype(int),
        incomplete=left.reindex(counts.index).fillna(""),
    ).reset_index()  # fmt: skip


def write_many(rows: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the rows as CSV, and as one parquet file where pyarrow is installed.

    Parameters
    ----------
    rows
        Rows of `draft_many`.
    folder
        Folder of the results.

    Returns
    -------
    Files written.
    """
    files = [folder / "results.csv"]
    rows.to_csv(files[0], index=False, lineterminator="\n", encoding="utf-8")
    if find_spec("pyarrow") is not None:
        files.append(folder / "results.parquet")
        rows.to_parquet(files[1], index=False)
    return files
