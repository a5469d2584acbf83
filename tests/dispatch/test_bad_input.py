"""Contract: bad systems are refused with the place and the mend, all problems at once; impossible ones say why."""

import numpy as np
import pandas as pd
import pytest
from systems import simple, simple_system, write_folder

from dafeng.dispatch import Commitment, read_folder, read_system, solve
from dafeng.dispatch.infeasible_words import WHAT
from dafeng.evidence import DafengError


def refused(folder) -> str:
    with pytest.raises(DafengError) as caught:
        read_folder(folder)
    return str(caught.value)


def test_negative_capacity(tmp_path):
    text = refused(simple(tmp_path, p_nom=-5))
    assert "generators.csv:coal:p_nom" in text
    assert "-5 MW" in text
    assert "correct the sign" in text


def test_all_problems_at_once(tmp_path):
    text = refused(simple(tmp_path, p_nom=-5, bus="gird", efficiency="many", colour="red"))
    assert "generators.csv:coal:efficiency" in text
    assert "generators.csv:1:colour" in text


def test_missing_cost_is_not_zero(tmp_path):
    text = refused(simple(tmp_path, marginal_cost=""))
    assert "generators.csv:coal:marginal_cost" in text
    assert "no default" in text


def test_unknown_bus_and_carrier(tmp_path):
    assert "generators.csv:coal:bus" in refused(simple(tmp_path / "a", bus="gird"))
    assert "carriers.csv" in refused(simple(tmp_path / "b", carrier="kohle"))


@pytest.mark.parametrize("values", [8784, 8759])
def test_profile_of_the_wrong_length(tmp_path, values):
    folder = simple(tmp_path, hours=8760)
    frame = pd.DataFrame({"hour": range(values), "city": 50.0})
    frame.to_csv(folder / "loads-p_set.csv", index=False)
    text = refused(folder)
    assert "loads-p_set" in text
    assert f"{values} values" in text
    assert "8760" in text
    assert ("29 February" in text) == (values == 8784)


def test_profile_with_a_gap(tmp_path):
    folder = simple(tmp_path)
    frame = pd.DataFrame({"hour": range(24), "city": [50.0] * 10 + [None] + [50.0] * 13})
    frame.to_csv(folder / "loads-p_set.csv", index=False)
    text = refused(folder)
    assert "hour 10" in text
    assert "missing is not zero" in text


def test_hours_out_of_order(tmp_path):
    folder = simple(tmp_path)
    pd.DataFrame({"hour": [*range(1, 24), 0], "city": 50.0}).to_csv(folder / "loads-p_set.csv", index=False)
    assert "loads-p_set.csv:2:hour" in refused(folder)


def test_header(tmp_path):
    (tmp_path / "system.yaml").write_text("name: x\nhours: -3\nwhat: 1\n", encoding="utf-8")
    text = refused(tmp_path)
    for place in ("system.yaml:hours", "system.yaml:what", "system.yaml:start"):
        assert place in text


def test_nothing_there(tmp_path):
    with pytest.raises(DafengError, match=r"system\.yaml"):
        read_system(tmp_path / "absent")


def test_duplicate_names(tmp_path):
    folder = simple(tmp_path)
    table = pd.read_csv(folder / "generators.csv")
    pd.concat([table, table]).to_csv(folder / "generators.csv", index=False)
    assert "given twice" in refused(folder)


def test_lack_of_capacity_is_said_in_words(tmp_path):
    load = np.full(24, 50.0)
    load[18:20] = [130.0, 110.0]
    folder = simple(tmp_path)
    pd.DataFrame({"hour": range(24), "city": load}).to_csv(folder / "loads-p_set.csv", index=False)
    with pytest.raises(DafengError) as caught:
        solve(read_folder(folder), threads=1)
    text = str(caught.value)
    assert "bus grid" in text
    assert "2 of 24" in text
    assert "2030-01-01 18:00 30 MW" in text
    assert "40 MW summed" in text


def test_too_much_must_run_is_said_in_words(tmp_path):
    with pytest.raises(DafengError, match="nothing can take"):
        solve(simple_system(tmp_path, p_min_pu=0.8), threads=1)


def test_a_cap_that_cannot_be_kept(tmp_path):
    folder = simple(tmp_path)
    pd.DataFrame([{"name": "co2", "sense": "<=", "constant": 100}]).to_csv(
        folder / "global_constraints.csv", index=False
    )
    with pytest.raises(DafengError) as caught:
        solve(read_folder(folder), threads=1)
    text = str(caught.value)
    assert "global_constraints:co2" in text
    assert "308 t" in text


def test_a_load_that_nothing_feeds(tmp_path):
    folder = write_folder(
        tmp_path,
        {
            "buses": [{"name": "grid"}, {"name": "heat"}],
            "generators": [{"name": "g", "bus": "grid", "p_nom": 1, "marginal_cost": 1}],
            "loads": [{"name": "homes", "bus": "heat", "p_set": 5}],
        },
    )
    with pytest.raises(DafengError, match="buses:heat"):
        solve(read_folder(folder), threads=1)


