"""Contract: a record is read by the edition, rules and code tables of its own day; editions keep what old records need."""

import pytest

from dafeng.evidence import DafengError
from dafeng.registers import (
    compute,
    contents_hash,
    enter,
    extract,
    find,
    import_file,
    open_workspace,
    owner,
    read,
    read_book,
)

OLD = """\
register: flows
zh: 流量
en: Flows
edition: '2018'
valid_from: '2015-01-01'
owner: 市发改委
grain: one thing a year
key: [number, year]
region: district
life_cycle:
  source: self
  trust: A
  initial: listed
  states:
  - {id: listed, zh: 已列入, en: Listed, editable: true, counted: true}
  - {id: gone, zh: 已退出, en: Gone}
  transitions:
  - {id: to_gone, from: [listed], to: gone, zh: 退出, en: Leave, role: reviewer, working_days: 20}
fields:
- {id: number, zh: 编号, en: number, type: text, required: true, sortable: true, trust: A, source: self}
- {id: district, zh: 县区, en: district, type: region, required: true, trust: A, source: self}
- {id: year, zh: 年份, en: year, type: year, required: true, trust: A, source: self}
- {id: amount, zh: 数量, en: amount, type: decimal, unit: t, trust: A, source: self}
- {id: out, zh: 调出, en: out, type: decimal, unit: t, trust: A, source: self}
children:
- id: parts
  zh: 分项
  en: Parts
  key: [part]
  fields:
  - {id: part, zh: 分项名, en: part, type: text, required: true, trust: A, source: self}
  - {id: mass, zh: 质量, en: mass, type: decimal, unit: t, trust: A, source: self}
rules:
- {id: before, zh: 旧口径, en: old rule, check: amount < 50, valid_to: '2019-04-16', trust: A, source: self}
- {id: after, zh: 新口径, en: new rule, check: amount < 10, valid_from: '2019-04-16', confirmed: false, trust: A, source: ndrc31}
indicators:
- {id: flow, zh: 流量, en: flow, unit: t, formulas: [{value: sum(amount), last_year: 2018}, {value: sum(amount) - sum(out), first_year: 2019}], year: year, by: [district], feeds: {table: observations, id: flows_flow}, trust: A, source: self}
returns: {period: year, field: year, working_days: 20, locked_after: 1000}
"""
NEW = (
    OLD.replace("'2018'", "'2026'").replace("'2015-01-01'", "'2024-01-01'")
    .replace("- {id: out,", "- {id: kind, zh: 种类, en: kind, type: text, required: true, trust: A, source: self}\n- {id: out,")
    .replace("feeds: {table: observations, id: flows_flow}, trust: A, source: self}\n", "feeds: {table: observations, id: flows_flow}, trust: A, source: self}\n- {id: kinds, zh: 种类数, en: kinds, unit: 个, formulas: [{value: count(filled(kind))}], year: year, feeds: {table: observations, id: flows_kinds}, trust: A, source: self}\n")
)  # fmt: skip


