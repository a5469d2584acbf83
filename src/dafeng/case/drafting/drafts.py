"""Draft case folders for a place with only the parent's tables available: graded estimates, never tuned."""

import math
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from dafeng.case.city import SCHEMA, County
from dafeng.case.folder import bundled
from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.case.places import parent_of
from dafeng.evidence import DafengError, Grade
from dafeng.plan import answers_text, draft_answers

PROXY_INDICATORS = {
    "agriculture": ("gdp_primary",),
    "industry": ("gdp_secondary",),
    "energy": ("gdp_secondary",),
    "transport": ("gdp_current", "population_resident"),
    "buildings": ("population_resident",),
}
"""Sector → indicators whose ratio of place to parent may be taken as its share, the first that exists."""

SIBLING_INDICATORS = ("co2_ceads_city",)
"""Estimates of every place of the parent by one method.

A place's part of their sum may be taken as its share where no statistic gives it. Such a series no longer
checks the result independently, and the note states so.
"""

PARENT_PLAN = "parent-plan"
"""Id in sources.csv of the parent's plan, whose targets the draft of answers.csv lists."""

_SPREAD = 0.5
"""Relative half-width of the range of a drafted share: what industrial structure may hide, an assumption."""


def draft(code: str, parent: str | Path | None, folder: Path) -> Case:
    """Write a draft folder for the place `code` inside `parent`, and load it.

    With `parent` None, the parent is the bundled case that the place is part of.

    Shares are ratios of the place's and the parent's own statistics of one year (grade D, with a range).
    Places without such a statistic divide what those with one leave, in the proportion of an estimate that
    all of them have (`SIBLING_INDICATORS`, grade E); without that the share is NE. So the drafts of all
    places together never exceed the parent. Reference series of the place are copied for comparison and
    never used to fit. `answers.csv` is drafted from the targets of the parent's plan, where it has one: what is
    asked of the parent is asked of its parts; `start_from_plan` drafts it from the place's own plan.

    Parameters
    ----------
    code : str
        GB/T 2260 code of the place.
    parent : str or Path, optional
        Case of the parent place.
    folder : Path
        New folder.

    Raises
    ------
    DafengError
        For a place that the parent does not list, and where `folder` exists already.
    """
    province = load(parent or _parent(code))
    place = _place(code, province)
    observations = _own_observations(province, code)
    proxies = _proxies(province, code)
    tables = {"observations": observations, "proxies": proxies, "sources": _sources(province, observations)}
    answers = draft_answers(province.plan.targets if province.plan is not None else (), PARENT_PLAN)
    texts = {"city.yaml": _city_yaml(place, province, folder)}
    if answers:  # a table without rows is refused
        texts["answers.csv"] = answers_text(answers)
    write_new(folder, texts, tables)
    return load(folder)


def write_new(
    folder: Path,
    texts: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame] | Mapping[str, list[dict[str, Any]]],
) -> None:
    """Write a new folder with `texts` by file name and `tables` by table name, whole or not at all.

    Raises
    ------
    DafengError
        Where `folder` exists already.
    """
    if folder.exists():
        raise DafengError.at(str(folder), "a folder that exists", "a new folder", "choose another --out")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, text in texts.items():
            (temporary / name).write_text(text, encoding="utf-8")
        for name, rows in tables.items():
            frame = pd.DataFrame(rows)
            frame.to_csv(temporary / f"{name}.csv", index=False, lineterminator="\n", encoding="utf-8")
        temporary.chmod(0o755)
        temporary.replace(folder)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)


def _parent(code: str) -> str:
    found = parent_of(code)
    if found is None:
        mend = "give the folder of its province: --from FOLDER"
        raise DafengError.at("CODE", code, f"a place inside a bundled case: {', '.join(bundled())}", mend)
    return found


def _place(code: str, province: Case) -> County:
    for part in province.city.counties:
        if part.code == code:
            return part
    known = ", ".join(f"{part.code} {part.name_zh}" for part in province.city.counties) or "none"
    raise DafengError.at(
        "CODE",
        code,
        f"a place named in {province.name}/city.yaml: {known}",
        "add it to counties of the parent",
    )


def _city_yaml(place: County, province: Case, folder: Path) -> str:
    city = province.city
    inside = province.path.resolve()
    parent = province.name
    if "/" not in parent:
        parent = Path(_relative(inside, folder.resolve())).as_posix()
    content = {
        "schema": SCHEMA, "name_zh": place.name_zh, "name_en": place.name_en or place.name_zh, "code": place.code, "level": "city",
        "parent": parent, "base_year": city.base_year, "as_of": city.as_of, "horizon": city.horizon,
        "inventory_years": list(city.inventory_years) if city.inventory_years else None,
        "headline_account": city.headline_account, "account": dict(city.account),
    }  # fmt: skip
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _relative(target: Path, start: Path) -> str:
    return os.path.relpath(target, start)


def _own_observations(province: Case, code: str) -> pd.DataFrame:
    rows = province.table("observations")
    own = rows[rows["region"] == code].copy()
    if own.empty:
        row = {
            "indicator": "population_resident", "region": code, "year": province.city.base_year, "value_key": "NE",
            "unit": "万人", "source": "draft", "grade": Grade.E.value,
            "note": "no statistic of the place in the parent's tables",
        }  # fmt: skip
        own = pd.DataFrame([row], columns=rows.columns)
    own["value"] = own["value"].astype(object).where(own["value_key"].eq(""), own["value_key"])
    return own.drop(columns="value_key")


