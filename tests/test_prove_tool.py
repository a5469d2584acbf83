"""Contract: the report of the proof holds what the sections that ran have measured, and keeps every other section as it was."""

import importlib.util
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

TOOLS = Path(__file__).resolve().parents[1] / "tools"


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


prove, compare = loaded("prove"), loaded("compare_bench")


def test_only_the_section_that_ran_is_renewed_and_the_order_is_that_of_the_tool():
    first = prove.renewed(
        "", "metering-kills", prove.written("metering-kills", "kills", [("a", "1 | 2", "3")], [], 1.4, "abc")
    )
    assert "1 \\| 2" in first
    assert "passed." in first
    both = prove.renewed(
        first, "mutants", prove.written("mutants", "killed", [], ["exit 1", "one survived"], 2.0, "abc")
    )
    assert both.index("## mutants") < both.index("## metering-kills")
    assert "FAILED." in both
    assert both.count("## ") == 2
    assert first.split("## metering-kills")[1].strip() in both
    assert prove.renewed(both, "metering-kills", "## " + first.split("\n## ")[1]) == both


def test_figures_of_tests_are_added_up_by_bar(tmp_path):
    suite = ElementTree.Element("testsuites")
    one = ElementTree.SubElement(suite, "testsuite", tests="3", failures="0", errors="0", skipped="0")
    properties = ElementTree.SubElement(ElementTree.SubElement(one, "testcase"), "properties")
    for figure in (["b", "steps=3, kills=1", "x"], ["b", "steps=4, kills=2", "x"], ["c", "after 1.5 s", ""]):
        ElementTree.SubElement(properties, "property", name="figure", value=json.dumps(figure))
    ElementTree.ElementTree(suite).write(tmp_path / "j.xml")
    assert prove._of_tests("", tmp_path / "j.xml") == [
        ("b", "7 steps, 3 kills", "x"),
        ("c", "after 1.5 s", ""),
        ("every test passes", "3 tests, 0 failures, 0 errors, 0 skipped", "0 failures, 0 errors, 0 skipped"),
    ]


@pytest.mark.parametrize(("ours", "worse"), [([1.0, 5.0, 1.1], []), ([1.2, 1.0, 1.2], ["f"])])
def test_a_median_more_than_a_tenth_above_the_base_is_worse(ours, worse):
    rows, found = compare.compared({"f": ours, "new": [1.0]}, {"f": [1.0, 1.0, 9.0]}, {"f": "CPU"})
    assert (len(rows), found) == (1, worse)
