"""Case folders of a unit and of its province, drafted from the national index."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from dafeng.case.city import SCHEMA
from dafeng.case.drafting.drafts import write_new
from dafeng.case.drafting.starting import HORIZON
from dafeng.case.folder import bundled_path
from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.case.national.folder_tables import city_tables, province_tables
from dafeng.case.national.index import BASE_YEAR, FIRST_YEAR, LAST_YEAR, Unit, lacking, table, units
from dafeng.case.national.sources import PLAN_SOURCE, PROVINCE_PLAN_SOURCE, citation
from dafeng.case.places import places
from dafeng.evidence import DafengError, Problem, Text


def draft_unit(unit: Unit, folder: Path) -> Case:
    """Write the folder of a unit, and beside it that of its province where the package has none, and load it.

    Parameters
    ----------
    unit
        Unit of the index.
    folder
        New folder.

    Returns
    -------
    The case: accounts of 2016 to 2020 and the inherited plan; the annual model is drafted by `dafeng.pathway.draft_model`.

    Raises
    ------
    DafengError
        Where the unit lacks population, value added or energy statistics, with who holds them; for a folder that exists.
    """
    missing = lacking(unit)
    if missing:
        raise DafengError([_missing(unit, *one) for one in missing])
    if unit.is_municipality:
        parent, tables = None, province_tables(unit.province_code, unit)
    else:
        parent, tables = _parent(unit.province_code, folder), city_tables(unit)
    plan, source = _inherited_plan(unit.province_code)
    tables["organisations"] = [{
        "id": "government", "name_zh": f"{unit.name_zh}人民政府", "name_en": "", "aliases": "", "level": "city", "valid_from": "", "valid_to": "",
        "source": source["id"], "grade": "E", "note": "the inherited plan names no body of the place",
    }]  # fmt: skip
    tables["sources"].append(source)
    write_new(folder, {"city.yaml": _city_yaml(unit, parent), "plan.yaml": plan}, tables)
    return load(folder)


def _inherited_plan(province_code: str) -> tuple[str, dict[str, str]]:
    """Return plan.yaml of a draft and the row of its source: the plan of the province where the package has it, else the nation's."""
    index = files("dafeng").joinpath("case", "national")
    of_province = index.joinpath(f"plan_{province_code}.yaml")
    if not of_province.is_file():
        return index.joinpath("plan.yaml").read_text(encoding="utf-8"), citation(PLAN_SOURCE)
    text = of_province.read_text(encoding="utf-8")
    return text, citation(PROVINCE_PLAN_SOURCE) | {"citation": str(yaml.safe_load(text)["title"])}


def draft_province(province_code: str, folder: Path) -> Case:
    """Write the folder of a province: energy estimated from official totals, and load it.

    Parameters
    ----------
    province_code
        GB/T 2260 code of a province with energy statistics.
    folder
        New folder.
    """
    write_new(folder, {"city.yaml": _province_yaml(province_code)}, province_tables(province_code, None))
    return load(folder)


def _missing(unit: Unit, zh: str, en: str, holder: str) -> Problem:
    return Problem(
        f"{unit.code} {unit.name_zh}", Text(f"缺{zh}", f"no {en}"), Text("起草所需的公布数据", "a published figure that a draft rests on"),
        Text(f"持有者:{holder};取得后用 dafeng data add 加入", f"held by: {holder}; then dafeng data add"),
    )  # fmt: skip


def _parent(province_code: str, folder: Path) -> str:
    """Return the bundled province, else the folder beside the new one, made where it is not there yet."""
    name = f"regions/{province_code}"
    if bundled_path(name) is not None:
        return name
    beside = folder.resolve().parent / province_code
    if not beside.is_dir():
        try:
            draft_province(province_code, beside)
        except (DafengError, OSError):
            if not beside.is_dir():  # another process may have made it
                raise
    return f"../{province_code}"


def _city_yaml(unit: Unit, parent: str | None) -> str:
    content: dict[str, Any] = {
        "schema": SCHEMA, "name_zh": unit.name_zh, "name_en": unit.name_zh, "code": unit.code, "level": "city", "parent": parent,
        "base_year": BASE_YEAR, "as_of": _as_of(parent), "horizon": HORIZON, "inventory_years": [FIRST_YEAR, BASE_YEAR],
        "headline_account": "A", "account": _account(unit.province_code),
        "counties": [{"code": code, "name_zh": name} for code, name in _counties(unit.code)],
    }  # fmt: skip
    return _yaml({key: value for key, value in content.items() if value is not None})


def _as_of(parent: str | None) -> int:
    """Return the last observed year: a bundled province has later statistics than the index."""
    return load(parent).city.as_of if parent is not None and bundled_path(parent) is not None else LAST_YEAR


def _province_yaml(province_code: str) -> str:
    inside = [unit for unit in units().values() if unit.province_code == province_code]
    content = {
        "schema": SCHEMA, "name_zh": _province_name(province_code), "name_en": inside[0].province, "code": province_code,
        "level": "province", "base_year": BASE_YEAR, "as_of": LAST_YEAR, "horizon": HORIZON, "inventory_years": [FIRST_YEAR, BASE_YEAR],
        "headline_account": "A", "account": _account(province_code),
        "counties": [{"code": unit.code, "name_zh": unit.name_zh} for unit in inside],
    }  # fmt: skip
    return _yaml(content)


def _yaml(content: Mapping[str, object]) -> str:
    head = "# 由全国索引起草,每个估计值带等级 · drafted from the national index, each estimate graded\n"
    return head + yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False)


def _account(province_code: str) -> dict[str, str]:
    return {"grid_factor_region": province_code, "gwp_set": "AR5", "fuel_set": "gbt32151_22_2024"}


def _province_name(province_code: str) -> str:
    return places()[province_code]


def _counties(code: str) -> list[tuple[str, str]]:
    rows = table("co2_edgar")
    mine = rows[rows["code"] == code].drop_duplicates("county_code")
    return list(zip(mine["county_code"], mine["county"], strict=True))
