"""Contract: what `dafeng pathway` shows fits a terminal of 80 columns, in names and units that people use."""

import pytest
from typer.testing import CliRunner

from dafeng.cli.pathway import app
from dafeng.cli.tables.pathway import amount, chosen_years


def screen(*arguments):
    """What a command shows on 80 columns."""
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_years_and_amounts():
    assert chosen_years(range(2020, 2061)) == [2020, 2025, 2030, 2035, 2040, 2060]
    assert chosen_years([2030]) == [2030]
    assert amount(-74.92, "MW") == ("−7.492", "万千瓦")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "jiujiang", "--samples", "64"), ("政策延续", "2035", "万吨 CO2")),
        (("decompose", "jiujiang", "--samples", "64", "--sectors"), ("单位GDP排放:建筑", "地区生产总值")),
        (
            ("explain", "jiujiang", "A", "2030"),
            ("base_electricity", "万吨(情景 plan,中心情形)", "来源 pw-plants"),
        ),
        (("feasible", "jiujiang", "--samples", "64"), ("927", "万千瓦", "生物质发电装机")),
        (("history", "jiujiang"), ("EDGAR", "Mann–Kendall")),
        (("score", "jiujiang", "--samples", "64"), ("发电量", "CRPS")),
    ],
)
def test_tables_fit_and_speak(arguments, told):
    out = screen(*arguments)
    assert "…" not in out
    assert "e+0" not in out
    for words in told:
        assert words in out


@pytest.mark.slow
def test_a_setting_stands_in_the_rows_of_its_copy_and_the_plan_stays():
    arguments = ("run", "jiujiang", "--set", "wind_solar_927=0.6", "--samples", "64", "--scenario", "plan")
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "160"})
    rows = [line.split() for line in done.stdout.splitlines() if line.strip().startswith("有方案")]
    assert [row[:2] for row in rows] == [
        ["有方案", "A"], ["有方案", "B"], ["有方案[wind_solar_927=0.6]", "A"], ["有方案[wind_solar_927=0.6]", "B"],
    ]  # fmt: skip
    assert "…" not in screen(*arguments)
