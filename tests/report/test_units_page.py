"""Contract: the page of many units says what is left out and why, ranks by ranges, and its map says that it is not for publication."""

import re

import pandas as pd

from dafeng.report import units_page


def _rows() -> pd.DataFrame:
    bands = {f"{name}{end}": value * factor for name, value in (("B_no_plan_2020", 12.0), ("A_no_plan_2030", 11.0), ("A_plan_2030", 10.0))
             for end, factor in (("", 1.0), ("_low", 0.5), ("_high", 2.0))}  # fmt: skip
    done = {"status": "done", "reason": "", "samples": 64, "seed": 1, "A_base": 11.0, "B_base": 12.0, "net_import_mwh": 2e6, "own_share": 0.15, "edgar": 10.0,
            "ln_over_edgar": 0.18, **bands}  # fmt: skip
    return pd.DataFrame([
        {"code": "460100", "name_zh": "海口市", "province": "海南", **done},
        {"code": "460200", "name_zh": "三亚市", "province": "海南", **done, "edgar": float("nan"), "ln_over_edgar": float("nan")},
        {"code": "460300", "name_zh": "三沙市", "province": "海南", "status": "refused", "reason": "缺<GDP>", "samples": 64, "seed": 1},
    ])  # fmt: skip


def test_page_tells_what_is_left_out() -> None:
    page = units_page(_rows(), "海南")
    assert "非审图号地图，不得公开出版" in page
    assert "not for publication" in page
    assert "缺&lt;GDP&gt;" in page
    assert "以下省份不完整（有市未起草）：海南" in page
    assert "<small>1–2</small>" in page  # two alike units share their places
    assert re.search(r"1,200 万吨</span><span lang=\"en\">12 Mt", page)
    # EDGAR has no figure of one unit: none of the province either
    sums = page[page.index('id="sums"') : page.index('id="ranking"')]
    assert re.search(r'data-label-en="EDGAR">—</td>', sums)
    assert "2/3" in sums


def test_page_needs_no_other_host() -> None:
    page = units_page(_rows(), "")
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "全国地级单位起草结果" in page
    assert page.count("<circle") == 6  # three units in each language


def test_page_without_one_drafted_unit() -> None:
    page = units_page(
        _rows().iloc[2:][["code", "name_zh", "province", "status", "reason", "samples", "seed"]], "海南"
    )
    assert "0/1" in page
