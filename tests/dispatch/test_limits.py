"""Contract: limits that cannot be are refused before or instead of a solve, never left out in silence."""

import json

import pytest
from typer.testing import CliRunner

from dafeng.case import load
from dafeng.cli.dispatch import app
from dafeng.dispatch import city_grid, parse_settings, read_response, run_city, solve, with_limits
from dafeng.evidence import DafengError


@pytest.fixture(scope="module")
def case():
    return load("jiujiang")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("cap_t", -1.0),
        ("cap_t", float("nan")),
        ("non_fossil", 1.2),
        ("non_fossil", float("nan")),
        ("reserve", -0.1),
    ],
)
def test_limits_outside_their_range(case, option, value):
    with pytest.raises(DafengError, match=option.removesuffix("_t")):
        city_grid(case, 2030, hours=24, **{option: value})


@pytest.mark.slow
def test_a_reserve_that_given_capacity_misses_is_no_success(case):
    assert solve(city_grid(case, 2030, hours=24, reserve=0.0).system, threads=1).status == "optimal"
    with pytest.raises(DafengError, match=r"missed by .* no capacity may be chosen"):
        solve(city_grid(case, 2030, hours=24, reserve=5.0).system, threads=1)


@pytest.mark.parametrize("setting", ["solar_mw=nan", "solar_mw=inf", "solar_mw=much"])
def test_settings_are_finite(setting):
    with pytest.raises(DafengError, match="--set"):
        parse_settings([setting])
    with pytest.raises(DafengError, match="--cap"):
        with_limits(
            city_grid(load("jiujiang"), 2030, hours=24, cap_t=1.0).system,
            [setting.replace("solar_mw", "co2")],
        )


def test_a_year_given_twice_is_built_once(case):
    runs = run_city(case, [2030, 2030], expand=True, hours=24)
    assert [run.grid.year for run in runs] == [2030]


@pytest.mark.slow
def test_the_response_command_writes_what_the_annual_model_reads(case, tmp_path):
    out = tmp_path / "response.json"
    arguments = ["response", "jiujiang", "--year", "2030", "--out", str(out), "--runs", "12", "--block", "24"]
    result = CliRunner().invoke(app, [*arguments, "--storage", "100", "900", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["bounds"]["storage_mw"] == [100, 900]
    assert told["held_back"] >= 1
    table = read_response(out, case)
    assert len(table.runs) == 12
    assert table.input_hash == told["input_hash"]
    out.write_text("{}", encoding="utf-8")
    with pytest.raises(DafengError, match="no response table"):
        read_response(out, case)
