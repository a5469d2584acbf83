"""Contract of the conversion's own arithmetic: scaling of profiles, shares, mended rows."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from case_city import coal_in_service
from case_profiles import scaled_to_mean
from case_tables import distinct, measured, year_of
from shared_tables import number, read_rows, reworded, write_rows


@given(arrays(float, 200, elements=st.floats(1e-4, 1)), st.floats(0.01, 0.9))
def test_scaling_holds_the_mean_clips_at_one_and_keeps_the_order(series, mean):
    scaled = scaled_to_mean(series, mean)
    assert scaled.mean() == pytest.approx(mean, abs=1e-9)
    assert scaled.max() <= 1
    order = np.argsort(series)
    assert (np.diff(scaled[order]) >= -1e-12).all()


def test_scaling_down_a_series_that_stands_at_one():
    """Three hours at 1 and one at 0.5, mean 0.35: factor 0.4, nothing clipped."""
    scaled = scaled_to_mean(np.array([1.0, 1.0, 1.0, 0.5]), 0.35)
    assert scaled == pytest.approx([0.4, 0.4, 0.4, 0.2])


def test_scaling_refuses_a_mean_that_cannot_be_reached():
    with pytest.raises(ValueError, match="no scale"):
        scaled_to_mean(np.array([0.0, 0.0, 0.5]), 0.9)


def test_year_of_start_and_end_count_half():
    unit = {
        "fuel": "coal",
        "status": "retired",
        "capacity_mw": "100",
        "start_year": "2000",
        "end_year": "2010",
    }
    assert [coal_in_service([unit], year) for year in (1999, 2000, 2005, 2010, 2011)] == [0, 50, 100, 50, 0]


def test_a_row_split_at_recalled_is_mended_and_others_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,source,note\n1,recalled, not seen,x\n", encoding="utf-8")
    assert read_rows(path) == [{"id": "1", "source": "recalled, not seen", "note": "x"}]
    path.write_text("id,source,note\n1,a,b,c\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"t\.csv:2: 4 cells"):
        read_rows(path)


def test_rewording_keeps_the_number_of_the_copy():
    assert reworded("stored file id 123; x") == "public copy no. 123; x"


def test_units_are_brought_to_readable_ones_with_their_values():
    cells, note = measured({"value": "100", "unit": "kgoe/t"})
    assert (cells, note) == ({"value": "4186.8", "unit": "MJ/t"}, "unit in the source: kgoe/t")


def test_second_rows_of_a_key_are_numbered():
    rows = distinct([{"a": "x", "y": "1"}, {"a": "x", "y": "1"}], "a", "y")
    assert [row["a"] for row in rows] == ["x", "x#2"]


@pytest.mark.parametrize(("text", "year"), [("2018", "2018"), ("2018-06-20", "2018"), ("2014M1-8", "2014")])
def test_years(text, year):
    assert year_of(text)[0] == year
    assert (year_of(text)[1] == "") == (text == year)


@given(st.floats(-1e12, 1e12, allow_subnormal=False))
def test_numbers_come_back(value):
    assert float(number(value, 17)) == value


def test_written_files_are_the_same_every_time(tmp_path):
    rows = [{"a": "1", "b": "二"}]
    write_rows(tmp_path / "x.csv", ["a", "b"], rows)
    write_rows(tmp_path / "y.csv", ["a", "b"], rows)
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "y.csv").read_bytes() == "a,b\n1,二\n".encode()
