"""Contract: a definition that means two things, or nothing, is refused by line before it makes a table."""

import pytest

from dafeng.evidence import DafengError
from dafeng.registers import read_book
from dafeng.registers.definition.loading import packaged_folder
from dafeng.registers.store.columns import schema_of

BASE = (
    (packaged_folder() / "livestock.yaml")
    .read_text(encoding="utf-8")
    .replace("register: livestock", "register: herds")
    .replace("'{animal}'", "'herd_{animal}'")
)
STOCK = "- {id: stock"


def field(text):
    return STOCK, f"- {{{text}, trust: A, source: self}}\n{STOCK}"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("'2021-01-01'", "'2021-02-30'"), "2021-02-30"),
        (("low: 0", "low: .nan"), "low: nan"),
        (("low: 0", "low: .inf"), "low: inf"),
        (("low: 0", "low: 10, high: 1"), "low: 10.0, high: 1.0"),
        (("low: 0", "above: 1, high: 1"), "above: 1.0, high: 1.0"),
        (("- {id: closed,", "- {id: listed, zh: 又, en: again}\n  - {id: closed,"), "listed 2 ×"),
        (("- {id: to_closed,", "- {id: to_confirmed, from: [listed], to: closed, zh: 又, en: again, role: reviewer}\n  - {id: to_closed,"), "to_confirmed 2 ×"),
        (("indicator: county_livestock", "indicator: phlogiston"), "phlogiston"),
        (("indicator: county_livestock", "indicator: county_rice_area"), "int head"),
        (("{dairy_cows: 奶牛", "{'a;b': 奶牛"), "'a;b'"),
        (("{dairy_cows: 奶牛", "{'': 奶牛"), "''"),
        (("{dairy_cows: 奶牛", "{' pad': 奶牛"), "' pad'"),
        (("beef_cattle: 肉牛", "beef_cattle: 奶牛"), "beef_cattle: 奶牛"),
        (("beef_cattle: 肉牛", "beef_cattle: pigs"), "beef_cattle: pigs"),
        (field("id: live, zh: 留, en: l, type: int"), "a field called live"),
        (field("id: search, zh: 找, en: s, type: text"), "a field called search"),
        (field("id: deadline, zh: 限, en: d, type: date"), "a field called deadline"),
        (field("id: entered_by, zh: 人, en: e, type: text"), "a field called entered_by"),
        (field("id: a1, zh: 甲, en: a, type: decimal, computed: a1 + 1"), "a1 ← a1"),
        (field("id: a1, zh: 甲, en: a, type: decimal, computed: b1 + 1, trust: A, source: self}\n- {id: b1, zh: 乙, en: b, type: decimal, computed: a1 + 1"), "a1 ← b1"),
        (("indicators:", "children:\n- id: rows\n  zh: 行\n  en: rows\n  key: [n]\n  fields:\n  - {id: n, zh: 号, en: n, type: int, required: true, trust: A, source: self}\n  - {id: record_id, zh: 录, en: r, type: int, trust: A, source: self}\nindicators:"), "a field called record_id"),
    ],
)  # fmt: skip
def test_a_definition_that_no_table_can_hold_is_refused(tmp_path, change, found):
    assert change[0] in BASE
    (tmp_path / "herds.yaml").write_text(BASE.replace(*change, 1), encoding="utf-8")
    with pytest.raises(DafengError) as refused:
        read_book([tmp_path])
    told = "\n".join(problem.sentence("en") for problem in refused.value.problems)
    assert found in told
    assert "herds.yaml:" in told


def test_a_row_reads_no_field_that_its_record_computes_after_it(tmp_path):
    """Rows are computed before their record; the sum of a computed field of the rows is for the record."""
    child = (
        "children:\n- id: rows\n  zh: 行\n  en: rows\n  key: [n]\n  fields:\n"
        "  - {id: n, zh: 号, en: n, type: int, required: true, trust: A, source: self}\n"
        "  - {id: twice, zh: 倍, en: twice, type: decimal, computed: FROM, trust: A, source: self}\nindicators:"
    )
    total = (
        "- {id: total, zh: 计, en: total, type: decimal, computed: WHAT, trust: A, source: self}\n" + STOCK
    )
    for reads, sums, fits in (("n * 2", "sum(rows.twice)", True), ("total * 2", "stock * 2", False)):
        text = BASE.replace("indicators:", child.replace("FROM", reads), 1).replace(
            STOCK, total.replace("WHAT", sums), 1
        )
        text = text.replace("unit: head, required", "required")
        (tmp_path / "herds.yaml").write_text(text, encoding="utf-8")
        try:
            read_book([tmp_path])
            told = ""
        except DafengError as error:
            told = str(error)
        assert ("twice ← total" in told) is not fits, told


def test_every_name_in_the_database_fits_both_databases(tmp_path):
    """PostgreSQL takes 63 bytes: longer names are shortened, and stay apart."""
    long = "h" + "x" * 40
    text = BASE.replace("register: herds", f"register: {long}").replace(
        *field(f"id: {'s' * 41}, zh: 长, en: l, type: int, sortable: true"), 1
    )
    text = text.replace(*field(f"id: {'s' * 40}t, zh: 长二, en: m, type: int, sortable: true"), 1)
    (tmp_path / f"{long}.yaml").write_text(text, encoding="utf-8")
    tables = schema_of(read_book([tmp_path]).editions, None).metadata.tables.values()
    names = [str(one.name) for table in tables for one in table.indexes] + [table.name for table in tables]
    assert max(map(len, names)) <= 63
    assert len(names) == len(set(names))
