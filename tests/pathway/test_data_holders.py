"""Contract: whom to ask for data is named by role, or as the case names the body; no body of another city."""

import pandas as pd
import pytest

from dafeng.case import Case, load
from dafeng.pathway import data_holders


def holders(case: Case) -> str:
    return " ".join(value for row in data_holders.requested_rows(case) for value in row.values())


def test_the_grid_company_is_the_one_of_the_case() -> None:
    words = holders(load("jiujiang"))
    assert "国网九江供电公司" in words
    assert "九江市分行业用电量" in words


@pytest.mark.parametrize(
    ("name", "bodies", "expected", "upper"),
    [
        ("天津市", ("市统计局", "国网天津市电力公司"), "国网天津市电力公司", "市发改委、市生态环境主管部门"),
        ("昆山市", ("市统计局",), "电网企业", "省发改委、省生态环境主管部门"),
        ("昆山市", (), "电网企业", "省发改委"),
    ],
)
def test_no_body_of_another_city(
    monkeypatch: pytest.MonkeyPatch, name: str, bodies: tuple[str, ...], expected: str, upper: str
) -> None:
    case = load("jiujiang")
    table = pd.DataFrame({"name_zh": list(bodies), "name_en": list(bodies)})
    monkeypatch.setattr(type(case), "table", lambda self, which: table)
    place = case.city.model_copy(update={"name_zh": name, "name_en": "Elsewhere"})
    words = holders(
        case.__class__(**{**{f: getattr(case, f) for f in case.__dataclass_fields__}, "city": place})
    )
    assert expected in words
    assert upper in words
    assert "九江" not in words
    assert "Jiujiang" not in words
    assert "{" not in words
