"""Case folders of places without a parent: missing values are NE, and each row states so."""

from pathlib import Path
from typing import Any

import yaml

from dafeng.case.city import SCHEMA
from dafeng.case.drafting.drafts import write_new
from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.case.places import Place

VOCABULARY = "regions/360000"
"""The bundled case whose sector rows, the same for every place of China, a new folder takes."""
HORIZON = 2060
SOURCE = "to-be-named"


def start(place: Place, folder: Path, base_year: int) -> Case:
    """Write a folder for `place` that loads and holds no number: every statistic is NE, to be filled in.

    Raises
    ------
    DafengError
        Where `folder` exists already.
    """
    sectors = load(VOCABULARY).table("sectors")
    note = "to be filled in"
    population = {
        "indicator": "population_resident", "region": place.code, "year": base_year, "value": "NE", "unit": "万人",
        "source": SOURCE, "grade": "E", "note": note,
    }  # fmt: skip
    energy = {
        "row": "Total Final Consumption", "fuel": "Raw_Coal", "year": base_year, "value": "NE", "unit": "万吨",
        "source": SOURCE, "grade": "E", "note": note,
    }  # fmt: skip
    source = {
        "id": SOURCE, "citation": "source of the numbers that are still to be filled in", "url": "", "licence": "",
        "terms": "", "note": note,
    }  # fmt: skip
    tables: dict[str, list[dict[str, Any]]] = {
        "observations": [population],
        "energy": [energy],
        "sources": [source],
        "sectors": [
            {str(k): v for k, v in row.items()} for row in sectors.assign(source=SOURCE).to_dict("records")
        ],
    }
    write_new(folder, {"city.yaml": _city_yaml(place, base_year)}, tables)
    return load(folder)


def _city_yaml(place: Place, base_year: int) -> str:
    content = {
        "schema": SCHEMA, "name_zh": place.name_zh, "name_en": place.name_zh, "code": place.code,
        "level": "province" if place.code.endswith("0000") else "city",
        "base_year": base_year, "as_of": base_year, "horizon": HORIZON,
    }  # fmt: skip
    head = "# 起草:请核对英文名、基准年和数据截至年 · draft: check the English name, base year and as_of\n"
    return head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
