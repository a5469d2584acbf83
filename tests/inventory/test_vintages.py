"""Contract: a year of another vintage is named, lowers grade and range of its cells and reaches the findings of an inventory."""

import numpy as np
import pandas as pd
import pytest
from tests.inventory.conftest import write_small_city
from typer.testing import CliRunner

from dafeng.case import load
from dafeng.cli.inventory import app
from dafeng.inventory import build, combustion_of, diagnose, gdp_findings, read_balance
from dafeng.inventory.analysis.gdp_vintages import gdp_breaks

YEARS = (2016, 2017, 2018, 2019, 2020)
ROWS = (("Textile Industry", "原煤"), ("Food Production", "原煤"), ("Metal Products", "焦炭"), ("Chemical Fiber", "原煤"),
        ("Construction", "柴油"), ("Urban", "煤油"))  # fmt: skip
LEVELS = (40.0, 31.0, 22.0, 13.0, 24.0, 5.0)
LARGE = ("Textile Industry", "原煤")


def lines(factors, noise=0.02, one=None):
    """`factors` by year of all rows, each cell off by its own few per cent; `one` row has factors of its own."""
    made = []
    for i, ((row, fuel), level) in enumerate(zip(ROWS, LEVELS, strict=True)):
        for t, (year, factor) in enumerate(zip(YEARS, factors, strict=True)):
            own = one[t] if one is not None and (row, fuel) == LARGE else factor
            wave = 1 + noise * np.sin(3 * i + 7 * t)
            made.append(f"{row},{fuel},{year},{level * own * wave:.4f},万吨")
    return made


def file(tmp_path, rows):
    path = tmp_path / "b.csv"
    path.write_text("\n".join(["row,fuel,year,value,unit", *rows]) + "\n", encoding="utf-8")
    return path


def kinds(tmp_path, rows):
    found = diagnose(read_balance(file(tmp_path, rows)))
    return [(d.kind, d.year) for d in found if d.kind not in ("spike", "frozen-split")]


@pytest.mark.parametrize("off", [1.2, 0.8, 1.6])
def test_a_year_of_another_vintage(tmp_path, off):
    assert kinds(tmp_path, lines((1, 1.02, 1.04 * off, 1.06, 1.08))) == [("vintage", 2018)]


def test_a_level_that_stays_from_a_year_on(tmp_path):
    assert kinds(tmp_path, lines((1, 1.01, 1.02 * 1.2, 1.03 * 1.2, 1.04 * 1.2))) == [("vintage-break", 2018)]


@pytest.mark.parametrize(
    ("factors", "one", "expected"),
    [
        ((1, 1.02, 1.04, 1.06, 1.08), None, []),
        # a works of the size of all others, there for a year, then for good: not most rows
        ((1, 1, 1, 1, 1), (1, 1, 3, 1, 1), [("total-break", 2018), ("total-break", 2019)]),
        ((1, 1, 1, 1, 1), (1, 1, 3, 3, 3), [("total-break", 2018)]),
        # fast growth of every year, and a slump with its recovery over two years, are no vintage
        ((1, 1.12, 1.25, 1.4, 1.57), None, [("total-break", y) for y in (2017, 2018, 2019, 2020)]),
        ((1, 1, 0.94, 0.97, 1), None, []),
    ],
)
def test_what_is_no_vintage(tmp_path, factors, one, expected):
    assert kinds(tmp_path, lines(factors, one=one)) == expected


def test_two_versions_of_a_year_in_one_file(tmp_path):
    """All rows of 2018 again, a quarter higher; one row again is a cell refused, no version."""
    first = lines((1, 1, 1, 1, 1))
    again = [r.replace(",2018,", ",2018,") for r in lines((1, 1, 1.25, 1, 1)) if ",2018," in r]
    balance = read_balance(file(tmp_path, first + again))
    versions = [d for d in diagnose(balance) if d.kind == "two-versions"]
    assert {d.fuel for d in versions} == {"Raw_Coal", "Coke", "Diesel_Oil", "Kerosene"}
    assert {(d.year, d.grade) for d in versions} == {(2018, "D")}
    assert [d.half_width for d in versions] == pytest.approx([0.25] * 4, rel=1e-3)
    assert sum(d.energy_share for d in versions) == pytest.approx(1.0)
    cells = combustion_of(balance, "guide2011").emissions
    of_year = cells["year"] == 2018
    assert set(cells.loc[of_year, "grade"]) == {"D"}
    assert cells.loc[of_year, "half_width"].min() > 0.25 > cells.loc[~of_year, "half_width"].max()
    one = read_balance(file(tmp_path, first + again[:1]))
    assert not [d for d in diagnose(one) if d.kind == "two-versions"]