@pytest.fixture
def flows(tmp_path):
    (tmp_path / "registers").mkdir()
    (tmp_path / "registers" / "flows.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "registers" / "flows@2026.yaml").write_text(NEW, encoding="utf-8")
    store = open_workspace(tmp_path, "990100")
    from dafeng.registers import grant_exception

    for year in ("2018", "2019"):
        grant_exception(store, owner(), "flows", year, "990100", "2099-12-31", "补录")
    yield store
    store.close()


def cells(year, **more):
    return {"number": f"N{year}", "district": "990101", "year": year, "amount": 30, "out": 5, **more}


def test_a_rule_that_changed_on_2019_04_16_judges_each_record_by_its_own_year(flows):
    old, new = enter(flows, owner(), "flows", cells(2018)), enter(flows, owner(), "flows", cells(2019))
    assert (old.findings, new.findings) == ((), ("after",))
    [finding] = read(flows, owner(), "flows", new.id)["findings"]
    assert (finding["inputs"], finding["source"], finding["confirmed"]) == ({"amount": 30.0}, "ndrc31", False)
    worse = enter(flows, owner(), "flows", cells(2018, number="M", amount=60))
    assert worse.findings == ("before",)
    assert [compute(flows, owner(), "flows", "flow", year)[0].value for year in (2018, 2019)] == [90.0, 25.0]


def test_an_old_period_is_read_by_the_old_edition_and_a_new_one_by_the_new(flows):
    enter(flows, owner(), "flows", cells(2018))
    with pytest.raises(DafengError, match="kind"):
        enter(flows, owner(), "flows", cells(2025))
    enter(flows, owner(), "flows", cells(2025, kind="a", amount=1, out=0))
    assert {row["year"]: row["edition"] for row in find(flows, owner(), "flows").rows} == {
        2018: "2018",
        2025: "2026",
    }


def test_a_file_of_an_old_period_is_read_by_its_edition_and_a_mixed_one_is_told(flows, tmp_path):
    old, mixed = tmp_path / "old.csv", tmp_path / "mixed.csv"
    old.write_text("number,district,year,amount\nA,990101,2018,1\n", encoding="utf-8")
    assert (
        import_file(flows, owner(), "flows", old).new,
        find(flows, owner(), "flows").rows[0]["edition"],
    ) == (1, "2018")
    mixed.write_text(
        "number,district,year,amount,kind\nB,990101,2018,1,a\nC,990101,2025,1,a\n", encoding="utf-8"
    )
    receipt = import_file(flows, owner(), "flows", mixed, mode="partial")
    assert (receipt.new, receipt.refused) == (1, 1)
    assert receipt.problems[0].where == "mixed.csv!C2"
    assert "2018" in receipt.problems[0].sentence("zh")
    with pytest.raises(DafengError, match="a day as"):
        import_file(flows, owner(), "flows", old, day="2018")


def test_an_extract_over_editions_takes_the_indicators_of_each_year_and_the_place_of_any_name(
    flows, tmp_path
):
    enter(flows, owner(), "flows", cells(2018))
    enter(flows, owner(), "flows", cells(2025, kind="a", amount=1, out=0))
    made = extract(flows, owner(), tmp_path / "x", [2018, 2025], ["flows"])
    assert {(one.indicator, one.year) for one in made.results} == {
        ("flow", 2018),
        ("flow", 2025),
        ("kinds", 2025),
    }
    text = (tmp_path / "x" / "observations.csv").read_text(encoding="utf-8")
    assert "flows_flow,990101,2018,30.0" in text, "the county, in a field that is not called county"


def test_the_contents_are_hashed_with_an_extract_and_show_what_went_around_the_log(flows):
    enter(flows, owner(), "flows", cells(2018))
    before, table = contents_hash(flows, "flows"), flows.schema.records["flows"]
    seal = compute(flows, owner(), "flows", "flow", 2018)[0].hash
    with flows.writing() as connection:
        connection.execute(table.update().values(amount=31))
    assert compute(flows, owner(), "flows", "flow", 2018)[0].hash == seal
    assert contents_hash(flows, "flows") != before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("type: decimal, unit: t, trust: A, source: self}\n- {id: out", "type: decimal, unit: kg, trust: A, source: self}\n- {id: out"), "old values are in the old unit"),
        (("- {id: gone, zh: 已退出, en: Gone}", "- {id: left, zh: 已退出, en: Gone}"), "without the state gone"),
        (("  - {id: mass, zh: 质量, en: mass, type: decimal, unit: t, trust: A, source: self}\n", ""), "without parts.mass"),
        (("id: mass, zh: 质量, en: mass, type: decimal, unit: t", "id: mass, zh: 质量, en: mass, type: text"), "parts.mass: text"),
        (("- {id: amount, zh: 数量, en: amount, type: decimal, unit: t", "- {id: amount, zh: 数量, en: amount, type: text"), "amount"),
    ],
)  # fmt: skip
def test_what_an_edition_must_keep(tmp_path, change, told):
    assert change[0] in OLD
    newer = (
        OLD.replace(*change)
        .replace("'2018'", "'2026'")
        .replace("'2015-01-01'", "'2024-01-01'")
        .replace("to: gone", "to: left" if "left" in change[1] else "to: gone")
    )
    (tmp_path / "flows.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "flows@2026.yaml").write_text(newer, encoding="utf-8")
    with pytest.raises(DafengError) as refused:
        read_book([tmp_path])
    text = "\n".join(problem.sentence("en") for problem in refused.value.problems)
    assert told in text
    assert "flows@2026.yaml:" in text


@pytest.mark.parametrize(
    "formula",
    [
        "sum(round(amount, 1))",
        "sum(amount) + 0 * count(working_day('2025-01-01', 3) > '2025-01-01')",
        "sum(amount * lookup('coal_equivalent', number))",
    ],
)
def test_a_function_that_no_sum_over_records_has_is_refused_when_the_definition_is_read(tmp_path, formula):
    (tmp_path / "flows.yaml").write_text(
        OLD.replace("sum(amount) - sum(out)", f'"{formula}"'), encoding="utf-8"
    )
    with pytest.raises(DafengError, match=r"over many records|lookup by a field"):
        read_book([tmp_path])


def test_a_store_of_an_older_layout_gets_the_indexes_of_today(tmp_path):
    """An index that carries other columns is made anew, one of an older name is dropped, and the records stay."""
    import sqlite3

    from dafeng.registers import enter, find, open_workspace, owner

    store = open_workspace(tmp_path, "990100")
    cells = {"animal": "pigs", "county": "990102", "year": 2025, "stock": 5}
    enter(store, owner(), "livestock", cells)
    store.close()
    with sqlite3.connect(tmp_path / "records.sqlite") as raw:
        raw.execute("DROP INDEX i_livestock_o_stock")
        raw.execute("DROP INDEX i_livestock_o_year")
        raw.execute("CREATE INDEX i_livestock_o_year ON r_livestock (scope, year, id)")
        raw.execute("CREATE INDEX i_livestock_f_stock ON r_livestock (scope, stock, id)")
        raw.execute("UPDATE setting SET value = 'older' WHERE name = 'layout'")
    store = open_workspace(tmp_path)
    [row] = find(store, owner(), "livestock", sort="stock").rows
    assert row["stock"] == 5
    store.close()
    with sqlite3.connect(tmp_path / "records.sqlite") as raw:
        made = dict(
            raw.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'r_livestock'"
            )
        )
    assert "i_livestock_f_stock" not in made
    assert made["i_livestock_o_year"].endswith(
        "(scope, year, id, live, region, state, grade, county, animal, stock)"
    )
    assert "i_livestock_o_stock" in made
