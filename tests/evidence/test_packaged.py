"""Contract: a table of the package is read once, cannot be changed by who reads it, and a torn row is named."""

import pytest

from dafeng.evidence import packaged_rows


def test_rows_are_read_once_and_cannot_be_changed() -> None:
    rows = packaged_rows("dafeng.units", "aliases.csv")
    assert rows is packaged_rows("dafeng.units", "aliases.csv")
    assert set(rows[0]) == {"alias", "expression"}
    with pytest.raises(TypeError):
        rows[0]["alias"] = "x"  # type: ignore[index]


@pytest.mark.parametrize("line", ["a,b,c", "a"])
def test_a_torn_row_is_named(tmp_path, monkeypatch, line) -> None:
    folder = tmp_path / "torn_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "t.csv").write_text(f"x,y\n1,2\n{line}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    packaged_rows.cache_clear()
    with pytest.raises(ValueError, match=r"torn_package/t\.csv:3"):
        packaged_rows("torn_package", "t.csv")
