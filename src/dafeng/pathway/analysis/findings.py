"""Findings about a projection: where it departs from published figures, and the origin of its shape."""

from collections.abc import Mapping

import numpy as np

from dafeng.case import Case
from dafeng.evidence import Finding, Severity, difference_as_shown
from dafeng.pathway.engine.ensemble import Run
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.discrepancy import shipped_estimate
from dafeng.pathway.forecast.hindcast import disagreement
from dafeng.pathway.results.bands import CARRIED_ON
from dafeng.pathway.results.parts import T_PER_MT
from dafeng.pathway.results.shares import Attribution
from dafeng.units import convert

# share of the samples below which weighting by readings is reported
LEAST_LEFT = 0.1
# a published figure that the 5–95 % band of the model holds is no conflict; generation above scale leaves
# small plants out, so a surplus is expected
GENERATION = "electricity_generation_above_scale"
RECORDS = {"co2_nbs": "国家统计局能源×结构", "co2_ceads": "CEADs", "co2_edgar": "EDGAR"}
RECORDS_EN = {"co2_nbs": "NBS energy x mix", "co2_ceads": "CEADs", "co2_edgar": "EDGAR"}
PARTS = (
    "coal_generation_old",
    "coal_generation_new",
    "wind_solar_generation",
    "hydro_generation",
    "biomass_generation",
)


def remarks(
    city: Case, model: Model, runs: Mapping[str, Run], attribution: Attribution
) -> tuple[Finding, ...]:
    """Return the findings of the model, after those of the base year."""
    return (
        *model.findings,
        *_generation(city, model, runs[CARRIED_ON]),
        *_new_units(model, runs[CARRIED_ON]),
        *_raising(attribution),
    )


def _generation(city: Case, model: Model, found: Run) -> list[Finding]:
    table = city.table("observations")
    rows = table[
        (table["indicator"] == GENERATION) & (table["region"] == city.city.code) & table["value"].notna()
    ]
    total = np.sum([found.electricity[name] for name in PARTS], axis=0)
    findings = []
    columns = (rows[name].to_list() for name in ("year", "value", "unit", "source"))
    for when, value, unit, source in zip(*columns, strict=True):
        year = int(when)
        if year not in model.years or year > city.city.as_of:
            continue
        published = float(convert(float(value), str(unit), "MWh")) / 1e6
        modelled = float(total[year - model.years[0]]) / 1e6
        gap = modelled / published - 1
        told = round(modelled, 1) / round(published, 1) - 1 if round(published, 1) else gap
        findings.append(
            Finding(
                "model-generation", Severity.WARNING if abs(gap) > 0.1 else Severity.NOTE, f"observations.csv:{GENERATION}:{year}",
                f"{year}年模型发电量{modelled:.1f} TWh,公报规模以上{published:.1f} TWh,相差{told:+.1%};模型含规模以下光伏等",
                f"{year}: generation of the model {modelled:.1f} TWh, published above scale {published:.1f} TWh, {told:+.1%}; the model holds small plants too",
                (str(source),),
            )
        )  # fmt: skip
    return findings


def _new_units(model: Model, found: Run) -> list[Finding]:
    new = found.electricity["coal_generation_new"]
    if not new.any() or "new_unit_factor" not in model.parameters:
        return []
    column = int(np.argmax(new))
    year = int(model.years[column])
    direct = new[column] * model.parameters["new_unit_factor"].central[column] / 1e6
    grid = model.parameters.get("grid_factor")
    avoided = 0.0 if grid is None else new[column] * grid.central[column] / 1e6
    return [
        Finding(
            "new-coal-units", Severity.NOTE, f"drivers.csv:coal_new:{year}",
            f"新投产煤电机组{year}年使属地口径(B)增加约{100 * direct:,.0f}万吨;考核口径(A)扣除同量外来电的{100 * avoided:,.0f}万吨后净增约{difference_as_shown(100 * direct, 100 * avoided, 0):,.0f}万吨",
            f"In {year} the new coal units add about {direct:.1f} Mt to account B; in account A they replace imports of {avoided:.1f} Mt and add about {difference_as_shown(direct, avoided, 1):.1f} Mt",
        )
    ]  # fmt: skip


def _raising(attribution: Attribution) -> list[Finding]:
    raising = [m for m in attribution.measures if T_PER_MT * (m.reduction + 2 * m.standard_error) < -1.0]
    return [
        Finding(
            "measure-raises", Severity.WARNING, f"measures.csv:{m.id}",
            f"措施“{m.name_zh}”在2030年使{attribution.account}口径增加{-100 * m.reduction:.2f}万吨:所替代燃料的排放低于电网因子",
            f"Measure '{m.name_en}' raises account {attribution.account} by {-100 * m.reduction:.2f} x 10^4 t in 2030: the fuel that it replaces emits less than the grid",
        )
        for m in raising
    ]  # fmt: skip


def few_left(effective: float | None, samples: int) -> tuple[Finding, ...]:
    """Return a finding where the readings leave less than a tenth of the samples: they lie far from the model."""
    if effective is None or effective >= LEAST_LEFT * samples:
        return ()
    return (
        Finding(
            "readings-far", Severity.WARNING, "observations.csv",
            f"基准年以来的独立观测与模型相距较远：{samples}个样本加权后只相当于{effective:.0f}个，结论的抽样误差随之增大；核对观测和驱动因素，或增加样本",
            f"The independent observations since the base year lie far from the model: {samples} samples are worth {effective:.0f} after weighting, and sampling errors grow; check observations and drivers, or take more samples",
        ),
    )  # fmt: skip


def records_apart(city: Case) -> tuple[Finding, ...]:
    """Return a finding where records of the city's province disagree on its past errors beyond their
    measurement errors.

    The place then keeps the pool of all provinces: which record is right cannot be determined here.
    """
    found = disagreement(f"{city.city.code[:2]}0000", shipped_estimate())
    if found is None:
        return ()
    last = found.origin + found.lead
    told = "、".join(f"{RECORDS[source]} {error:+.0%}" for source, error in found.errors.items())
    told_en = ", ".join(f"{RECORDS_EN[source]} {error:+.0%}" for source, error in found.errors.items())
    return (
        Finding(
            "records-disagree", Severity.NOTE, f"model_error.csv:{found.province}",
            f"{found.origin}–{last}年本省能源CO2相对模型规则的误差各家不一({told}),相差{found.apart:.0%},超出测量误差可解释的{found.allowed:.0%};本地误差取各省总体",
            f"{found.origin}–{last}: records of the province's energy CO2 miss the model's rule by {told_en}, {found.apart:.0%} apart where measurement explains {found.allowed:.0%}; the place keeps the errors of all provinces",
        ),
    )  # fmt: skip
