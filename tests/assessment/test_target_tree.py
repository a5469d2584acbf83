"""Contract: the target tree holds the value in force of each node with its history; a parent never contradicts its children in
silence; a value that cannot be used is refused with place, found, expected and mend."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dafeng.assessment import Issued, issued_of_case, records, target_tree, validity_of_case
from dafeng.case import load
from dafeng.registers import act, enter, owner

DAY, LATER = date(2026, 6, 1), date(2026, 12, 31)


def issued(node, value, parent="", level="county", document="文1", **more):
    given_ = {"quantity": "co2_budget", "name": node, "year": 2026, "unit": "万t", "issued_on": DAY} | more
    return Issued(node=node, value=float(value), parent=parent, level=level, document=document, **given_)


CITY = issued("990100", 100, level="city")


def codes(rows, on=LATER, **validity):
    return [finding.code for finding in target_tree(rows, on, validity).findings]


def test_every_column_of_a_small_tree_by_hand():
    sector = issued("C30", 60, "990100", "sector")
    east, west = issued("990101", 55, "990100"), issued("990102", 35, "990100")
    unit = issued("厂", 400_000, "990101", "key_unit", unit="t")
    tree = target_tree([CITY, sector, east, west, unit], LATER)
    [root] = tree.roots
    assert [child.value.node for child in root.children] == ["C30", "990101", "990102"]
    # sectors and counties are two views of one total: 100 − 60, and 100 − 90
    assert dict(root.unassigned) == {"sector": 40.0, "county": 10.0}
    assert dict(root.children[1].unassigned) == {"key_unit": pytest.approx(15.0)}
    assert (tree.findings, tree.problems) == ((), ())


def test_a_newer_document_is_in_force_from_its_day_and_the_older_one_is_history():
    newer = replace(CITY, value=90.0, document="文2", issued_on=LATER, supersedes="文1")
    [before] = target_tree([CITY, newer], date(2026, 7, 1)).roots
    [after] = target_tree([newer, CITY], LATER).roots
    assert (before.value.value, before.history) == (100.0, ())
    assert (after.value.value, after.history) == (90.0, (CITY,))
    assert codes([CITY, replace(newer, supersedes="")]) == ["tree.supersession"]
    same_day = replace(newer, issued_on=DAY)
    [root] = target_tree([same_day, CITY], LATER).roots
    assert (root.value.document, target_tree([same_day, CITY], LATER).problems) == ("文2", ())


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([issued("a", 60, "990100"), issued("b", 41, "990100")], "tree.sum"),
        ([issued("a", 60, "990100", unit="亿kWh")], "tree.unit"),
        ([issued("a", 60, "990100", sense="up")], "tree.kind"),
        ([issued("a", 60, "990100", modality="expected")], "tree.modality"),
        ([issued("990100", 120, level="city", bound="stretch")], "tree.stretch"),
        ([issued("a", 10, "b"), issued("b", 10, "a")], "tree.circle"),
        ([issued("a", 10, "none")], "tree.parent"),
    ],
)
def test_what_contradicts_is_a_finding_in_both_languages(rows, code):
    [finding, *_] = [one for one in target_tree([CITY, *rows], LATER).findings if one.code == code]
    assert finding.zh != finding.en
    assert finding.sources


def test_a_rate_lies_between_those_below_it():
    city = issued("990100", 17, level="city", kind="rate", sense="up", unit="%")

    def of(*values):
        return codes(
            [
                city,
                *(
                    replace(city, node=f"c{i}", level="county", parent="990100", value=v)
                    for i, v in enumerate(values)
                ),
            ]
        )

    assert of(17, 20) == []
    assert of(16, 18) == ["tree.weights"]
    assert of(15, 16.9) == ["tree.rate"]


def test_exactly_the_whole_is_no_contradiction():
    thirds = [issued(f"c{i}", 100 / 3, "990100") for i in range(3)]
    assert codes([CITY, *thirds]) == []
    floor = replace(CITY, sense="up")
    below = [replace(one, sense="up") for one in thirds]
    assert codes([floor, *below]) == []
    assert codes([floor, *below[:2], replace(below[2], value=33.0)]) == ["tree.sum"]


trees = st.lists(st.lists(st.integers(0, 50), max_size=3).map(tuple), max_size=4)


@given(
    whole=st.integers(0, 200),
    counties=st.lists(st.integers(0, 80), max_size=4),
    below=trees,
    up=st.booleans(),
)
def test_a_parent_never_contradicts_its_children_in_silence(whole, counties, below, up):
    sense = "up" if up else "down"
    rows = [issued("990100", whole, level="city", sense=sense)]
    wrong = []
    if counties and ((sum(counties) < whole) if up else (sum(counties) > whole)):
        wrong.append("990100")
    for number, value in enumerate(counties):
        rows.append(issued(f"c{number}", value, "990100", sense=sense))
        units = below[number] if number < len(below) else ()
        rows += [
            issued(f"c{number}u{i}", unit, f"c{number}", "key_unit", sense=sense)
            for i, unit in enumerate(units)
        ]
        if units and ((sum(units) < value) if up else (sum(units) > value)):
            wrong.append(f"c{number}")
    tree = target_tree(rows, LATER)
    assert sorted(
        finding.where.split(":")[1] for finding in tree.findings if finding.code == "tree.sum"
    ) == sorted(wrong)

    def count(node):
        return 1 + sum(count(child) for child in node.children)

    assert sum(count(root) for root in tree.roots) == len(rows)


@pytest.mark.parametrize(
    ("row", "zh", "en"),
    [
        (issued("990101", 5, unit="万吨块"), "更正单位", "a unit of docs/units.md"),
        (issued("990103", 5), "当年存续", "a year in which 990103 exists (2027 to before …)"),
        (issued("990104", 5), "当年存续", "(… to before 2026)"),
        (
            issued("990100", 90, level="city", document="文2", issued_on=date(2026, 1, 1), supersedes="文1"),
            "替代关系",
            "not before 2026-06-01",
        ),
        (
            issued("990100", 90, level="city", document="文2", supersedes="文9"),
            "被替代的文件",
            "a document registered for the same target",
        ),
        (
            issued("990100", 90, level="city", document="文2"),
            "同日下达",
            "which of them supersedes the other",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_and_the_others_stay(row, zh, en):
    tree = target_tree([CITY, row], LATER, {"990103": ("2027", ""), "990104": ("", "2026")})
    [problem, *_] = tree.problems
    assert zh in problem.sentence("zh")
    assert en in problem.sentence("en")
    assert problem.mend


def test_the_targets_of_a_case_and_of_the_records_make_one_tree(store):
    case = load("jiujiang")
    rows = issued_of_case(case)
    assert len(rows) > 15
    assert not target_tree(rows, LATER, validity_of_case(case)).problems
    assert validity_of_case(case)["360482"] == ("2022", "")
    cells = {
        "quantity": "co2_budget", "level": "county", "node": "990101", "name": "东区", "parent": "990100", "county": "990101", "year": "2026",
        "bound": "floor", "modality": "binding", "sense": "down", "kind": "amount", "value": "40", "unit": "万t", "document": "示发改〔2026〕1号",
        "issued_on": "2026-03-01",
    }  # fmt: skip
    done = enter(store, owner("甲"), "issued_targets", cells)
    assert records.issued_values(store, owner("乙")) == []
    act(store, owner("乙"), "issued_targets", done.id, "issue", version=done.version)
    [kept] = records.issued_values(store, owner("乙"))
    assert (kept.node, kept.value, kept.parent, kept.issued_on, kept.record) == (
        "990101",
        40.0,
        "990100",
        date(2026, 3, 1),
        done.id,
    )
