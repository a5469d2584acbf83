"""Contract: docs/units.md says what the tables say."""

from pathlib import Path

from dafeng.units.reference import reference_page

PAGE = Path(__file__).parents[2] / "docs" / "units.md"


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == reference_page(), (
        "renew it: python -m dafeng.units.reference > docs/units.md"
    )
