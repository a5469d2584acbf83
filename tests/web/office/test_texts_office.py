"""Contract: every text that the code of the office asks for is in its catalogue with its fields; no text of a problem is unused."""

import ast
from importlib.resources import files
from pathlib import Path
from string import Formatter

from dafeng.evidence import Language, catalogue

OFFICE = Path(str(files("dafeng.web.office")))
TABLE = catalogue("dafeng.web.office")


def asked():
    return [
        (node.args[0].value, {word.arg for word in node.keywords})
        for file in sorted(OFFICE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("both", "texts().text")
        if isinstance(node.args[0], ast.Constant)
    ]


def test_every_text_exists_with_the_fields_that_are_filled():
    assert len(asked()) > 70
    for id_, given in asked():
        for language in Language:
            fields = {name for _, name, _, _ in Formatter().parse(TABLE.template(id_, language)) if name}
            assert fields == given, id_


def test_no_text_of_a_problem_is_without_use():
    used = {id_ for id_, _ in asked()}
    assert [id_ for id_ in TABLE.ids() if id_.startswith("problem.") and id_ not in used] == []


def test_the_words_of_the_guide_are_those_of_the_pages():
    import re

    guide = (Path(__file__).parents[3] / "docs" / "office.md").read_text(encoding="utf-8")
    shown = {TABLE.template(id_, Language.ZH) for id_ in TABLE.ids() if not id_.startswith("problem.")}
    words = set(re.findall("「([^」]+)」", guide))
    assert len(words) > 25
    assert words - shown == set()
