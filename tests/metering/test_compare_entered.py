"""Contract: what a unit entered is set beside what its meters say; without one of the two there is no difference."""

import pytest

from dafeng.metering import compare_entered


def test_the_difference_is_relative_to_what_was_measured():
    cells = [{"field": name, "value": value} for name, value in (("a", 100.0), ("b", None), ("c", 0.0), ("d", 50.0), ("e", 8.0))]  # fmt: skip
    found = compare_entered(cells, {"a": 107, "b": 3.0, "c": 1.0, "e": "many"})
    assert [one["difference"] for one in found] == [pytest.approx(0.07), None, None, None, None]
    assert [one["entered"] for one in found] == [107, 3.0, 1.0, None, "many"]
    assert cells[0] == {"field": "a", "value": 100.0}
