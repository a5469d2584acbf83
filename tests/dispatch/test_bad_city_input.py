"""Contract: bad input through the command line is refused with place, found, expected and mend in both languages."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from systems import write_folder
from typer.testing import CliRunner

from dafeng.case import load
from dafeng.cli.dispatch import app
from dafeng.dispatch import city_grid
from dafeng.evidence import DafengError

CITY = ["run", "jiujiang", "--year", "2030", "--hours", "24"]


def refusal(arguments):
    """Problems of a refused command, as (place, Chinese, English)."""
    found = CliRunner().invoke(app, arguments)
    assert found.exit_code != 0
    assert isinstance(found.exception, DafengError), found.output
    return [(problem.where, str(problem)) for problem in found.exception.problems]


@pytest.mark.parametrize(
    ("settings", "place", "pieces"),
    [
        (["import_limit_share=-0.1"], "--set import_limit_share", ("-0.1", "0 或更大", "通道能力不能为负", "no negative limit")),
        (["export_limit_share=-2"], "--set export_limit_share", ("-2", "0 或更大", "no negative limit")),
        (["demand_mwh=-5"], "--set demand_mwh", ("-5 MWh", "大于 0", "above 0", "leave it out")),
        (["solar_mw@2031=5"], "--set solar_mw@2031", ("2031", "要计算的年份之一", "--year 2031")),
        (["solar_mw=-100"], "generators:solar:p_nom", ("-100", "from 0")),
        (["moon_mw=1"], "--set", ("moon_mw",)),
        (["storage_mw=many"], "--set", ("storage_mw=many", "ITEM=NUMBER")),
    ],
)  # fmt: skip
def test_settings(settings, place, pieces):
    problems = refusal([*CITY, *(word for one in settings for word in ("--set", one))])
    where, text = problems[0]
    assert where == place
    for piece in pieces:
        assert piece in text


def test_a_transformer_without_rating(tmp_path):
    folder = tmp_path / "network"
    folder.mkdir()
    tables = {
        "buses": pd.DataFrame({"name": ["a", "b"], "v_nom": [220.0, 110.0]}),
        "generators": pd.DataFrame({"name": ["g"], "bus": ["a"], "p_nom": [9.0], "marginal_cost": [1.0]}),
        "loads": pd.DataFrame({"name": ["l"], "bus": ["b"], "p_set": [1.0]}),
        "transformers": pd.DataFrame({"name": ["t"], "bus0": ["a"], "bus1": ["b"], "x": [0.1]}),
        "snapshots": pd.DataFrame({"snapshot": [0, 1], "objective": 1.0, "stores": 1.0, "generators": 1.0}),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    where, text = refusal(["solve", str(folder)])[0]
    assert where.endswith("transformers:t:s_nom")
    for piece in ("0 MVA", "大于 0 的额定容量", "a rating above 0 MVA", "给出 s_nom", "give s_nom"):
        assert piece in text


def test_a_number_of_units_on_what_is_not_switched(tmp_path):
    tables = {
        "buses": [{"name": "b"}],
        "generators": [{"name": "g", "bus": "b", "p_nom": 9, "marginal_cost": 1, "unit_count": 3}],
        "loads": [{"name": "l", "bus": "b", "p_set": 1}],
    }
    where, text = refusal(["solve", str(write_folder(tmp_path / "s", tables))])[0]
    assert where == "generators.csv:g:unit_count"
    for piece in ("台数", "not committable", "去掉 unit_count", "remove unit_count"):
        assert piece in text


def test_a_cluster_does_not_mix_technologies():
    case = load("jiujiang")
    plants = case.tables["plants"].copy()
    coal = plants.index[plants["fuel"].eq("coal") & plants["status"].eq("operating")][0]
    plants["efficiency"] = plants["efficiency"].astype(object)
    plants.loc[coal, "efficiency"] = 0.58
    with pytest.raises(DafengError) as refused:
        city_grid(replace(case, tables={**case.tables, "plants": plants}), 2030, hours=24)
    text = str(refused.value)
    for piece in (
        f"plants.csv:{plants.loc[coal, 'id']}:efficiency",
        "0.58",
        "不混合技术",
        "does not mix technologies",
        "改正效率",
    ):
        assert piece in text


def test_a_year_without_profile():
    """A leap year's profile and half a year's are no profile of the year."""
    case = load("jiujiang")
    name = "profiles"
    holder = case if name in case.tables else case.parent
    for hours in (8784, 4000):
        rows = pd.concat([holder.tables[name]] * 2, ignore_index=True).iloc[:hours]
        changed = replace(holder, tables={**holder.tables, name: rows})
        other = changed if holder is case else replace(case, parent=changed)
        with pytest.raises(DafengError) as refused:
            city_grid(other, 2030, hours=24)
        text = str(refused.value)
        for piece in ("profiles.csv", f"{hours} rows", "8760 hours", "小时"):
            assert piece in text


def test_a_folder_that_is_none(tmp_path):
    where, _ = refusal(["solve", str(tmp_path / "nothing")])[0]
    assert Path(where).name == "nothing"
    shutil.rmtree(tmp_path)
