"""Contract: an aggregate equals brute force in plain Python; what is missing never becomes zero; order never matters; formulas change by year."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dafeng.registers import Filter, compute, enter, find, open_workspace, owner, read_book
from dafeng.registers.definition.evaluation import Circumstances, computed
from dafeng.registers.definition.meaning import resolve
from dafeng.registers.definition.symbols import indicator_symbols
from dafeng.registers.exchange.importing import import_file

SAMPLE = """\
register: sample
zh: 样例
en: Sample
edition: '2026'
valid_from: '2015-01-01'
systems: [S000]
owner: 市发改委
grain: one thing
key: [number]
region: county
life_cycle:
  source: self
  trust: A
  initial: listed
  states:
  - {id: listed, zh: 已列入, en: Listed, editable: true, counted: true}
  - {id: gone, zh: 已退出, en: Gone}
  transitions:
  - {id: to_gone, from: [listed], to: gone, zh: 退出, en: Leave, role: reviewer, four_eyes: false}
fields:
- {id: number, zh: 编号, en: number, type: text, required: true, sortable: true, trust: A, source: self}
- {id: county, zh: 县区, en: county, type: region, required: true, sortable: true, trust: A, source: self}
- {id: kind, zh: 类型, en: kind, type: choice, codes: {a: 甲, b: 乙}, required: true, sortable: true, trust: A, source: self}
- {id: amount, zh: 数量, en: amount, type: decimal, unit: t, sortable: true, trust: A, source: self}
- {id: part, zh: 其中, en: part, type: decimal, unit: kg, trust: A, source: self}
- {id: done_on, zh: 完成, en: done, type: date, sortable: true, trust: A, source: self}
- {id: year, zh: 年份, en: year, type: year, required: true, sortable: true, trust: A, source: self}
- {id: flag, zh: 是否, en: flag, type: bool, trust: A, source: self}
indicators:
- {id: flow, zh: 流量, en: flow, unit: 万t, formulas: [{value: sum(amount)}], year: year, by: [county], trust: A, source: self}
- {id: stock, zh: 存量, en: stock, unit: t, formulas: [{value: sum(amount)}], since: done_on, trust: A, source: self}
- {id: share, zh: 占比, en: share, unit: '%', formulas: [{value: sum(part) / sum(amount)}], where: "kind == 'a'", year: year, by: [county], trust: A, source: self}
- {id: covered, zh: 覆盖, en: covered, unit: '%', formulas: [{value: count(filled(done_on)) / count()}], year: year, trust: A, source: self}
- {id: flagged, zh: 标记, en: flagged, unit: '个', formulas: [{value: count(flag)}], year: year, trust: A, source: self}
- {id: only_a, zh: 甲量, en: only a, unit: t, formulas: [{value: "sum(only(amount, kind == 'a'))"}], year: year, trust: A, source: self}
- {id: dated, zh: 变公式, en: dated, unit: t, year: year, trust: A, source: self,
   formulas: [{value: sum(amount), last_year: 2018}, {value: sum(amount) - sum(part), first_year: 2019}]}
