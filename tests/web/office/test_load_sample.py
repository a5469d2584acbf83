"""Contract: people who work at the same time get pages and no error; the whole load is `python -m bench office`."""

import pytest
from bench.office import load

pytestmark = [pytest.mark.slow, pytest.mark.system]


def test_twelve_people_get_their_pages():
    figures = list(load(12, 1.0, 8.0))
    assert [one.name.rsplit(" ", 1)[1] for one in figures] == ["p50", "p95"]
    for one in figures:
        assert one.note.count(" 0 errors") == 2, one.note
        assert one.floor
