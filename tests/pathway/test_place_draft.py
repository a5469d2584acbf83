"""Contract: the draft of any unit runs, gives ranges and no conclusion, and each of its rows is graded and sourced."""

from pathlib import Path

import pytest

from dafeng import inventory, pathway
from dafeng.case import LEAST_OWN_SHARE, draft_unit, find_unit, load, own_share, units
from dafeng.pathway import compile_model, draft_model

KINDS = ("唐山", "北京", "赣州", "成都", "鄂尔多斯", "恩施")
"""Steel; a municipality; a city of the bundled province; hydropower; coal; an autonomous prefecture without coal units."""


@pytest.mark.parametrize(
    "name", [*KINDS[:2], *(pytest.param(name, marks=pytest.mark.slow) for name in KINDS[2:])]
)
def test_draft_of_each_kind_compiles(name: str, tmp_path: Path) -> None:
    drafted = draft_model(draft_unit(find_unit(name), tmp_path / "place").path)
    assert drafted.missing == ""
    assert drafted.from_figures == ()  # figures of the nation are no figures of the place
    assert len(drafted.typical) >= 15
    case = load(tmp_path / "place")
    account = inventory.build(case)
    total = account.totals("B", [2020])[0]
    assert 0 < total.low_t < total.value_t < total.high_t
    model = compile_model(case, account)
    assert own_share(case) < LEAST_OWN_SHARE
    drivers = case.table("drivers")
    assert drivers["grade"].isin(list("ABCDE")).all()
    assert drivers.loc[drivers["parameter"].str.startswith("fuel_intensity.chem"), "damping"].isna().all()
    assert not case.table("measures").empty
    assert set(case.table("measures")["source"]) <= {
        "provincial-plan" if name == "赣州" else "national-plan",
        "typical-effects",
        "pw-steel-bench",
        "pw-cement",
    }
    # the spread of the base year is that of the shares
    if case.parent is not None:
        chemicals = model.parameters["base.chemicals"]
        assert chemicals.lognormal
        assert 0.6 < float(chemicals.up[0]) / 1.645 / 0.42 < 1.5


@pytest.mark.slow
def test_run_of_a_draft_gives_ranges(tmp_path: Path) -> None:
    draft_model(draft_unit(find_unit("恩施"), tmp_path / "place").path)
    found = pathway.run(str(tmp_path / "place"), samples=64)
    # a place that exports hydropower: the credit may exceed its own emissions in account A, not in B
    track = found.results.track("policy-carried-on", "B")
    at = track.years.index(2030)
    assert 0 < track.low[at] < track.median[at] < track.high[at]
    assert track.high[at] / track.low[at] > 1.5
    assert found.results.track("policy-carried-on", "A").low[at] < 0
    assert found.results.track("plan", "B").median[at] < track.median[at]


@pytest.mark.slow
def test_eleven_cities_of_jiangxi_never_exceed_the_province(tmp_path: Path) -> None:
    """Together they hold what the province burns and no more; the stated range of each is that of its total."""
    cities = [
        inventory.build(draft_unit(unit, tmp_path / unit.code))
        for unit in units().values()
        if unit.province_code == "360000"
    ]
    assert len(cities) == 11
    whole = _burnt(inventory.build(load("regions/360000")))
    for year in cities[0].years:
        value = whole[year]
        assert 0.9 * value < sum(_burnt(city)[year] for city in cities) <= value * (1.0 + 1e-6)
    for city in cities:
        total = city.totals("B", [2020])[0]
        assert total.high_t / total.value_t == pytest.approx(
            2.3, abs=0.45
        )  # exp(1.96 x 0.42), shares at most 1


def _burnt(place: inventory.Inventory) -> dict[int, float]:
    cells = place.cells[(place.cells["category"] == "combustion") & (place.cells["gas"] == "CO2")]
    return {int(year): float(rows["value_t"].sum()) for year, rows in cells.groupby("year")}