def _proxies(province: Case, code: str) -> pd.DataFrame:
    sectors = province.effective("sectors")
    final = sectors[~sectors["kind"].isin(["total"])]
    first, last = province.city.inventory_years or (province.city.base_year, province.city.base_year)
    places = [place.code for place in province.city.counties]
    observed = {place: _comparable(province, place) for place in {*places, code}}
    weights = _sibling_weights(province, places)
    years = range(first, last + 1)
    ratios = {
        (sector, year): _known_share(code, observed, weights, sector, year)
        for sector in final["sector"].unique()
        for year in years
    }
    made = [
        _share(str(row.row), year, ratios[str(row.sector), year])
        for row in final.itertuples(index=False)
        for year in years
    ]
    return pd.DataFrame(made)


def _known_share(
    code: str,
    observed: Mapping[str, pd.DataFrame],
    weights: Mapping[str, pd.DataFrame],
    sector: str,
    year: int,
) -> tuple[str, int, float] | None:
    """Indicator, its year and the share of `code`.

    Its own ratio, else its part of what the other places leave.
    """
    ratios = {place: _ratio(rows, sector, year) for place, rows in observed.items()}
    if ratios[code] is not None:
        return ratios[code]
    left = 1.0 - sum(found[2] for found in ratios.values() if found is not None)
    without = [place for place, found in ratios.items() if found is None]
    for indicator, values in weights.items():
        near = {
            place: rows.iloc[int((rows["year"] - year).abs().to_numpy().argmin())]
            for place in without
            if len(rows := values[values["region"] == place])
        }
        total = sum(float(row["value"]) for row in near.values())
        if len(near) == len(without) and total > 0 and left > 0:
            own = near[code]
            return indicator, int(own["year"]), left * float(own["value"]) / total
    return None


def _sibling_weights(province: Case, places: list[str]) -> dict[str, pd.DataFrame]:
    rows = province.table("observations")
    known = rows[rows["value"].notna() & rows["region"].isin(places)]
    return {
        indicator: known[known["indicator"] == indicator].drop_duplicates(["region", "year"])
        for indicator in SIBLING_INDICATORS
    }


def _share(row: str, year: int, known: tuple[str, int, float] | None) -> dict[str, object]:
    base: dict[str, object] = {
        "row": row,
        "proxy": "none",
        "year": year,
        "share": "NE",
        "low": "",
        "high": "",
    }
    if known is None:
        note = "the parent's tables hold no statistic of this place that could stand for its share"
        return {**base, "source": "draft", "grade": Grade.E.value, "note": note}
    indicator, observed, ratio = known
    carried = observed != year
    of = "place / parent"
    if indicator in SIBLING_INDICATORS:
        of = "default: part of what places without statistics share, so this series no longer checks independently"
    note = f"{indicator} of {observed}: {of}; range ±{_SPREAD:.0%} is an assumption"
    ratio = math.floor(ratio * 1e6) / 1e6
    return {
        **base, "proxy": indicator, "share": round(ratio, 6), "low": round(ratio * (1 - _SPREAD), 6),
        "high": round(min(1.0, ratio * (1 + _SPREAD)), 6), "source": "draft",
        "grade": (Grade.E if carried or indicator in SIBLING_INDICATORS else Grade.D).value, "note": f"{note}; year carried" if carried else note,
    }  # fmt: skip


def _comparable(province: Case, code: str) -> pd.DataFrame:
    """Statistics available for both place and parent.

    Columns: indicator, year, unit, `own` and `whole`, own <= whole.
    """
    rows = province.table("observations")
    known = rows[rows["value"].notna()].drop_duplicates(["indicator", "region", "year", "unit"])
    columns = ["indicator", "year", "unit", "value"]
    own = known.loc[known["region"] == code, columns].rename(columns={"value": "own"})
    whole = known.loc[known["region"] == province.city.code, columns].rename(columns={"value": "whole"})
    both = own.merge(whole, on=["indicator", "year", "unit"])
    return both[(both["whole"] > 0) & (both["own"] >= 0) & (both["own"] <= both["whole"])]


def _ratio(observed: pd.DataFrame, sector: str, year: int) -> tuple[str, int, float] | None:
    """Indicator, its year (the nearest to `year`) and the ratio of place to parent."""
    for indicator in PROXY_INDICATORS.get(sector, ()):
        rows = observed[observed["indicator"] == indicator]
        if len(rows):
            best = rows.iloc[int((rows["year"] - year).abs().to_numpy().argmin())]
            return indicator, int(best["year"]), float(best["own"] / best["whole"])
    return None


def _sources(province: Case, observations: pd.DataFrame) -> pd.DataFrame:
    rows = province.table("sources")
    used = rows[rows["id"].isin(set(observations["source"]))]
    note = f"drafted from {province.name}, release {province.release[:12]}"
    row = {
        "id": "draft",
        "citation": f"Draft: shares from the statistics of {province.city.name_zh}",
        "note": note,
    }
    new, plan = [row], province.plan
    if plan is not None and plan.targets:
        cited = f"{plan.title} {plan.document_number or ''}".strip()
        new.append({"id": PARENT_PLAN, "citation": cited, "licence": "官方文件", "terms": "引用须注明出处"})
    return pd.concat([used, pd.DataFrame(new)]).reindex(columns=rows.columns).fillna("")
