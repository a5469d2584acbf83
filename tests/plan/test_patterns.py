"""Contract: each pattern of the tables takes its examples and leaves its counter-examples; each row is used, each used id is a row."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dafeng.plan
from dafeng.plan.patterns.table import THEMES, USES, pattern, rows, written_out

ROOM = Path(dafeng.plan.__file__).parent
ROWS = [row for theme in THEMES for row in rows(theme).values()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_pattern_takes_its_examples_and_leaves_its_counter_examples(row) -> None:
    compiled = re.compile(written_out(row.id))
    take = compiled.fullmatch if row.use == "part" else getattr(compiled, row.use)
    assert row.use in USES
    assert row.zh
    assert row.en
    assert row.examples or "(?!)" in row.written
    assert row.counters or "(?!)" in row.written
    may_be_empty = compiled.match("") is not None

    def taken(text: str) -> bool:
        found = take(text)
        return found is not None and bool(found.group() or not may_be_empty)

    assert [text for text in row.examples if not taken(text)] == []
    assert [text for text in row.counters if taken(text)] == []


def test_every_row_is_used_and_every_used_id_is_a_row() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8") for file in ROOM.rglob("*.py") if file.parent.name != "patterns"
    )
    named = set(re.findall(r'\bpattern\("([a-z_.]+)"\)', code))
    named |= {id_ for row in ROWS for id_ in re.findall(r"\(\?&([a-z_.]+)\)", row.written)}
    assert named == {row.id for row in ROWS}


def test_a_reference_is_replaced_by_what_it_stands_for() -> None:
    assert written_out("milestones.nation") in written_out("milestones.others")
    assert "(?&" not in "".join(written_out(row.id) for row in ROWS)


def test_a_pattern_is_compiled_at_its_first_use_and_then_is_its_own() -> None:
    falls = pattern("milestones.then_falls")
    assert "search" not in vars(falls)
    assert falls.match("后稳中有降")
    assert vars(falls)["match"] == re.compile(written_out("milestones.then_falls")).match
    with pytest.raises(KeyError):
        _ = pattern("milestones.nowhere").pattern


CALLS = {"compile", "search", "match", "fullmatch", "sub", "split", "findall", "finditer"}
BY_FORM = ("documents", "division.py", "division_files.py")
"""Rooms whose patterns are of the form of files and of dates, not of what a plan says."""


def literals(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
        if called and ast.unparse(node.func.value) == "re" and node.func.attr in CALLS:
            yield from (
                part.value
                for part in ast.walk(node.args[0])
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def test_no_pattern_with_words_stands_in_code() -> None:
    """Marks, digits and blanks may be taken apart in code; a pattern with a word of two characters is a row."""
    found = [
        (file.name, literal)
        for file in ROOM.rglob("*.py")
        if not set(BY_FORM) & set(file.relative_to(ROOM).parts)
        for literal in literals(file)
        if re.search(r"[一-鿿]{2}", re.sub(r"\[[^\]]*\]", " ", literal))
    ]
    assert found == [("subject_inheritance.py", "(?!面积)")]  # behind a word that the text itself gives
