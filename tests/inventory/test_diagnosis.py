"""A balance is checked against itself and its other years; each doubt lowers grade and widens range of its cells."""

import pytest
from typer.testing import CliRunner

from dafeng.cli.inventory import app
from dafeng.inventory import combustion_of, diagnose, read_balance

YEARS = (2019, 2020, 2021)
BRANCHES = ("Textile Industry", "Food Production", "Metal Products", "Chemical Fiber")


def balance(tmp_path, lines):
    """`lines` (row, fuel, three years in 万吨) as a file."""
    path = tmp_path / "b.csv"
    text = [f"{row},{fuel},{y},{v},万吨" for row, fuel, *vs in lines for y, v in zip(YEARS, vs, strict=True)]
    path.write_text("\n".join(["row,fuel,year,value,unit", *text]) + "\n", encoding="utf-8")
    return path


SOUND = [
    (BRANCHES[0], "原煤", 10, 13, 12), (BRANCHES[1], "原煤", 20, 21, 26), (BRANCHES[2], "原煤", 30, 29, 28),
    ("Construction", "柴油", 5, 5.1, 5.2),
]  # fmt: skip


def doubts(tmp_path, lines):
    return diagnose(read_balance(balance(tmp_path, lines)))


def test_a_sound_balance_has_no_doubt(tmp_path):
    assert doubts(tmp_path, SOUND) == []


def test_a_spike_against_both_neighbours(tmp_path):
    """300 between 20 and 26: a spike of 2020; a jump that stays, and one at the end, are none."""
    lines = [*SOUND[:1], (BRANCHES[1], "原煤", 20, 300, 26), *SOUND[2:]]
    (spike,) = [d for d in doubts(tmp_path, lines) if d.kind == "spike"]
    assert (spike.year, spike.rows, spike.fuel, spike.grade, spike.half_width) == (
        2020, (BRANCHES[1],), "Raw_Coal", "E", 1.0,
    )  # fmt: skip
    # 300 of 342 万t coal and 5.1 万t diesel, in tce
    assert spike.energy_share == pytest.approx(300 * 0.7143 / (342 * 0.7143 + 5.1 * 1.4571), rel=1e-9)
    for values in ((20, 300, 310), (20, 26, 300)):
        lines = [*SOUND[:1], (BRANCHES[1], "原煤", *values), *SOUND[2:]]
        assert not [d for d in doubts(tmp_path, lines) if d.kind == "spike"]


@pytest.mark.parametrize("now", [0, 1, 400, -24])
def test_zero_tiny_huge_and_turned_are_spikes(tmp_path, now):
    lines = [*SOUND, ("Coking", "原煤", 24, now, 26)]
    assert [d.rows for d in doubts(tmp_path, lines) if d.kind == "spike"] == [("Coking",)]


def test_two_rows_that_exchanged_their_numbers(tmp_path):
    """Coking 6,000 and washing −70 stand in each other's place in 2020."""
    lines = [*SOUND, ("Coking", "原煤", 6000, 70, 6100), ("Coal Washing", "原煤", 72, 6050, 74)]
    (exchanged,) = [d for d in doubts(tmp_path, lines) if d.kind in ("exchanged", "spike")]
    assert (exchanged.kind, exchanged.year, set(exchanged.rows)) == (
        "exchanged",
        2020,
        {"Coking", "Coal Washing"},
    )


def test_a_split_carried_over_from_the_year_before(tmp_path):
    """2021 has the shares of 2020, ten per cent more of each: no news of branches; a fuel alone is told once."""
    lines = [
        (b, "原煤", v, v * 1.3 + i, (v * 1.3 + i) * 1.1)
        for i, (b, v) in enumerate(zip(BRANCHES, (10, 20, 30, 5), strict=True))
    ]
    (frozen,) = [d for d in doubts(tmp_path, lines) if d.kind == "frozen-split"]
    assert (frozen.year, frozen.fuel, frozen.grade) == (2021, "Raw_Coal", "D")
    assert frozen.energy_share == pytest.approx(1.0)


def test_a_year_that_is_the_year_before(tmp_path):
    lines = [(b, "原煤", v, v + 1, v + 1) for b, v in zip(BRANCHES, (10, 20, 30, 5), strict=True)]
    kinds = [(d.kind, d.year) for d in doubts(tmp_path, lines)]
    assert ("identical-year", 2021) in kinds
    assert ("frozen-split", 2021) not in kinds


def test_a_break_of_the_total(tmp_path):
    # 10 × 0.7143 + 5 × 1.4571 = 14.4285; with 12 万t 15.857: + 9.9 % is none
    assert doubts(tmp_path, [(BRANCHES[0], "原煤", 10, 12, 12.5), ("Construction", "柴油", 5, 5, 5.2)]) == []
    lines = [(BRANCHES[0], "原煤", 10, 15, 15.5), ("Construction", "柴油", 5, 5, 5.2)]
    (found,) = doubts(tmp_path, lines)
    # 15 万t: 18.0
    assert (found.kind, found.year, found.found) == ("total-break", 2020, "+24.8%")


def test_grade_and_range_of_the_cells_take_in_the_doubt(tmp_path):
    lines = [*SOUND[:1], (BRANCHES[1], "原煤", 20, 300, 26), *SOUND[2:]]
    result = combustion_of(read_balance(balance(tmp_path, lines)), "guide2011")
    cells = result.emissions.set_index(["row", "fuel", "year"])
    assert cells.loc[(BRANCHES[1], "Raw_Coal", 2020), "grade"] == "E"
    assert cells.loc[(BRANCHES[1], "Raw_Coal", 2020), "half_width"] == pytest.approx((1 + 0.11**2) ** 0.5)
    assert cells.loc[(BRANCHES[1], "Raw_Coal", 2019), "half_width"] == pytest.approx(
        (0.05**2 + 0.11**2) ** 0.5
    )
    assert "balance-spike" in {f.code for f in result.findings}


def test_the_command_prints_the_doubts(tmp_path):
    path = balance(
        tmp_path, [*SOUND, ("Coking", "原煤", 6000, 70, 6100), ("Coal Washing", "原煤", 72, 6050, 74)]
    )
    done = CliRunner().invoke(app, ["diagnose", str(path)])
    assert done.exit_code == 0
    assert "两行数值互换" in done.stdout
    assert "balance-exchanged" in CliRunner().invoke(app, ["diagnose", str(path), "--json"]).stdout
