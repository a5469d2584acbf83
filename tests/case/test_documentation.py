"""Contract: docs/case.md is what the schemas say; every table and column has words in both languages."""

from pathlib import Path

import pytest

from dafeng.case import TABLES, schema_page
from dafeng.tables import KIND_TEXT

PAGE = Path(__file__).parents[2] / "docs" / "case.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == schema_page(), "run: dafeng case schema > docs/case.md"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_has_a_title_in_both_languages_and_keys_exist(table) -> None:
    assert set(table.key) <= set(table.named)
    assert table.help_zh
    assert table.help_en
    for column in table.columns:
        assert column.title_zh
        assert column.title_en
        assert KIND_TEXT[column.kind]
        if column.refers:
            assert column.refers in TABLES
