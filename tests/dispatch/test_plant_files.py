"""Contract: files of parks and virtual plants of any wrong shape are refused with the place of every fault, never a traceback."""

from pathlib import Path

import pytest
import yaml

from dafeng.dispatch import read_park, read_vpp
from dafeng.evidence import DafengError

EXAMPLES = Path(__file__).parents[2] / "examples"


def broken(tmp_path, kind, place, value):
    source = EXAMPLES / f"{kind}-synthetic"
    for file in source.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    content = yaml.safe_load((source / f"{kind}.yaml").read_text(encoding="utf-8"))
    spot = content
    for key in place[:-1]:
        spot = spot[key]
    if value is None:
        del spot[place[-1]]
    else:
        spot[place[-1]] = value
    file = tmp_path / f"{kind}.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DafengError) as caught:
        (read_park if kind == "park" else read_vpp)(file)
    return str(caught.value)


COMMON = [
    (["hours"], "many", "hours: found 'many'"),
    (["hours"], 10**9, "hours: found 1000000000"),
    (["start"], "never", "start: found 'never'"),
    (["synthetic"], None, "synthetic: found nothing"),
    (["synthetic"], "perhaps", "synthetic: found 'perhaps'"),
    (["system"], [1], "system: found [1]"),
    (["system"], None, "system: found nothing"),
    (["system", "turbines"], [], "turbines"),
    (["system", "loads"], ["a"], "system:loads:1"),
    (["system", "loads", 0, "name"], None, "system:loads:1:name: found nothing"),
    (["system", "loads", 0, "colour"], 3, "loads:"),
    (["system", "loads", 0, "p_set"], "profile:none", "p_set: found none"),
    (["system", "generators", 0, "p_nom"], -5, "-5 MW"),
    (["system", "generators", 0, "carrier"], "phlogiston", "carrier: found phlogiston"),
    (["profiles"], "none.csv", "none.csv"),
    (["colour"], 3, "colour: found colour"),
]


@pytest.mark.parametrize("kind", ["park", "vpp"])
@pytest.mark.parametrize(("place", "value", "said"), COMMON)
def test_faults_that_both_files_may_have(tmp_path, kind, place, value, said):
    assert said in broken(tmp_path, kind, place, value)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (["tariff"], "x", "tariff: found 'x'"),
        (["tariff", "floating"], "x", "tariff:floating"),
        (["tariff", "tiers"], [{"x": 1}], "tariff:tiers:1:adder: found nothing"),
        (["tariff", "tiers"], [{"up_to_mwh_month": 9, "adder": 5}, {"adder": 0}], "adders that rise"),
        (
            ["tariff", "tiers"],
            [{"up_to_mwh_month": 9, "adder": 0}, {"up_to_mwh_month": 5, "adder": 1}, {"adder": 2}],
            "up_to_mwh_month that rises",
        ),
        (["tariff", "case"], "nowhere", "tariff:case"),
        (["tariff", "bus"], "nowhere", "meter:bus1"),
        (["tariff", "periods"], [], "case and periods"),
        (["system", "buses", 2, "temperature_c"], "hot", "steam:temperature_c: found 'hot'"),
        (["system", "buses", 2, "temperature_c"], 20, "20 °C to 70 °C"),
        (["control", "window"], "x", "control:window"),
        (["control", "forecast_error"], 7, "control:forecast_error"),
    ],
)
def test_faults_of_a_park(tmp_path, place, value, said):
    assert said in broken(tmp_path, "park", place, value)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (["price"], "none", "price: found none"),
        (["events"], "x", "events: found 'x'"),
        (["events", 0, "hours"], 99, "19 + 99"),
        (["events", 0, "start"], "x", "events:1:start"),
        (["events", 0, "price"], None, "events:1:price: found nothing"),
        (["events", 0, "meter"], "none.csv", "none.csv"),
        (["system", "generators", 0, "reliability"], 3, "reliability: found 3"),
        (["system", "generators", 0, "reliability"], "x", "reliability: found 'x'"),
        (["city_peak_mw"], -5, "city_peak_mw: found -5"),
        (["target_share"], 17, "target_share: found 17"),
    ],
)
def test_faults_of_a_virtual_plant(tmp_path, place, value, said):
    assert said in broken(tmp_path, "vpp", place, value)


@pytest.mark.parametrize("text", ["[1, 2]", "hello", "name: [", ""])
def test_no_file_of_a_plant_at_all(tmp_path, text):
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    for read in (read_park, read_vpp):
        with pytest.raises(DafengError, match=r"x\.yaml"):
            read(file)
