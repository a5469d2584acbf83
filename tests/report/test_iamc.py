"""Contract: the IAMC file holds the summary's numbers, each key once, and every variable is the sum of those below it."""

import csv
import io
from collections import defaultdict

import pytest

from dafeng.pathway import iamc_rows, result_rows
from dafeng.pathway.analysis.compare import Point
from dafeng.pathway.results import Band
from dafeng.report import Summary, write_results


@pytest.fixture
def found(summary: Summary, tmp_path) -> list[dict[str, str]]:
    write_results(summary, {}, tmp_path)
    text = (tmp_path / "results.csv").read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")  # Excel takes a file without the mark for GBK
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def value_of(found, **key) -> float:
    (row,) = [row for row in found if all(row[name] == str(value) for name, value in key.items())]
    return float(row["value"])


def test_keys_are_unique_and_units_belong_to_their_variables(found):
    assert list(found[0]) == ["model", "scenario", "region", "variable", "unit", "year", "value"]
    keys = [tuple(row[name] for name in list(row)[:-1]) for row in found]
    assert len(set(keys)) == len(keys)
    assert {row["unit"] for row in found if row["variable"].startswith("Electricity")} == {"TWh/yr"}
    assert {row["unit"] for row in found if "Emission" in row["variable"]} == {"Mt CO2/yr"}
    assert all(float(row["value"]) == float(row["value"]) for row in found)


def test_mean_median_and_percentiles_are_those_of_the_summary(summary, found):
    track = summary.track("plan", "A")
    at = track.years.index(2030)
    key = {"scenario": "plan", "year": 2030}
    assert value_of(found, variable="Emissions|CO2|Account A", **key) == pytest.approx(track.mean[at])
    assert value_of(found, variable="Emissions|CO2|Account A (Median)", **key) == pytest.approx(
        track.median[at]
    )
    assert value_of(found, variable="Emissions|CO2|Account A (5th Percentile)", **key) == pytest.approx(
        track.low[at]
    )
    assert value_of(found, variable="Emissions|CO2|Account A (95th Percentile)", **key) == pytest.approx(
        track.high[at]
    )
    past = value_of(found, variable="Historical Emissions|CO2|Account A", scenario="historical", year=2015)
    assert past == pytest.approx(35.0)


def test_every_variable_is_the_sum_of_those_below_it(found):
    """What `check_aggregate` of pyam asks."""
    cells = defaultdict(dict)
    for row in found:
        cells[row["scenario"], row["year"]][row["variable"]] = float(row["value"])
    compared = 0
    for values in cells.values():
        for variable, total in values.items():
            below = [x for name, x in values.items() if name.rpartition("|")[0] == variable]
            if below:
                compared += 1
                assert sum(below) == pytest.approx(total, rel=1e-6), variable
    assert compared > 50


def test_names_are_readable(found):
    names = {row["variable"] for row in found}
    assert "Emissions|CO2|Account A|Industry" in names
    assert not any("_" in name for name in names)


def test_scenarios_and_results_share_their_names(summary):
    band = Band([[1e6], [2e6], [3e6], [4e6], [5e6]], [3.5e6])
    point = Point("plan[m=0.5]", {}, [2030], {"A": band}, {}, {}, {}, {})
    rows = {row.variable: row for row in iamc_rows([point], "dafeng", "Town")}
    assert rows["Emissions|CO2|Account A"].value == 3.5
    assert rows["Emissions|CO2|Account A (25th Percentile)"].value == 2.0
    assert {row.scenario for row in rows.values()} == {"plan[m=0.5]"}
    whole = {row.variable for row in result_rows(summary, "A", "dafeng", "Town", lambda _, id_: id_)}
    assert set(rows) < whole


@pytest.mark.oracle
def test_pyam_finds_nothing_to_complain_about(summary, tmp_path, read_by_pyam):
    write_results(summary, {}, tmp_path)
    read = read_by_pyam(tmp_path / "results.csv")
    assert len(read["variables"]) > 20
    assert read["odd"] == []
