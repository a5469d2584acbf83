"""Contract: every definition loads with its expressions, units and sources; what is wrong with one is told by file, line and path."""

import re
from importlib.resources import files

import pytest
import yaml

from dafeng.evidence import DafengError, Problems
from dafeng.registers import packaged_book, read_book
from dafeng.registers.definition.checks import fed_names

BOOK = packaged_book()
REGISTERS = sorted(BOOK.editions)


def broken(tmp_path, text, name="sample"):
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DafengError) as refused:
        read_book([tmp_path])
    return "\n".join(problem.sentence("en") for problem in refused.value.problems)


SAMPLE = """\
register: sample
zh: 样例
en: Sample
edition: '2026'
valid_from: '2026-01-01'
owner: 市发改委
grain: one thing
key: [number]
region: county
life_cycle:
  source: self
  trust: A
  initial: listed
  states:
  - {id: listed, zh: 已列入, en: Listed, editable: true}
  - {id: confirmed, zh: 已确认, en: Confirmed, counted: true}
  transitions:
  - {id: to_confirmed, from: [listed], to: confirmed, zh: 确认, en: Confirm, role: reviewer}
fields:
- {id: number, zh: 编号, en: number, type: text, required: true, trust: A, source: self}
- {id: county, zh: 县区, en: county, type: region, required: true, trust: A, source: self}
- {id: amount, zh: 数量, en: amount, type: decimal, unit: t, trust: A, source: self}
- {id: energy, zh: 能耗, en: energy, type: decimal, unit: tce, trust: A, source: self}
- {id: year, zh: 年份, en: year, type: year, required: true, trust: A, source: self}
indicators:
- {id: sample_amount, zh: 数量, en: amount, unit: 万t, formulas: [{value: sum(amount)}], year: year, trust: A, source: self}
"""


AS_A_WHOLE = {
    "task_follow_up",
    "issued_targets",
    "assessment_scores",
    "assessment_appeals",
    "assessment_freezes",
    "early_warnings",
}


def test_there_are_fifty_definitions_and_each_says_what_it_rests_on():
    assert len(REGISTERS) >= 45
    for register in REGISTERS:
        definition = BOOK.latest(register)
        assert definition.trust in "SPNRA"
        # follow-up, targets, scores and warnings serve the plan as a whole, none of its numbered systems
        assert definition.systems or register in AS_A_WHOLE, register
        for field in definition.fields:
            assert field.source in BOOK.sources


@pytest.mark.parametrize("register", REGISTERS)
def test_every_prose_rule_is_an_expression_or_marked_manual(register):
    """A rule of the draft is computed, or stands under `manual` where people see it."""
    text = (files("dafeng.registers") / "definitions" / f"{register}.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    allowed = {
        "id", "zh", "en", "type", "unit", "codes", "refers", "required", "required_when", "low", "high", "above", "computed",
        "privacy", "keep_days", "sortable", "manual", "indicator", "trust", "source",
    }  # fmt: skip
    for field in content["fields"]:
        assert set(field) <= allowed
    assert not re.search(r"\brule:", text)


def test_no_name_of_a_source_stands_in_a_definition():
    for register in REGISTERS:
        text = (files("dafeng.registers") / "definitions" / f"{register}.yaml").read_text(encoding="utf-8")
        for source in BOOK.sources.values():
            assert source.citation not in text


