"""Contract: figures of fewer than three firms are hidden from whoever may not see a firm's own, and cannot be found from the others."""

from collections import Counter

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.evidence import DafengError
from dafeng.registers import Actor, Grant, compute, enter, open_workspace, owner, publish
from dafeng.registers.summary.suppression import hidden_groups

REGISTER = """\
register: firms
zh: 企业能耗
en: Energy of firms
edition: '2026'
valid_from: '2020-01-01'
owner: 市发改委
grain: one firm a year
key: [firm, year]
region: county
life_cycle:
  source: self
  trust: A
  initial: listed
  states:
  - {id: listed, zh: 已列入, en: Listed, editable: true, counted: true}
fields:
- {id: firm, zh: 企业, en: firm, type: text, required: true, sortable: true, trust: A, source: self}
- {id: county, zh: 县区, en: county, type: region, required: true, trust: A, source: self}
- {id: year, zh: 年份, en: year, type: year, required: true, trust: A, source: self}
- {id: energy, zh: 能耗, en: energy, type: decimal, unit: tce, privacy: commercial, trust: A, source: self}
- {id: output, zh: 产量, en: output, type: decimal, unit: t, trust: A, source: self}
- {id: double, zh: 两倍, en: double, type: decimal, unit: tce, computed: energy * 2, trust: A, source: self}
indicators:
- {id: used, zh: 能耗合计, en: energy used, unit: tce, formulas: [{value: sum(energy)}], year: year, by: [county], trust: A, source: self}
- {id: twice, zh: 两倍合计, en: twice, unit: tce, formulas: [{value: sum(double)}], year: year, by: [county], trust: A, source: self}
- {id: made, zh: 产量合计, en: output made, unit: t, formulas: [{value: sum(output)}], year: year, by: [county], trust: A, source: self}
public: [firm, county]
"""
READER = Actor("bank", (Grant("reader", "990100"),))


@pytest.fixture
def firms(tmp_path):
    (tmp_path / "registers").mkdir()
    (tmp_path / "registers" / "firms.yaml").write_text(REGISTER, encoding="utf-8")
    store = open_workspace(tmp_path, "990100")
    for number, county in enumerate(["990101"] * 5 + ["990102"] * 3 + ["990103"]):
        enter(
            store,
            owner(),
            "firms",
            {"firm": f"F{number}", "county": county, "year": 2025, "energy": 10 + number, "output": 1},
        )
    yield store
    store.close()


def told(store, actor, indicator):
    return {
        result.group.get("county", "all"): result.value
        for result in compute(store, actor, "firms", indicator, 2025)
    }


@pytest.mark.parametrize(("indicator", "factor"), [("used", 1), ("twice", 2)])
def test_one_firm_is_hidden_and_the_group_that_would_tell_it_by_difference_too(firms, indicator, factor):
    whole = sum(range(10, 19)) * factor
    assert told(firms, READER, indicator) == {
        "all": whole,
        "990101": 60 * factor,
        "990102": None,
        "990103": None,
    }
    assert told(firms, owner(), indicator)["990103"] == 18 * factor
    [one] = [
        result
        for result in compute(firms, READER, "firms", indicator, 2025)
        if result.group.get("county") == "990103"
    ]
    assert (one.suppressed, one.partial, one.n) == (True, None, 1)


def test_what_is_no_secret_is_shown_for_one_firm_too(firms):
    assert told(firms, READER, "made") == {"all": 9.0, "990101": 5.0, "990102": 3.0, "990103": 1.0}


def test_nobody_groups_by_a_field_that_he_may_not_see(firms):
    with pytest.raises(DafengError, match="grouped by energy"):
        compute(firms, READER, "firms", "made", 2025, ["energy"])
    with pytest.raises(DafengError, match="grouped by colour"):
        compute(firms, owner(), "firms", "made", 2025, ["colour"])
    assert all(result.value is None for result in compute(firms, READER, "firms", "used", 2025, ["firm"])[1:])


def test_public_indicators_say_what_is_withheld(firms, tmp_path):
    publish(firms, owner(), "firms", tmp_path / "p", [2025])
    sheet = openpyxl.load_workbook(tmp_path / "p" / "firms.xlsx")["指标 indicators"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert ["能耗合计 · energy used", 2025, "990103", "不足3家,不公布 · fewer than 3 firms", "tce", 1] in rows
    assert ["能耗合计 · energy used", 2025, "990101", 60, "tce", 5] in rows
    page = (tmp_path / "p" / "firms.html").read_text(encoding="utf-8")
    assert "fewer than 3 firms" in page
    assert "18" not in page.split("990103")[-1][:40]
    with pytest.raises(DafengError):
        publish(firms, READER, "firms", tmp_path / "q")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=30))
def test_what_is_missing_is_never_of_one_or_two_firms(pairs):
    """Whole less the groups shown: nobody, or at least three firms."""
    groups = {}
    for group, firm in pairs:
        groups.setdefault((group,), set()).add((group, firm))
    hidden, whole = hidden_groups(groups)
    assert all(len(groups[one]) >= 3 for one in groups if one not in hidden)
    missing = Counter(firm for one in hidden for firm in groups[one])
    assert whole or not hidden or len(missing) >= 3
    assert whole == (len({firm for found in groups.values() for firm in found}) < 3)