def test_unbounded(tmp_path):
    system = simple_system(tmp_path, p_nom=0, p_nom_extendable=True, capital_cost=0)
    table = system.tables["generators"].assign(marginal_cost=-1.0, sign=1.0)
    table.loc["sink"] = {**table.loc["coal"].to_dict(), "sign": -1.0}
    with pytest.raises(DafengError, match="without lower bound"):
        solve(system.with_table("generators", table), threads=1)


def test_a_limit_of_an_investment_period_is_refused(tmp_path):
    """PyPSA reads it with several periods only; taken for a limit of the one period it would mean something else."""
    network = tmp_path / "network"
    network.mkdir()
    files = {
        "buses": "name\ngrid\n",
        "carriers": "name,co2_emissions\ncoal,0.34\n",
        "generators": "name,bus,carrier,p_nom,marginal_cost\ncoal,grid,coal,100,300\n",
        "loads": "name,bus,p_set\ncity,grid,50\n",
        "snapshots": "snapshot\n2030-01-01 00:00\n2030-01-01 01:00\n",
        "global_constraints": "name,type,sense,constant,carrier_attribute,investment_period\nco2,primary_energy,<=,100,co2_emissions,2030\n",
    }
    for name, text in files.items():
        (network / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DafengError, match="investment_period"):
        read_system(network)
    text = files["global_constraints"].replace(",2030", ",")
    (network / "global_constraints.csv").write_text(text, encoding="utf-8")
    assert solve(read_system(network)).total_cost == pytest.approx(2 * 50 * 300)


def test_every_group_of_constraints_has_words_and_the_longer_beginning_stands_first():
    beginnings = list(WHAT)
    for number, beginning in enumerate(beginnings):
        assert not any(beginning.startswith(f"{earlier}-") for earlier in beginnings[:number])
    assert not any(word.split("{")[0].count("_") and "(" not in word for word in WHAT.values())


def test_a_set_output_above_the_demand_is_told_in_words(tmp_path):
    folder = simple(tmp_path / "s", p_set=80)
    with pytest.raises(DafengError) as told:
        solve(read_folder(folder))
    assert "generators-p" not in str(told.value)


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ({"ramp_limit_up": 0.01, "p_init": 0}, "ramp limits of generators coal"),
        ({"e_sum_max": 600}, "largest energy of generators coal"),
        ({"p_nom": 20}, "capacity of generators coal"),
        ({"p_nom": 20, "p_nom_extendable": "true", "p_nom_max": 30}, "largest expansion of generators coal"),
    ],
)
def test_what_stands_against_a_lack_is_named(tmp_path, unit, said):
    with pytest.raises(DafengError) as caught:
        solve(simple_system(tmp_path, **unit), threads=1)
    assert "bus grid: found lacks power" in str(caught.value)
    assert said in str(caught.value)


def test_whole_units_that_cannot_are_told_apart_from_shares(tmp_path):
    system = simple_system(tmp_path, p_min_pu=0.9, committable="true")
    assert solve(system, threads=1).objective == pytest.approx(24 * 50 * 300)
    with pytest.raises(DafengError, match="shares of units could do it, whole units cannot"):
        solve(system, mode=Commitment.INTEGER, threads=1)


def test_a_store_that_begins_above_full_is_named_in_mwh(tmp_path):
    folder = simple(tmp_path)
    rows = [{"name": "battery", "bus": "grid", "p_nom": 1, "max_hours": 2, "state_of_charge_initial": 50}]
    pd.DataFrame(rows).to_csv(folder / "storage_units.csv", index=False)
    with pytest.raises(DafengError, match=r"energy of storage units battery.*MWh"):
        solve(read_folder(folder), threads=1)


def test_text_in_a_series_doubled_columns_and_excel_files(tmp_path):
    folder = simple(tmp_path / "a")
    pd.DataFrame({"hour": range(24), "city": ["50"] * 5 + ["abc"] + ["50"] * 18}).to_csv(
        folder / "loads-p_set.csv", index=False
    )
    assert "loads-p_set.csv:7:city: found 'abc'" in refused(folder)
    (folder / "loads-p_set.csv").write_text("hour,city,city\n", encoding="utf-8")
    assert "the column city twice" in refused(folder)
    excel = simple(tmp_path / "b")
    (excel / "loads.csv").write_bytes("name,bus,p_set\n负荷,grid,3\n".encode("utf-8-sig"))
    assert read_folder(excel).names("loads").tolist() == ["负荷"]
    (excel / "loads.csv").write_bytes("name,bus,p_set\n负荷,grid,3\n".encode("gbk"))
    assert "CSV UTF-8" in refused(excel)
    assert "inf CNY/MWh" in refused(simple(tmp_path / "c", marginal_cost="inf"))