def test_the_sample_loads(tmp_path):
    (tmp_path / "sample.yaml").write_text(SAMPLE, encoding="utf-8")
    assert read_book([tmp_path]).latest("sample").zh == "样例"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("sum(amount)", "sum(amuont)"), "the name amuont"),
        (("sum(amount)", "amount"), "amount outside sum or count"),
        (("sum(amount)", "sum(energy)"), "a unit of the kind of 万t"),
        (("sum(amount)", "sum(amount) + sum(energy)"), "a unit of the kind of"),
        (("sum(amount)", "__import__('os')"), "found the function __import__"),
        (("sum(amount)", "sum(amount) if 1 else 2"), "found sum(amount) if 1 else 2"),
        (("sum(amount)", "'sum(amount'"), "an expression such as capacity > 0"),
        (("unit: 万t", "unit: 万吨块"), "a unit of docs/units.md"),
        (("key: [number]", "key: [nubmer]"), "nubmer"),
        (("to: confirmed", "to: approved"), "the state approved"),
        (("from: [listed]", "from: [confirmed]"), "that nobody can take"),
        ((", counted: true", ""), "no state that counts"),
        (("role: reviewer", "role: mayor"), "sample.yaml:18"),
        (("role: reviewer", "role: reviewer, guard: 'true'"), "an expression such as" if False else "the name true"),
        (("role: reviewer", "role: reviewer, papers: [proof]"), "the paper proof"),
        (("type: decimal, unit: tce", "type: decimal, unit: tce, refers: parks"), "type ref and refers go together"),
        (("type: text, required: true", "type: ref, refers: nowhere, required: true"), "found nowhere"),
        (("type: text, required: true", "type: ref, refers: sample, required: true"), "lead from sample back to sample"),
        (("id: amount", "id: state"), "a field called state"),
        (("zh: 样例", "zh: 样例\nextra: 1"), "an unknown field extra"),
        (("source: self}\n- {id: year", "source: rumour}\n- {id: year"), "an id of sources.csv"),
        (("year: year, trust", "feeds: {table: observations, id: straw_utilisation}, year: year, trust"), "one indicator for one observation"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_path(tmp_path, change, told):
    assert change[0] in SAMPLE
    text = broken(tmp_path, SAMPLE.replace(*change, 1))
    assert told in text
    assert text.startswith("sample.yaml:") or "/sample.yaml" in text


def test_an_edition_that_drops_a_used_field_says_so(tmp_path):
    (tmp_path / "sample.yaml").write_text(SAMPLE, encoding="utf-8")
    newer = SAMPLE.replace("'2026'", "'2027'").replace("2026-01-01", "2027-01-01")
    without = "\n".join(line for line in newer.splitlines() if "id: energy" not in line) + "\n"
    told = broken(tmp_path, without, "sample@2027")
    assert "an edition without energy" in told
    (tmp_path / "sample@2027.yaml").write_text(without + "dropped: [energy]\n", encoding="utf-8")
    book = read_book([tmp_path])
    assert [one.edition for one in book.of("sample")] == ["2026", "2027"]
    assert book.on("sample", "2026-06-01").edition == "2026"
    assert book.on("sample", "2027-06-01").edition == "2027"


def test_every_activity_that_a_register_feeds_is_read_by_an_equation_in_its_unit():
    """Records reach the inventory: livestock, land, waste and products, by the names that its equations know."""
    from dafeng.inventory.accounts.categories import categories
    from dafeng.inventory.accounts.raw_activities import raw_units
    from dafeng.units import factor

    known = {one.activity: one.unit for one in categories()} | raw_units()
    fed = {
        id_: one
        for name in REGISTERS
        for one in BOOK.latest(name).indicators
        if one.feeds and one.feeds.table == "activities"
        for id_ in fed_names(BOOK.latest(name), one, name, Problems())
    }
    # statistics of activities.csv that the transport and building sectors quote; no equation reads them
    quoted = {id_ for id_ in fed if id_.split("/")[0] in ("vehicle_stock", "nev_stock", "floor_area")}
    assert len(quoted) == 13
    assert {"clinker_output", "msw_landfilled", "wetland_ch4", "pigs", "forest_volume_oak"} <= set(fed)
    for id_, indicator in fed.items():
        if id_ in quoted or id_.endswith("_area_unknown"):  # its records feed the area alone
            continue
        assert indicator.unit == known[id_] or factor(indicator.unit, known[id_]) > 0, id_


PARTLY_READ = {"hzrec", "mee82", "report2008"}
"""Norms whose body or list of tables was read, on which the fields marked S rest; not their tables."""


def test_what_is_marked_as_read_in_a_norm_names_one_that_was_read():
    marked = {
        one.source
        for register in REGISTERS
        for definition in BOOK.of(register)
        for one in (
            definition.life_cycle,
            *definition.fields,
            *(field for child in definition.children for field in child.fields),
            *definition.rules,
            *definition.indicators,
        )
        if one.trust == "S"
    }
    read = {name for name, source in BOOK.sources.items() if source.read == "yes"} | PARTLY_READ
    assert marked <= read - {"plan", "self", "js2024"}  # the plan names, a secondary report is no norm