def test_the_vintage_widens_its_cells_and_is_printed(tmp_path):
    path = file(tmp_path, lines((1, 1.02, 1.04 * 1.2, 1.06, 1.08)))
    result = combustion_of(read_balance(path), "guide2011")
    cells = result.emissions
    assert set(cells.loc[cells["year"] == 2018, "grade"]) == {"D"}
    # a fifth, beside 11 % of coal's factor and 5 % of oil's
    assert cells.loc[cells["year"] == 2018, "half_width"].min() > 0.19
    assert cells.loc[cells["year"] == 2019, "half_width"].max() < 0.13
    assert "balance-vintage" in {f.code for f in result.findings}
    done = CliRunner().invoke(app, ["diagnose", str(path)])
    assert "口径版本不同" in done.stdout


def test_the_inventory_of_a_place_with_its_own_balance_takes_in_the_doubts(tmp_path):
    """A spike of its coal in 2019: grade E and a range of at least the value itself, and the finding of the report."""
    city = write_small_city(tmp_path)
    (city / "proxies.csv").unlink()
    text = (city / "city.yaml").read_text().replace("[2020, 2020]", "[2018, 2020]")
    (city / "city.yaml").write_text(text)
    rows = "".join(
        f"{row},{fuel},{year},{value},10^4 t,s,A,\n"
        for row, fuel, values in (("Construction", "Raw_Coal", (10, 300, 11)), ("Construction", "Diesel_Oil", (50, 51, 52)))
        for year, value in zip((2018, 2019, 2020), values, strict=True)
    )  # fmt: skip
    (city / "energy.csv").write_text("row,fuel,year,value,unit,source,grade,note\n" + rows)
    inventory = build(load(city))
    cells = inventory.cells[inventory.cells["category"] == "combustion"].set_index(["fuel", "year"])
    assert cells.loc[("Raw_Coal", 2019), "grade"] == "E"
    assert cells.loc[("Raw_Coal", 2019), "low_t"] == 0.0
    assert cells.loc[("Raw_Coal", 2018), "grade"] < "E"
    assert cells.loc[("Raw_Coal", 2018), "low_t"] > 0.8 * cells.loc[("Raw_Coal", 2018), "value_t"]
    [spike] = [f for f in inventory.findings if f.code == "balance-spike"]
    assert "2019" in spike.zh
    assert "grade E" in spike.en
    assert CliRunner().invoke(app, ["diagnose", str(city)]).stdout.count("与前后两年都不符") == 1


GROWTH = pd.Series(dict.fromkeys(range(2015, 2022), 0.06))
LEVEL = pd.Series({year: 100 * 1.08 ** (year - 2014) for year in range(2014, 2022)})


@pytest.mark.parametrize(
    ("years", "factor", "expected"),
    [
        ((), 1.0, []),
        # one year off by a twentieth, either way: alone
        ((2018,), 1.05, []),
        ((2018,), 1.12, [(2018, "alone")]),
        ((2018,), 0.7, [(2018, "alone")]),
        # revised from 2018 on, a fifth lower, and a quarter higher
        ((2018, 2019, 2020, 2021), 0.8, [(2018, "from")]),
        ((2018, 2019, 2020, 2021), 1.25, [(2018, "from")]),
    ],
)
def test_vintages_of_gdp(years, factor, expected):
    values = LEVEL.copy()
    values[list(years)] *= factor
    found = gdp_breaks(values, GROWTH)
    assert [(year, kind) for year, _, kind in found] == expected


def test_gdp_of_a_case_that_takes_a_year_from_another_series(tmp_path):
    city = write_small_city(tmp_path)
    observed = city / "observations.csv"
    rows = "".join(
        f"gdp_current,369700,{y},{v},亿元,s,A,\n"
        for y, v in ((2017, 100), (2018, 106), (2019, 113), (2020, 111))
    )
    rows += "".join(
        f"gdp_current_bulletin_vintage,369700,{y},{v},亿元,s,B,\n"
        for y, v in ((2017, 97), (2018, 103), (2019, 108), (2020, 111))
    )
    observed.write_text(observed.read_text() + rows)
    case = load(city)
    [finding] = gdp_findings(case)
    assert "2020年取自另一版本gdp_current_bulletin_vintage" in finding.zh
    assert "gdp-vintage" in {f.code for f in build(case).findings}
