"""Contract: a yearly figure is judged beside the other years of its key, by the rules of a case; it is kept, with a finding."""

import csv

import pytest

from dafeng.registers import Actor, Grant, act, change, enter, grant_exception, import_file, read
from dafeng.registers.exchange.example import credit_code

RICE = {"county": "990102", "season": "single", "regime": "unknown", "days": 110}


@pytest.fixture(autouse=True)
def _open_years(store, head):
    """Closed years take records by exception, on whatever day the tests run."""
    for register in ("rice_fields", "product_output"):
        for year in ("2022", "2023", "2024"):
            grant_exception(store, head, register, year, "990100", "2099-12-31", "补录")


def _rice(store, actor, year, area):
    return enter(store, actor, "rice_fields", {**RICE, "year": year, "area": area})


@pytest.mark.parametrize(
    ("area", "doubtful"),
    [(1_040, False), (10_400, True), (104, True), (0, False)],
    ids=["as usual", "a digit too many", "a digit too few", "an end"],
)
def test_an_entered_figure_is_judged_beside_the_year_before(store, clerk, area, doubtful):
    _rice(store, clerk, 2023, 1_000)
    done = _rice(store, clerk, 2024, area)
    assert done.findings == (("unusual.area",) if doubtful else ())
    listed = read(store, clerk, "rice_fields", done.id)["findings"]
    if doubtful:
        assert (
            f"2024年一县一季水稻面积 {area} ha,通常为上年的 0.4–2.5 倍;相邻年份 2023: 1000 ha"
            in listed[0]["zh"]
        )
        assert "beside it 2023: 1000 ha" in listed[0]["en"]


def test_a_correction_closes_the_finding(store, clerk):
    _rice(store, clerk, 2023, 1_000)
    wrong = _rice(store, clerk, 2024, 10_400)
    right = change(store, clerk, "rice_fields", wrong.id, {"area": 1_040}, version=wrong.version)
    assert right.findings == ()
    assert read(store, clerk, "rice_fields", wrong.id)["findings"] == []


def test_another_county_or_season_is_no_neighbour(store, clerk):
    _rice(store, clerk, 2023, 1_000)
    other = enter(store, clerk, "rice_fields", {**RICE, "season": "early", "year": 2024, "area": 10_400})
    assert other.findings == ()


def test_a_file_names_the_cell_of_each_unusual_figure(store, clerk, tmp_path):
    _rice(store, clerk, 2022, 990)
    file = tmp_path / "rice.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["county", "year", "season", "regime", "area", "days"])
        rows.writerows([["990102", 2023, "single", "unknown", 1_000, 110], ["990102", 2024, "single", "unknown", 10_400, 110]])  # fmt: skip
    receipt = import_file(store, clerk, "rice_fields", file)
    assert (receipt.stored, receipt.new, receipt.findings, receipt.problems) == (True, 2, 1, [])
    [doubt] = receipt.doubts
    assert doubt["where"] == "rice.csv!E3"
    assert "相邻年份 2023: 1000 ha" in doubt["zh"]
    assert import_file(store, clerk, "rice_fields", file).doubts == receipt.doubts


def test_who_may_not_see_a_figure_does_not_read_it_in_the_sentence(store, clerk, reviewer):
    cells = {"firm": credit_code(9), "county": "990102", "product": "lime_output"}
    enter(store, clerk, "product_output", {**cells, "year": 2023, "amount": 20_000})
    done = enter(store, clerk, "product_output", {**cells, "year": 2024, "amount": 2_000_000})
    assert done.findings == ("unusual.amount",)
    act(store, reviewer, "product_output", done.id, "to_confirmed", version=done.version)
    [seen] = read(store, Actor("reader", (Grant("reader", "990100"),)), "product_output", done.id)["findings"]
    assert "2000000" not in str(seen)
    assert "20000" not in str(seen)
    assert "数值无权查看" in seen["zh"]


def test_fields_name_indicators_of_the_table(store):
    book = store.book
    named = {
        (register, field.id): field.indicator
        for register in book.editions for field in book.latest(register).fields if field.indicator
    }  # fmt: skip
    assert named["forest_resources", "stock"] == "forest_stock"
    assert len(named) == 7
