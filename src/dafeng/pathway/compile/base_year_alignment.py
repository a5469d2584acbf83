"""Alignment of past years with the base year: non-fossil generation that the model counts and the inventory
does not.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import Finding, Severity, difference_as_shown
from dafeng.inventory import Inventory
from dafeng.pathway.engine.evaluate import Result, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.units import convert

Array = NDArray[np.float64]

SOLAR = "generation_solar"
MWH_PER_TWH = 1e6
# generation of the model by kind, and the columns of the inventory's power balance that hold the same
KINDS: Mapping[str, tuple[str, ...]] = {
    "wind_solar_generation": ("wind_mwh", "solar_mwh"),
    "hydro_generation": ("hydro_mwh",),
    "biomass_generation": ("biomass_mwh",),
}


def on_one_footing(case: Case, inventory: Inventory, model: Model) -> Model:
    """Align the years before the base year of `model` with the accounting of its base year.

    The inventory takes for imported what unlisted solar plants, biomass and small hydro generate, so its
    account A is higher than the model's in the base year. Left so, the step between the two would look
    like a fall. Imports of earlier years are lowered by the same generation: wind and solar as the province's
    solar generation grew (linear between published years), the rest as in the base year. A finding gives how
    far model and inventory lie apart in the base year, and why.
    """
    year = model.base.year
    central = evaluate(model, model.delivery(0.0), np.zeros((1, len(model.drivers))), [year])
    power = inventory.power
    missing = {kind: _missing(central, _line(inventory, year), kind) for kind in KINDS}
    past = model.base.observed_years
    growing = missing["wind_solar_generation"] * _solar_path(case, past, year)
    uncounted = growing + sum(missing[kind] for kind in KINDS if kind != "wind_solar_generation")
    factor = power["grid_factor"].reindex(past).ffill().bfill().to_numpy(dtype=float)
    lowered = model.base.observed_import_t - uncounted * np.nan_to_num(factor)
    told = _told(central, inventory, missing, year)
    return replace(
        model, base=replace(model.base, observed_import_t=lowered), findings=(*model.findings, *told)
    )


def _line(inventory: Inventory, year: int) -> Mapping[str, float]:
    columns = [column for group in KINDS.values() for column in group if column in inventory.power]
    return {column: float(inventory.power[column].loc[[year]].to_numpy(dtype=float)[0]) for column in columns}


def _missing(central: Result, line: Mapping[str, float], kind: str) -> float:
    """MWh of the base year that the model has beyond the inventory; 0 for a model without the kind."""
    series = central.quantities.get(kind)
    if series is None:
        return 0.0
    listed = sum(float(np.nan_to_num(line.get(column, 0.0))) for column in KINDS[kind])
    return float(series[0, 0]) - listed


def _solar_path(case: Case, years: NDArray[np.int64], base_year: int) -> Array:
    """Solar generation of the province in `years` over that of the base year; 1 where it is not published."""
    province = case.parent or case
    table = province.table("observations")
    rows = table[
        (table["indicator"] == SOLAR) & (table["region"] == province.city.code) & table["value"].notna()
    ]
    if len(rows) < 2:
        return np.ones(years.size)
    rows = rows.sort_values("year").drop_duplicates("year")
    known = [
        float(convert(float(v), str(u), "MWh")) for v, u in zip(rows["value"], rows["unit"], strict=True)
    ]
    at = rows["year"].to_numpy(dtype=float)
    now = float(np.interp(base_year, at, known))
    return np.interp(years, at, known) / now if now > 0 else np.ones(years.size)


def _told(central: Result, inventory: Inventory, missing: Mapping[str, float], year: int) -> list[Finding]:
    findings = []
    for total in (inventory.totals(account, [year])[0] for account in ("A", "B")):
        # like with like: the model has CO2 only, the total of account B other gases too
        cells = inventory.part(total.account, year)
        theirs = float(cells.loc[cells["gas"] == "CO2", "value_t"].sum()) / 1e6
        ours = float(central.accounts[total.account][0, 0]) / 1e6
        if abs(ours - theirs) < 0.005 * theirs:
            continue
        zh, en = _why(total.account, missing)
        gap_zh, gap_en = (
            difference_as_shown(k * ours, k * theirs, digits) for k, digits in ((100, 0), (1, 1))
        )
        findings.append(
            Finding(
                "base-year-gap", Severity.NOTE, f"inventory:{total.account}:{year}",
                f"{year}年{total.account}口径:模型起点{100 * ours:,.0f}万吨,清单{100 * theirs:,.0f}万吨,相差{gap_zh:+,.0f};{zh}",
                f"{year}, account {total.account}: the model starts from {ours:.1f} Mt, the inventory has {theirs:.1f} Mt ({gap_en:+.1f}); {en}",
            )
        )  # fmt: skip
    return findings


NAMES: Mapping[str, tuple[str, str]] = {
    "wind_solar_generation": ("风光", "wind and sun"),
    "hydro_generation": ("水电", "hydro"),
    "biomass_generation": ("生物质(清单计入火电)", "biomass, which the inventory has within thermal power"),
}
SHOWN_MWH = 5e4


def _why(account: str, missing: Mapping[str, float]) -> tuple[str, str]:
    if account == "B":
        return (
            "模型沿用最近一年的过程排放(清单该年未估算)并按误差调和工厂与分解所得",
            "the model carries process emissions of the last year known, which the inventory leaves NE, and reconciles branches with their plants",
        )
    parts = [(*NAMES[kind], mwh / MWH_PER_TWH) for kind, mwh in missing.items() if abs(mwh) >= SHOWN_MWH]
    told = (
        "、".join(f"{zh} {twh:+.2f} TWh" for zh, _, twh in parts),
        "; ".join(f"{twh:+.2f} TWh {en}" for _, en, twh in parts),
    )
    return (
        f"发电量与清单之差:{told[0] or '无'};另按误差调和工厂与分解所得",
        f"generation beyond the inventory's: {told[1] or 'none'}; and branches are reconciled with their plants",
    )
