"""Contract: dated lists by place and date decide rules; a verdict names the row that was read, and what is not confirmed says so."""

import json

import pytest
from typer.testing import CliRunner

from dafeng.cli.registers import app
from dafeng.evidence import DafengError
from dafeng.registers import code_rows, codes_in_force, enter, packaged_book, read
from dafeng.registers.exchange.example import example_records

PROJECT, _ = example_records(packaged_book().latest("two_high_projects"))[0]


@pytest.mark.parametrize(
    ("consumption", "level", "found"),
    [
        # clinker: 标杆 100, 基准 117 kgce/t
        (120, "below", {"baseline_met"}),
        (120, "between", {"baseline_met", "level_stated_between"}),
        (117, "between", set()),
        (100, "benchmark", set()),
        (100.5, "benchmark", {"level_stated_benchmark"}),
        (100, "between", {"level_stated_between"}),
        (110, "below", {"level_stated_below"}),
        (None, "benchmark", set()),
    ],
)
def test_the_stated_level_is_compared_with_the_table(store, clerk, consumption, level, found):
    cells = {**PROJECT, "county": "990102", "level_product": "clinker", "level_now": level, "problems": ""}
    cells["consumption"] = "" if consumption is None else consumption
    done = enter(store, clerk, "two_high_projects", cells)
    rules = {"baseline_met", "level_stated_between", "level_stated_benchmark", "level_stated_below"}
    assert set(done.findings) & rules == found


def test_a_finding_names_the_row_that_was_read_and_that_it_is_not_confirmed(store, clerk):
    cells = {
        **PROJECT,
        "county": "990102",
        "level_product": "clinker",
        "level_now": "below",
        "consumption": 120,
    }
    done = enter(store, clerk, "two_high_projects", cells)
    [finding] = [
        one
        for one in read(store, clerk, "two_high_projects", done.id)["findings"]
        if one["rule"] == "baseline_met"
    ]
    row = finding["inputs"]["code_tables"]["energy_baseline:clinker"]
    assert (row["value"], row["valid_from"], row["source"]) == (117.0, "2022-01-01", "level2021")
    assert finding["confirmed"] is False


def test_the_later_edition_of_a_level_counts_from_its_day():
    def of(day):
        return {one.key: one for one in codes_in_force(day, "360400", "energy_baseline")}

    assert of("2021-12-31") == {}
    assert (of("2023-06-05")["coke_stamp"].source, of("2023-06-06")["coke_stamp"].source) == (
        "level2021",
        "level2023",
    )
    assert of("2026-01-01")["clinker"].value == 117.0
    assert "pvc_carbide" not in of("2023-06-05")


def test_every_level_of_a_product_has_both_values_and_the_benchmark_is_the_better():
    rows = [row for row in code_rows() if row.table in ("energy_benchmark", "energy_baseline")]
    by_key = {(row.key, row.valid_from): {} for row in rows}
    for row in rows:
        by_key[row.key, row.valid_from][row.table] = row.value
    for key, levels in by_key.items():
        assert levels["energy_benchmark"] < levels["energy_baseline"], key
    codes = packaged_book().latest("two_high_projects").field("level_product").codes
    assert set(codes) == {row.key for row in rows}


def test_a_row_is_confirmed_only_where_its_source_was_read():
    """R and A are recalled or assumed; a source that nobody read confirms nothing."""
    sources = packaged_book().sources
    for row in code_rows():
        assert row.source in sources
        if row.confirmed:
            assert sources[row.source].read in ("yes", "partly"), row


def test_the_codes_of_a_day_and_place_are_listed():
    done = CliRunner().invoke(
        app,
        ["codes", "two_high_threshold", "--place", "320500", "--day", "2029-09-30", "--json"],
    )
    [row] = json.loads(done.output)
    assert (row["value"], row["confirmed"], row["valid_to"]) == (0.0, False, "2029-10-01")
    for bad in (("nothing", "2026-01-01"), ("", "2026-02-30"), ("", "soon")):
        with pytest.raises(DafengError):
            codes_in_force(bad[1], "", bad[0])
