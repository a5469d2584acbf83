"""Contract: a command of `dafeng pathway` that cannot be meant ends with 1 or 2 and says what is wrong and what is near; never a traceback."""

import json

import pytest
from typer.testing import CliRunner

from dafeng.cli.pathway import app
from dafeng.evidence import DafengError

WRONG = [
    ("run jiujiang --set wind_solar_92=0.5", "did you mean wind_solar_927"),
    ("run jiujiang --set wind_solar_927=1.5", "0 (nothing) to 1"),
    ("run jiujiang --set wind_solar_927=nan", "0 (nothing) to 1"),
    ("run jiujiang --set wind_solar_927", "MEASURE=DEGREE"),
    ("run jiujiang --set wind_solar_927=0.5 --set wind_solar_927=0.6", "each measure once"),
    ("run jiujiang --set hydrogen_pilot=0.5", "NE"),
    ("run jiujiang --scenario plann", "did you mean plan"),
    ("run jiujiang --years 2035:2020", "write 2020:2035"),
    ("run jiujiang --years 2035-2020", "FIRST:LAST"),
    ("run jiujiang --years 1:999999999", "200 years"),
    ("run jiujiang --years 1990:2000 --samples 64", "years from 2020 to 2060"),
    ("run nowhere", "bundled case"),
    ("run jiujiang --response README.md", "no response table"),
    ("decompose jiujiang --account Z --samples 64", "an account of A, B"),
    ("decompose jiujiang --account Z --years 2015:2020", "an account of A, B"),
    ("decompose jiujiang --years 1990:2020", "two years of the inventory"),
    ("decompose jiujiang --years 2015:2030", "two years of the inventory"),
    ("feasible jiujiang --sure 1.5 --samples 64", "90 % is 0.9"),
    ("feasible jiujiang --year 1999 --samples 64", "a year from 2020"),
    ("cost jiujiang --method zzz", "partial, retrospective, integrated"),
    ("cost jiujiang --year 1999", "2026 to 2060"),
    ("explain jiujiang net_imports 2030", "did you mean net_import"),
    ("explain jiujiang A 2099", "years from 2020"),
    ("run jiujiang --samples 64 --cluster nowhere", "host and port"),
    ("run jiujiang --samples 64 --cluster tcp://:x", "host and port"),
    ("score jiujiang --scenario x", "one of policy-carried-on"),
]


@pytest.mark.parametrize(("line", "told"), WRONG, ids=[line for line, _ in WRONG])
def test_bad_input_is_told(line, told, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    found = CliRunner().invoke(app, line.split())
    assert isinstance(found.exception, DafengError)
    assert told in str(found.exception)


@pytest.mark.parametrize(
    "line",
    [
        "run jiujiang --samples 0",
        "run jiujiang --samples many",
        "run jiujiang --samples 99999999999",
        "run jiujiang --seed -1",
        "attribute jiujiang --top 0",
        "explain jiujiang A soon",
        "sensitivity",
    ],
)
def test_bad_options_are_told(line):
    found = CliRunner().invoke(app, line.split())
    assert found.exit_code == 2


def test_refusals_are_json_where_json_is_asked_for():
    found = CliRunner().invoke(app, ["run", "jiujiang", "--scenario", "plann", "--json"])
    assert found.exit_code == 1
    problem = json.loads(found.stdout)["problems"][0]
    assert problem["where"] == "--scenario"
    assert "plan" in problem["mend"]