returns: {period: year, field: year, working_days: 20, locked_after: 1000}
"""

CELL = st.one_of(st.none(), st.integers(0, 50))
ROW = st.fixed_dictionaries({
    "county": st.sampled_from(["990101", "990102"]), "kind": st.sampled_from(["a", "b"]), "amount": CELL, "part": CELL,
    "done_on": st.sampled_from([None, "2023-05-01", "2025-01-31"]), "year": st.sampled_from(["2023", "2025"]),
    "flag": st.sampled_from([None, True, False]),
})  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    (folder / "registers").mkdir()
    (folder / "registers" / "sample.yaml").write_text(SAMPLE, encoding="utf-8")
    open_workspace(folder, "990100").close()
    return folder


def workspace(template, folder):
    shutil.copytree(template, folder)
    return open_workspace(folder)


def brute(rows, indicator, year, county=None):
    """The same by hand: (value, n)."""
    if indicator == "stock":
        chosen = [r for r in rows if r["done_on"] and int(r["done_on"][:4]) <= year]
    else:
        chosen = [r for r in rows if int(r["year"]) == year and (indicator != "share" or r["kind"] == "a")]
    chosen = [r for r in chosen if county is None or r["county"] == county]
    if not chosen:
        return None, 0

    def total(values):
        values = list(values)
        return None if None in values else sum(values)

    amount, part = total(r["amount"] for r in chosen), total(r["part"] for r in chosen)
    if indicator == "flow":
        value = None if amount is None else amount / 10_000
    elif indicator == "stock":
        value = amount
    elif indicator == "share":
        value = None if amount in (None, 0) or part is None else part / 1000 / amount * 100
    elif indicator == "covered":
        value = sum(r["done_on"] is not None for r in chosen) / len(chosen) * 100
    elif indicator == "flagged":
        value = None if any(r["flag"] is None for r in chosen) else sum(r["flag"] for r in chosen)
    elif indicator == "only_a":
        value = total(0 if r["kind"] == "b" else r["amount"] for r in chosen)
    else:
        value = None if amount is None or part is None else amount - part / 1000
    return value, len(chosen)


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=8))
def test_an_aggregate_equals_brute_force_and_missing_is_never_zero(rows, template, tmp_path_factory):
    store = workspace(template, tmp_path_factory.mktemp("brute") / "w")
    try:
        for number, row in enumerate(rows):
            enter(store, owner(), "sample", {**row, "number": f"N{number}"})
        for indicator in ("flow", "stock", "share", "covered", "flagged", "only_a", "dated"):
            for year in (2023, 2025):
                found = compute(store, owner(), "sample", indicator, year)
                value, n = brute(rows, indicator, year)
                assert found[0].n == n
                assert found[0].value == (None if value is None else pytest.approx(value)), (indicator, year)
                for group in found[1:]:
                    expected, _ = brute(rows, indicator, year, group.group["county"])
                    assert group.value == (None if expected is None else pytest.approx(expected))
    finally:
        store.close()


def test_the_two_evaluators_of_one_expression_agree(template, tmp_path):
    """One record in Python, and the same record in SQL."""
    store = workspace(template, tmp_path / "w")
    definition = store.book.latest("sample")
    enter(
        store,
        owner(),
        "sample",
        {
            "number": "N",
            "county": "990101",
            "kind": "a",
            "amount": 5,
            "part": 200,
            "done_on": "2025-03-01",
            "year": 2025,
            "flag": True,
        },
    )
    symbols = indicator_symbols(definition, "")
    from sqlalchemy import select

    from dafeng.registers.summary.sql import sql_of

    table = store.schema.records["sample"]
    now = Circumstances("2025-12-31", "990100")
    with store.reading() as connection:
        row = dict(connection.execute(select(table)).mappings().one())
        for text in (
            "amount + part", "amount - part > 4", "amount / part", "-amount", "not flag", "flag and amount > 3", "amount > 9 or part > 100",
            "kind in ('a', 'b')", "year(done_on) == 2025", "month(done_on)", "filled(done_on)", "empty(kind)", "abs(part - amount)",
            "zero_if_empty(amount)", "only(amount, kind == 'b')", "starts(county, '9901')", "0 <= amount <= 5", "year(year)",
        ):  # fmt: skip
            node = resolve(text, symbols, text).node
            in_sql = connection.scalar(select(sql_of(node, dict(table.c.items()), now)))
            in_python = computed(node)(row, now)
            assert in_sql == (None if in_python is None else pytest.approx(float(in_python))), text
    store.close()


def test_a_formula_that_changed_gives_both_results_by_year(template, tmp_path):
    store = workspace(template, tmp_path / "w")
    book = store.book
    assert book.latest("sample").indicator("dated").formulas[1].first_year == 2019
    for year in (2018, 2019):
        with_exception(store, year)
        enter(
            store,
            owner(),
            "sample",
            {"number": f"N{year}", "county": "990101", "kind": "a", "amount": 10, "part": 2000, "year": year},
        )
    assert compute(store, owner(), "sample", "dated", 2018)[0].value == 10.0
    assert compute(store, owner(), "sample", "dated", 2019)[0].value == 8.0
    store.close()


def with_exception(store, year):
    from dafeng.registers import grant_exception

    grant_exception(store, owner(), "sample", str(year), "990100", "2099-12-31", "补录")


def test_the_straw_formula_of_2019_is_in_the_packaged_definition():
    formulas = read_book().latest("straw_ledger").indicator("straw_utilisation").formulas
    assert [(one.first_year, one.last_year) for one in formulas] == [(None, 2017), (2018, None)]


def test_a_share_of_counts_is_no_fraction_of_a_per_cent(template, tmp_path):
    store = workspace(template, tmp_path / "w")
    for number, day in enumerate(["2025-01-01", None]):
        enter(
            store,
            owner(),
            "sample",
            {"number": f"N{number}", "county": "990101", "kind": "a", "done_on": day, "year": 2025},
        )
    assert compute(store, owner(), "sample", "covered", 2025)[0].value == 50.0
    store.close()


@pytest.mark.slow
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)))
def test_the_order_of_imports_never_matters(order, template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("order")
    store = workspace(template, folder / "w")
    try:
        for index in order:
            path = folder / f"{index}.csv"
            path.write_text(
                f"number,county,kind,amount,year\nN{index},99010{1 + index % 2},a,{index + 1},2025\n",
                encoding="utf-8",
            )
            assert import_file(store, owner(), "sample", path).new == 1
        whole, *groups = compute(store, owner(), "sample", "flow", 2025)
        assert whole.value == pytest.approx(10 / 10_000)
        assert [group.value for group in groups] == [pytest.approx(4 / 10_000), pytest.approx(6 / 10_000)]
    finally:
        store.close()


@pytest.mark.slow
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROW, min_size=1, max_size=12),
    limit=st.integers(1, 5),
    sort=st.sampled_from(["amount", "done_on", "number", "id"]),
    down=st.booleans(),
)
def test_pages_lose_and_repeat_nothing(rows, limit, sort, down, template, tmp_path_factory):
    store = workspace(template, tmp_path_factory.mktemp("pages") / "w")
    try:
        for number, row in enumerate(rows):
            enter(store, owner(), "sample", {**row, "number": f"N{number:02}"})
        seen, after = [], None
        while True:
            page = find(
                store,
                owner(),
                "sample",
                sort=sort,
                descending=down,
                after=after,
                limit=limit,
                filters=[Filter("kind", "in", "a;b")],
            )
            seen += page.rows
            after = page.after
            if after is None:
                break
        assert sorted(row["number"] for row in seen) == [f"N{number:02}" for number in range(len(rows))]
        values = [row[sort] for row in seen if row[sort] is not None]
        assert values == sorted(values, reverse=down)
        assert [row[sort] is None for row in seen] == sorted(row[sort] is None for row in seen), (
            "without a value: last"
        )
    finally:
        store.close()
