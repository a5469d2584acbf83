"""Contract: inputs that nobody named: each kind of doubt is found where it hides from a simple rule, and not where there is none.

Ten branches, five years, levels that differ from row to row and wander by a few per cent.
"""

import numpy as np
import pytest

from dafeng.inventory import combustion_of, diagnose, read_balance

YEARS = (2016, 2017, 2018, 2019, 2020)
BRANCHES = (
    "Coal Mining and Dressing", "Food Processing", "Textile Industry", "Papermaking and Paper Products",
    "Petroleum Processing and Coking", "Raw Chemical Materials and Chemical Products", "Nonmetal Mineral Products",
    "Smelting and Pressing of Ferrous Metals", "Metal Products", "Electronic and Telecommunications Equipment",
)  # fmt: skip
LEVELS = (30.0, 5.0, 12.0, 45.0, 8.0, 90.0, 400.0, 160.0, 20.0, 3.0)


def table():
    """Coal and electricity of the branches [row, fuel, year]; row 6 and 7 lie within a factor of three."""
    rows, years = np.arange(len(BRANCHES))[:, None], np.arange(len(YEARS))[None, :]
    coal = np.array(LEVELS)[:, None] * (1 + 0.06 * np.sin(2.3 * rows + 1.7 * years))
    power = np.array(LEVELS[::-1])[:, None] * (1 + 0.05 * np.cos(1.9 * rows + 2.1 * years))
    return np.stack([coal, power], axis=1)


def doubts(tmp_path, values, extra=()):
    lines = ["row,fuel,year,value,unit"]
    for i, row in enumerate(BRANCHES):
        for f, (fuel, unit) in enumerate((("原煤", "万吨"), ("电力", "亿千瓦时"))):
            lines += [f"{row},{fuel},{y},{values[i, f, t]:.4f},{unit}" for t, y in enumerate(YEARS)]
    lines += [
        f"{row},{fuel},{y},{v},{unit}"
        for row, fuel, unit, *vs in extra
        for y, v in zip(YEARS, vs, strict=True)
    ]
    path = tmp_path / "b.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return diagnose(read_balance(path)), path


def told(found):
    return {(d.kind, d.year, d.rows, d.fuel) for d in found}


def test_nothing_is_wrong(tmp_path):
    assert told(doubts(tmp_path, table())[0]) == set()


@pytest.mark.parametrize(
    ("series", "year"),
    [
        # a number in a row that is empty before and after; an empty year; neighbours that do not agree
        ((0, 0, 300, 0, 0), 2018),
        ((250, 260, 0, 240, 250), 2018),
        ((8, 9, 600, 30, 31), 2018),
    ],
)
def test_spikes_that_hide(tmp_path, series, year):
    found, _ = doubts(tmp_path, table(), [("Construction", "原煤", "万吨", *series)])
    assert ("spike", year, ("Construction",), "Raw_Coal") in told(found)


@pytest.mark.parametrize("series", [(0, 0, 0, 9, 10), (0, 0.4, 0, 0.3, 0), (40, 55, 75, 100, 140)])
def test_what_is_no_spike(tmp_path, series):
    """A plant that starts, a small use now and then, steady growth."""
    found, _ = doubts(tmp_path, table(), [("Construction", "原煤", "万吨", *series)])
    assert "spike" not in {d.kind for d in found}


@pytest.mark.parametrize(("a", "b"), [(6, 7), (5, 7), (3, 5)])
def test_rows_exchanged_within_a_factor_of_four(tmp_path, a, b):
    values = table()
    values[[a, b], 0, 2] = values[[b, a], 0, 2]
    found, _ = doubts(tmp_path, values)
    assert told(found) == {("exchanged", 2018, (BRANCHES[a], BRANCHES[b]), "Raw_Coal")}


@pytest.mark.parametrize("row", [0, 2, 7])
def test_fuels_exchanged_in_a_row(tmp_path, row):
    """Coal and electricity of one row in each other's column: two findings, and no spike besides."""
    values = table()
    values[row, :, 2] = values[row, ::-1, 2]
    found, _ = doubts(tmp_path, values)
    kinds = {(d.kind, d.year, d.rows, d.fuel) for d in found if d.kind != "total-break"}
    assert kinds == {("exchanged", 2018, (BRANCHES[row],), fuel) for fuel in ("Raw_Coal", "Electricity")}


@pytest.mark.parametrize(("first", "last", "lines"), [(0, 9, 1), (0, 9, -1), (1, 8, 2)])
def test_labels_shifted_within_the_branches(tmp_path, first, last, lines):
    """Every sum is kept: no identity shows it; grade and range of the rows take it in."""
    values = table()
    values[first : last + 1, :, 2] = np.roll(values[first : last + 1, :, 2], lines, axis=0)
    found, path = doubts(tmp_path, values)
    [shift] = [d for d in found if d.kind == "labels-shifted"]
    assert (shift.year, shift.grade) == (2018, "E")
    assert set(shift.rows) <= set(BRANCHES[max(first - 1, 0) : last + 2])  # a row beside may fit either way
    assert len(shift.rows) >= last - first
    assert f"{lines:+d}" in shift.found
    cells = combustion_of(read_balance(path), "guide2011").emissions.set_index(["row", "year"])
    assert cells.loc[(shift.rows[1], 2018), "grade"] == "E"
    assert cells.loc[(shift.rows[1], 2017), "grade"] < "E"


@pytest.mark.parametrize("moved", [(), (6,), (0,)])
def test_a_frozen_split_of_which_one_branch_moved(tmp_path, moved):
    values = table()
    values[:, 0, 3] = values[:, 0, 2] * 1.04
    for row in moved:
        values[row, 0, 3] *= 1.5
    found, _ = doubts(tmp_path, values)
    assert ("frozen-split", 2019, (), "Raw_Coal") in told(found)


@pytest.mark.parametrize("off", [0.01, 0.001])
def test_a_split_that_moved_is_not_frozen(tmp_path, off):
    values = table()
    values[:, 0, 3] = values[:, 0, 2] * (1 + off * np.array([1, -1] * 5))
    assert "frozen-split" not in {d.kind for d in doubts(tmp_path, values)[0]}


@pytest.mark.parametrize(
    ("total", "closes"),
    [(1.0, True), (1.003, False), (0.0, False), (-1.0, False)],
    ids=("sum", "off", "zero", "turned"),
)
def test_a_total_that_does_not_close(tmp_path, total, closes):
    values = table()
    sums = values[:, 0, :].sum(axis=0) * np.array([1, 1, total, 1, 1])
    found, _ = doubts(
        tmp_path, values, [("Total Final Consumption", "原煤", "万吨", *(f"{v:.4f}" for v in sums))]
    )
    assert (("closure", 2018, (), "Raw_Coal") in told(found)) is not closes
