"""Base year of branches whose plants emit more than the province's share: both, by their stated errors."""

from dataclasses import replace

import numpy as np

from dafeng.case import Case
from dafeng.evidence import Finding, Severity
from dafeng.inventory import Inventory, plant_layer, reconciled
from dafeng.pathway.engine.base import Base

POWER = "power"
PROCESS = "process"


def with_plants(case: Case, inventory: Inventory, base: Base) -> Base:
    """Set each branch of the base year to its account reconciled with the plants of plants.csv.

    A branch emits at least what its plants do (`dafeng.inventory.reconciled`): plants within the account are a
    part of it and nothing changes; plants above it move the branch, its fuels and its observed years alike, to
    the mean of both by their errors, with a finding that gives all three figures. Process emissions that the
    account does not estimate count with the value that the base year carries and its range. The branch power is
    left to `with_unit_rates`; the account of the inventory is not changed.

    Raises
    ------
    DafengError
        Where the plants of a branch exceed it by more than the errors of both.
    """
    layer = plant_layer(case, inventory, base.year)
    energy, co2, past = base.energy_tj.copy(), base.co2_t.copy(), base.observed_co2_t.copy()
    process, past_process = base.process_t.copy(), base.observed_process_t.copy()
    low, high = base.low.copy(), base.high.copy()
    findings = []
    for row in layer.branches.to_dict("records"):
        branch = str(row["branch"])
        if branch == POWER or branch not in base.segments or row["without_value"] == row["plants"]:
            continue
        at = base.segments.index(branch)
        is_process = row["category"] == PROCESS
        value = float(process[at] if is_process else co2[at].sum())
        plants = (float(row["plants_t"]), float(row["plants_low_t"]), float(row["plants_high_t"]))
        ends = (value * float(low[at]), value * float(high[at]))
        if np.isfinite(row["account_t"]):
            ends = (float(row["account_low_t"]), float(row["account_high_t"]))
        whole = reconciled((value if value > 0.0 else float("nan"), *ends), plants)
        change = whole[0] - value
        if change == 0.0:
            continue
        before = float(co2[at].sum()) + float(process[at])
        down, up = (1.0 - low[at]) * (before - value), (high[at] - 1.0) * (before - value)
        if is_process:
            past_process[at] *= whole[0] / value if value > 0.0 else 1.0
            process[at] = whole[0]
        else:
            for array in (energy, co2, past):
                array[at] *= whole[0] / value if value > 0.0 else 1.0
        total = before + change
        low[at] = max(1.0 - float(np.hypot(down, whole[0] - whole[1])) / total, 0.05)
        high[at] = 1.0 + float(np.hypot(up, whole[2] - whole[0])) / total
        findings.append(
            _moved(branch, str(row["category"]), base.year, value / 1e6, plants[0] / 1e6, whole[0] / 1e6)
        )
    return replace(
        base, energy_tj=energy, co2_t=co2, observed_co2_t=past, process_t=process, observed_process_t=past_process,
        low=low, high=high, findings=(*base.findings, *findings),
    )  # fmt: skip


def _moved(branch: str, category: str, year: int, account: float, plants: float, whole: float) -> Finding:
    return Finding(
        "plants-in-base", Severity.NOTE, f"plants.csv:{branch}:{category}:{year}",
        f"模型基年该分支 {whole:.2f} Mt CO2:工厂 {plants:.2f} Mt 与分解所得 {account:.2f} Mt 按各自误差调和,清单数值不变",
        f"the model's base year has {whole:.2f} Mt CO2: plants {plants:.2f} Mt and the province's share {account:.2f} Mt by their errors; the inventory keeps its figure",
    )  # fmt: skip
