"""Contract: many places at once give what each gives alone, in order, on any executor; a bad case stops the rest."""

import re
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from dafeng.case import load
from dafeng.evidence import DafengError
from dafeng.inventory import build, build_many


@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor, ProcessPoolExecutor])
def test_same_cells_on_any_executor(small_city, pool):
    alone = build(load(small_city), gwp_set="AR6")
    folders = [str(small_city), str(small_city.parent / "province")]
    if pool is None:
        built = list(build_many(folders, gwp_set="AR6"))
    else:
        with pool(2) as executor:
            built = list(build_many(folders, executor, gwp_set="AR6"))
    assert [name for name, _ in built] == ["city", "province"]
    pd.testing.assert_frame_equal(built[0][1].cells, alone.cells)
    assert built[0][1].totals("B") == alone.totals("B")


def test_a_case_that_cannot_be_read_is_told(small_city, tmp_path):
    with ThreadPoolExecutor(1) as executor:
        results = build_many([str(small_city), str(tmp_path / "nowhere"), str(small_city)], executor)
        assert next(results)[0] == "city"
        with pytest.raises(DafengError, match="nowhere"):
            list(results)


def test_the_example_of_the_page_prints_what_the_page_shows(capsys):
    page = (Path(__file__).parents[2] / "docs/inventory.md").read_text(encoding="utf-8")
    code, shown = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL).groups()
    exec(compile(code, "docs/inventory.md", "exec"), {})
    assert capsys.readouterr().out == shown
