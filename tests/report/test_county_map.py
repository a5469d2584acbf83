"""Contract: the map of counties draws every area where it lies, each in the colour of its light, and says what it is not for."""

import re
from math import cos, radians

import pytest

from dafeng.case import bundled_path, county_shapes, load
from dafeng.evidence import Language
from dafeng.report import Shade, county_map
from dafeng.report.pictures.county_map import FILLS, apart, free_names, middle

SQUARE = [(115.0, 29.0), (116.0, 29.0), (116.0, 30.0), (115.0, 30.0), (115.0, 29.0)]
HOLE = [(115.4, 29.4), (115.6, 29.4), (115.6, 29.6), (115.4, 29.6), (115.4, 29.4)]
EAST = [(x + 1, y) for x, y in SQUARE]
SHAPES = {"990101": [[SQUARE, HOLE]], "990102": [[EAST]]}
SHADES = {"990101": Shade("东县", "red", "红色预警"), "990102": Shade("<西县>")}


def corners(path):
    return [tuple(float(one) for one in pair.split()) for pair in re.findall(r"[ML]([\d.]+ [\d.]+)", path)]


@pytest.mark.parametrize(
    ("language", "note"), [(Language.ZH, "不得公开"), (Language.EN, "not for publication")]
)
def test_it_draws_each_county_in_its_colour_and_says_what_it_is_not_for(language, note):
    picture = county_map(SHAPES, SHADES, "县区灯", language)
    one, other = re.findall(r'<path d="([^"]*)" fill="([^"]*)"', picture)
    assert (one[1], other[1]) == (FILLS["red"], FILLS[""])
    assert one[0].count("Z") == 2  # the hole is cut out
    assert "东县: 红色预警" in picture
    assert "&lt;西县&gt;" in picture
    assert "<西县>" not in picture
    assert note in picture
    assert "<script" not in picture


def test_two_squares_lie_beside_each_other_north_up_in_true_proportion():
    picture = county_map(SHAPES, SHADES, "", Language.ZH)
    one, other = (corners(path) for path in re.findall(r'<path d="([^"]*)"', picture))
    assert max(x for x, _ in one) == pytest.approx(min(x for x, _ in other), abs=0.11)
    assert one[0][1] > one[2][1]  # the southern edge is lower on the page
    across, up = max(x for x, _ in one) - min(x for x, _ in one), one[0][1] - one[2][1]
    assert across / up == pytest.approx(cos(radians(29.5)), rel=0.002)
    box = [float(part) for part in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture).groups()]
    assert all(0 <= x <= box[0] and 0 <= y <= box[1] for x, y in one + other)


def test_the_middle_of_an_area_is_its_centroid():
    assert middle(SQUARE) == pytest.approx((115.5, 29.5))
    half = [(0.0, 0.0), (3.0, 0.0), (0.0, 3.0), (0.0, 0.0)]
    assert middle(half) == pytest.approx((1.0, 1.0))
    assert middle(half[::-1]) == pytest.approx((1.0, 1.0))
    assert middle([(1.0, 1.0), (2.0, 2.0), (1.0, 1.0)]) == pytest.approx((4 / 3, 4 / 3))


def test_the_map_of_a_bundled_city_has_its_counties():
    shapes = county_shapes(bundled_path("jiujiang"))
    counties = load("jiujiang").city.counties
    assert set(shapes) == {county.code for county in counties}
    picture = county_map(shapes, {one.code: Shade(one.name_zh) for one in counties}, "", Language.ZH)
    assert all(one.name_zh in picture for one in counties)
    assert len(picture) < 60_000


def test_a_case_without_a_map_has_no_shapes(tmp_path):
    assert county_shapes(tmp_path) == {}


def test_names_move_apart_and_keep_their_middle_where_it_is_free():
    assert apart([("浔阳区", (10.0, 10.0)), ("濂溪区", (60.0, 10.0))]) == [
        ("浔阳区", (10.0, 10.0)),
        ("濂溪区", (60.0, 10.0)),
    ]
    assert apart([("浔阳区", (10.0, 10.0)), ("濂溪区", (20.0, 12.0)), ("湖口县", (30.0, 9.0))]) == [
        ("浔阳区", (10.0, 10.0)), ("濂溪区", (20.0, 23.0)), ("湖口县", (30.0, -2.0)),
    ]  # fmt: skip
    assert apart([("Hukou", (0.0, 0.0)), ("都昌", (28.0, 0.0))])[1][1] == (28.0, 0.0)


def test_names_that_do_not_stand_free_in_larger_letters_are_told():
    """In letters twice as large 浔阳区 is 66 wide and 22 high: what lies on it or beyond the edge is not shown."""
    names = [("浔阳区", (100.0, 50.0)), ("濂溪区", (160.0, 50.0)), ("湖口县", (180.0, 50.0)), ("都昌县", (100.0, 70.0)), ("庐山市", (20.0, 90.0))]  # fmt: skip
    assert free_names(names, 1.0, 200.0) == [True, True, False, True, True]
    assert free_names(names, 2.0, 300.0) == [True, False, True, False, False]
