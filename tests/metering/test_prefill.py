"""Contract: a row of a register's form holds what the meters say, in the units of the form, with coverage; what they do not say
is empty with its reason; every field named is one of the packaged definitions."""

import json

import pytest
import yaml

from dafeng.evidence import DafengError
from dafeng.metering import Sending, Store, ingest_body, operate, registry_from_rows
from dafeng.metering.tables import packaged

from .conftest import point, reading


@pytest.fixture
def store(tmp_path, rows):
    rows["points"] = [
        point("E", period="month", rated_max=""), point("X", period="month", rated_max="", direction="out", use="output"),
        point("S", period="month", rated_max="", use="sub", parent="E"), point("C", period="month", rated_max="", medium="raw_coal", unit="t"),
        point("K", period="month", rated_max="", medium="coke", unit="t"), point("B", period="month", rated_max="", object="O2"),
    ]  # fmt: skip
    rows["meters"] = []
    with Store.create(tmp_path / "p.duckdb", registry_from_rows(rows, "t", "360000")) as opened:
        months = [f"2025-{month:02}" for month in range(1, 13)]
        sent = [
            reading(name, month, value)
            for name, value in (("E", 100_000), ("X", 20_000), ("S", 5), ("C", 500))
            for month in months
        ]
        sent += [reading("K", month, 10) for month in months[:9]]
        sent.append(reading("B", "2025-03", 7000))
        ingest_body(opened, json.dumps(sent).encode(), "json", Sending("t"))
        yield opened


def asked(store, register, unit, period):
    return operate(store, "prefill", {"register": register, "unit": unit, "period": period})


def test_a_yearly_report_from_the_meters(store):
    answer = asked(store, "key_energy_users", "U1", "2025")
    row, cells = answer["record"], {cell["field"]: cell for cell in answer["coverage"]}
    assert (answer["child"], row["year"]) == ("yearly_report", "2025")
    assert (
        row["raw_coal"] == row["coal_total_physical"] == pytest.approx(0.6)
    )  # 12 × 500 t in 万t; what is sub or given away is not added
    assert (row["cleaned_coal"], cells["cleaned_coal"]["key"]) == (None, "NE")
    # coke came for nine months of twelve: the cell is empty, what was measured is beside it
    assert (row["coke"], cells["coke"]["measured"], cells["coke"]["coverage"]) == (
        None,
        pytest.approx(0.009),
        0.75,
    )
    assert "75%" in cells["coke"]["reason"]
    # 48 months of 51 expected are there
    assert cells["energy_calorific"]["coverage"] == pytest.approx(45 / 48)
    assert row["energy_calorific"] == pytest.approx(
        (12 * 80_000 * 0.1229e-3 + 6000 * 0.7143 + 90 * 0.9714) / 1e4, rel=2e-3
    )


def test_a_month_of_a_public_institution(store):
    row = asked(store, "public_institutions", "U2", "2025-03")["record"]
    assert (row["month"], row["electricity"], row["gas"]) == ("2025-03", 7000.0, None)
    assert asked(store, "public_institutions", "U2", "2025-04")["record"]["electricity"] is None


@pytest.mark.parametrize(
    ("register", "unit", "period", "where"),
    [
        ("straw_ledger", "U1", "2025", "register"), ("key_energy_users", "U9", "2025", "unit"), ("key_energy_users", "U1", "2025-01", "period"),
        ("key_energy_users", "U1", "20x5", "period"), ("public_institutions", "U1", "2025", "period"), ("public_institutions", "U1", "2025-13", "period"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_in_is_refused(store, register, unit, period, where):
    with pytest.raises(DafengError) as caught:
        asked(store, register, unit, period)
    assert caught.value.problems[0].where == where


def test_every_field_is_one_of_the_definitions():
    from importlib.resources import files

    for row in packaged("prefill"):
        text = (files("dafeng.registers") / f"definitions/{row['register']}.yaml").read_text(encoding="utf-8")
        definition = yaml.safe_load(text)
        (child,) = [one for one in definition["children"] if one["id"] == row["child"]]
        (field,) = [one for one in child["fields"] if one["id"] == row["field"]]
        assert (field["unit"], child["key"], definition["key"]) == (
            row["unit"],
            [row["period"]],
            [row["key"]],
        )
