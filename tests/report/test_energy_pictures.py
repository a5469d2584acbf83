"""Contract: a picture of energy shows what it is given: a gap is no zero, a node is as thick as what flows through it, the same
input gives the same file.
"""

import numpy as np
import pytest

from dafeng.report.energy import (
    NARROW,
    Look,
    course_picture,
    flow_picture,
    heat_picture,
    load_picture,
    picture_file,
    ranking_picture,
)

LOOK = Look("title", "kWh", "gap", "first line\nsecond line")
DAYS = ["2025-01-01", "2025-01-02"]
HOURS = [[float(hour) for hour in range(24)], [None] * 12 + [5.0] * 12]
LINKS = [(0, "a", "i", 30.0), (0, "b", "i", 20.0), (0, "b", "j", 10.0), (1, "i", "u", 50.0), (1, "j", "v", 10.0)]  # fmt: skip


def heights(patches):
    return sorted(round(one.get_height(), 6) for one in patches)


def test_a_gap_is_a_break_and_no_zero():
    (line,) = load_picture(LOOK, DAYS, HOURS).axes[0].lines
    values = line.get_ydata()
    assert (len(values), int(np.isnan(values).sum()), values[23], values[36]) == (48, 12, 23.0, 5.0)
    (mesh,) = heat_picture(LOOK, DAYS, HOURS).axes[0].collections
    assert (mesh.get_array().shape, int(np.ma.count_masked(mesh.get_array()))) == ((2, 24), 12)
    bars = course_picture(LOOK, DAYS, [3.0, None], [True, True]).axes[0].patches
    assert bars[0].get_height() == 3.0
    assert np.isnan(bars[1].get_height())


def test_bars_are_the_values_and_grey_where_not_covered():
    bars = ranking_picture(LOOK, ["x", "y"], [7.0, 2.0], [True, False]).axes[0].patches
    assert [one.get_width() for one in bars] == [7.0, 2.0]
    assert bars[0].get_y() > bars[1].get_y()  # the largest above
    assert bars[0].get_facecolor() != bars[1].get_facecolor()


def test_nodes_are_as_thick_as_what_flows_through_them():
    from matplotlib.patches import PathPatch, Rectangle

    patches = flow_picture(LOOK, LINKS, {(2, "u"): "unit"}).axes[0].patches
    nodes = [one for one in patches if isinstance(one, Rectangle)]
    assert heights(nodes) == sorted(round(one / 60, 6) for one in (30, 30, 50, 10, 50, 10))
    assert sum(isinstance(one, PathPatch) for one in patches) == len(LINKS)


@pytest.mark.parametrize("look", [LOOK, Look("", "kWh", "gap", width=NARROW)])
def test_the_same_picture_is_the_same_file(look):
    first, second = (picture_file(flow_picture(look, LINKS, {(2, "u"): "示例"}), "svg") for _ in range(2))
    assert first == second
    assert "示例" in first.decode()
    assert ("second line" in first.decode()) == bool(look.foot)


@pytest.mark.parametrize("draw", [load_picture, heat_picture])
def test_nothing_covered_is_said(draw):
    assert "gap" in picture_file(draw(LOOK, DAYS, [[None] * 24] * 2), "svg").decode()
    assert picture_file(flow_picture(LOOK, [], {}), "svg").startswith(b"<?xml")
