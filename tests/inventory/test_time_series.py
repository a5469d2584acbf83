"""Time series: splicing by four methods, completeness, like with like, versions, recalculation, IPCC categories."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dafeng import case as cases
from dafeng.cli.inventory import app
from dafeng.evidence import DafengError
from dafeng.inventory import (
    build,
    ipcc_codes,
    ipcc_key_categories,
    read_splices,
    read_version,
    recalculate,
    recalculation_by_category,
    series_table,
    splice_by_extrapolation,
    splice_by_interpolation,
    splice_by_overlap,
    splice_by_surrogate,
    spliced,
    with_codes,
    write_version,
)
from dafeng.inventory.accounts.categories import categories
from dafeng.inventory.accounts.checks import reference_table
from dafeng.inventory.accounts.uncertainty_analysis import uncertainty_of

N = float("nan")
CEMENT = "Nonmetal Mineral Products:Process"


@pytest.fixture(scope="module")
def jiujiang():
    return cases.load("jiujiang")


@pytest.fixture(scope="module")
def inventory(jiujiang):
    return build(jiujiang)


def test_overlap_takes_the_mean_ratio_of_the_common_years():
    """Ratios 10/5 = 2 and 12/4 = 3: mean 2.5, so 7 becomes 17.5."""
    assert splice_by_overlap([10, 12, N], [5, 4, 7]).tolist() == [10, 12, 17.5]
    assert np.isnan(splice_by_overlap([10, N], [N, 7])[1])


def test_surrogate_moves_from_the_nearest_year():
    assert splice_by_surrogate([100, N, 300, N], [50, 60, 100, 110]).tolist() == [100, 120, 300, 330]
    assert np.isnan(splice_by_surrogate([100, N], [0, 60])[1])


def test_interpolation_fills_gaps_and_not_the_ends():
    found = splice_by_interpolation([N, 10, N, 20, N], [2014, 2015, 2017, 2020, 2021])
    assert found[2] == pytest.approx(14)
    assert np.isnan(found[[0, 4]]).all()


def test_extrapolation_goes_on_both_ends_and_never_below_zero():
    found = splice_by_extrapolation([N, 10, 8, 6, N, N, N, N], range(2014, 2022))
    assert found[[0, 4, 5, 6, 7]] == pytest.approx([12, 4, 2, 0, 0])


@given(st.lists(st.one_of(st.floats(0.1, 1e9), st.just(N)), min_size=1, max_size=12), st.data())
def test_splicing_never_changes_a_published_year(values, data):
    other = data.draw(st.lists(st.floats(0.1, 1e9), min_size=len(values), max_size=len(values)))
    series, years = np.array(values), np.arange(2000, 2000 + len(values))
    known = np.isfinite(series)
    for found in (
        splice_by_overlap(series, other), splice_by_surrogate(series, other), splice_by_interpolation(series, years),
        splice_by_extrapolation(series, years),
    ):  # fmt: skip
        assert found[known].tobytes() == series[known].tobytes()


def test_cement_turning_ne_is_no_fall(inventory, jiujiang):
    """475 of the 569 万t that account B falls from 2019 to 2020 are cement that nobody estimated."""
    table = series_table(inventory, "B").set_index("year")
    now = table.loc[2020]
    assert -now["change_t"] / 1e4 == pytest.approx(569, abs=1)
    assert now["vanished_t"] / 1e4 == pytest.approx(475, abs=1)
    assert now["change_t"] == pytest.approx(now["like_t"] + now["appeared_t"] - now["vanished_t"])
    assert now["without"] == "process,agriculture,waste"
    whole = spliced(inventory, jiujiang)
    after = series_table(whole, "B").set_index("year").loc[2020]
    assert (after["vanished_t"], after["without"]) == (0, "agriculture,waste")
    assert -after["change_t"] / 1e4 == pytest.approx(94, abs=3)
    cement = whole.cells[(whole.cells["row"] == CEMENT) & (whole.cells["year"] == 2020)].iloc[0]
    assert (cement["key"], cement["grade"]) == ("", "E")
    assert "extrapolation" in cement["note"]
    assert cement["low_t"] < cement["value_t"] < cement["high_t"]


def test_splicing_fills_ne_alone(inventory, jiujiang):
    whole = spliced(inventory, jiujiang)
    before, after = inventory.cells.reset_index(drop=True), whole.cells
    same = before["key"] != "NE"
    pd.testing.assert_frame_equal(after[same], before[same], check_dtype=False)
    never = before[(before["row"] == "landfill")]
    assert (after.loc[never.index, "key"] == "NE").all()


def test_rules_of_a_table(inventory, jiujiang, tmp_path):
    path = tmp_path / "rules.csv"
    path.write_text(f"row,fuel,gas,method,indicator\n{CEMENT},,CO2,surrogate,gdp_current\n", encoding="utf-8")
    whole = spliced(inventory, jiujiang, read_splices(path))
    cement = whole.cells[whole.cells["row"] == CEMENT].set_index("year")["value_t"]
    gdp = jiujiang.table("observations")
    gdp = (
        gdp[(gdp["indicator"] == "gdp_current") & (gdp["region"] == "360400")]
        .sort_values("grade")
        .drop_duplicates("year")
    )
    gdp = gdp.set_index("year")["value"]
    assert cement[2020] == pytest.approx(cement[2019] * gdp[2020] / gdp[2019])
    path.write_text("row,fuel,gas,method,indicator\nx,peat moss,,guess,\ny,,,surrogate,\n", encoding="utf-8")
    with pytest.raises(DafengError) as caught:
        read_splices(path)
    assert [p.where for p in caught.value.problems] == [
        "rules.csv:2:method",
        "rules.csv:2:fuel",
        "rules.csv:2:row",
        "rules.csv:3:indicator",
        "rules.csv:3:row",
    ]
    path.write_text("row,method\n", encoding="utf-8")
    with pytest.raises(DafengError, match="indicator"):
        read_splices(path)
    path.write_text("row,fuel,gas,method,indicator\n,,,overlap,nothing_of_that_name\n", encoding="utf-8")
    with pytest.raises(DafengError, match="nothing_of_that_name"):
        spliced(inventory, jiujiang, read_splices(path))


def test_a_trend_compares_what_both_years_have(inventory):
    like = series_table(inventory, "B").set_index("year")
    found = uncertainty_of(inventory, "B", 2020, 2019, draws=200)
    base = float(like["value_t"][2019]) - float(like["vanished_t"][2020])
    assert found.trend == pytest.approx(float(like["like_t"][2020]) / base, rel=1e-6)


def test_a_reference_with_processes_is_compared_with_processes(inventory, jiujiang):
    table = reference_table(inventory, jiujiang).set_index(["indicator", "year"])
    added = table["process_spliced_t"]
    assert added.xs(2019, level="year").eq(0).all()
    assert added.xs(2020, level="year").gt(4e6).all()


def test_a_version_is_read_as_it_was_written(inventory, tmp_path):
    write_version(inventory, tmp_path / "a.json", "草案")
    again, label = read_version(tmp_path / "a.json")
    assert label == "草案"
    pd.testing.assert_frame_equal(again.cells, inventory.cells, check_dtype=False)
    assert again.totals("B") == inventory.totals("B")
    assert recalculate(inventory, again).empty
    write_version(again, tmp_path / "b.json", "草案")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    for text in ("{", "[]", '{"format": "x"}', '{"cells": 1}'):
        (tmp_path / "c.json").write_text(text)
        with pytest.raises(DafengError, match="version"):
            read_version(tmp_path / "c.json")
    with pytest.raises(DafengError, match="no such file"):
        read_version(tmp_path / "none.json")


def test_a_recalculation_by_category_sums_to_the_difference_with_its_causes(inventory, jiujiang):
    other = spliced(build(jiujiang, factor_set="ipcc2006", gwp_set="AR6"), jiujiang)
    table = recalculation_by_category(inventory, other, "B")
    gap = {t.year: t.value_t for t in other.totals("B")}
    for total in inventory.totals("B"):
        assert table.loc[table["year"] == total.year, "change_t"].sum() == pytest.approx(
            gap[total.year] - total.value_t, rel=1e-6
        )
    assert table["change_t"].notna().all()
    cement = table[(table["ipcc2006"] == "2.A.1") & (table["year"] == 2020)]
    assert cement["cause"].tolist() == ["method"]
    assert {"factor", "method"} <= set(table["cause"])
    moved = inventory.cells.copy()
    at = moved.index[(moved["row"] == "Textile Industry") & (moved["year"] == 2020) & (moved["value_t"] > 0)][
        0
    ]
    moved.loc[at, "row"] = "Furniture Manufacturing 2"
    told = recalculate(inventory, replace(inventory, cells=moved))
    assert set(told["reason"]) == {"moved"}
    assert set(told["cause"]) == {"method"}


def test_every_cell_has_codes(inventory):
    coded = with_codes(inventory.cells)
    assert coded["ipcc2006"].ne("").all()
    assert coded["crt"].ne("").all()
    known = ipcc_codes()
    rows = {*coded["row"], *(c.id for c in categories())}
    assert rows <= set(known)
    assert {c for c in coded["ipcc2006"] if c[0] not in "1234m"} == set()
    cement = coded[coded["row"] == CEMENT].iloc[0]
    manure = coded[coded["row"] == "manure"].iloc[0]
    assert (cement["ipcc2006"], manure["ipcc2006"], manure["crt"]) == ("2.A.1", "3.A.2", "3.B")


def test_key_categories_by_ipcc_category(inventory):
    table = ipcc_key_categories(inventory, "B", 2020, 2019)
    known = table[table["value_t"].notna()]
    assert known["value_t"].sum() == pytest.approx(inventory.totals("B", [2020])[0].value_t)
    assert known["level"].sum() == pytest.approx(1)
    assert known.loc[known["key_level"], "level"].sum() >= 0.95
    cement = table[(table["ipcc2006"] == "2.A.1") & (table["gas"] == "CO2")].iloc[0]
    assert (bool(cement["key_qualitative"]), bool(cement["key"])) == (True, True)
    assert "475" in cement["reason"]
    rice = table[table["ipcc2006"] == "3.C.7"].iloc[0]
    assert (bool(rice["key_qualitative"]), rice["reason"]) == (True, "no estimate in any year")
    assert not table.duplicated(["ipcc2006", "crt", "fuel_class", "gas"]).any()


@pytest.mark.slow
def test_the_commands(tmp_path):
    runner = CliRunner()
    ran = runner.invoke(app, ["series", "jiujiang", "--splice", "auto", "--json"])
    assert {line["without"] for line in json.loads(ran.output)["rows"]} == {"agriculture,waste"}
    assert "同口径" in runner.invoke(app, ["series", "jiujiang"]).output
    file = str(tmp_path / "v.json")
    assert (
        runner.invoke(app, ["version", "jiujiang", "--out", file, "--label", "草案"]).output.strip() == file
    )
    ran = runner.invoke(
        app, ["recalculate", "jiujiang", "--from", file, "--splice", "auto", "--by-category", "--json"]
    )
    assert {(line["ipcc2006"], line["cause"]) for line in json.loads(ran.output)["rows"]} == {
        ("2.A.1", "method")
    }
    ran = runner.invoke(app, ["recalculate", "jiujiang", "--from", file, "--splice", "auto"])
    assert "方法" in ran.output
    ran = runner.invoke(app, ["recalculate", "jiujiang"])
    assert isinstance(ran.exception, DafengError)
    assert "定性" in runner.invoke(app, ["keys", "jiujiang"]).output
    assert runner.invoke(app, ["keys", "jiujiang", "--by", "branch"]).exit_code == 0
    assert isinstance(runner.invoke(app, ["keys", "jiujiang", "--by", "x"]).exception, DafengError)
