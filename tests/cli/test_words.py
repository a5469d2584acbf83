"""Contract: every text that a command asks for is in the catalogue with its fields, and no row of it is without use."""

import ast
import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

from dafeng.cli import words
from dafeng.cli.app import ROOMS
from dafeng.cli.room import USAGE
from dafeng.evidence import Language, catalogue

CLI = Path(str(files("dafeng.cli")))
TABLE = catalogue("dafeng.cli")


def asked() -> list[tuple[str, set[str]]]:
    """Ids that the code names, and the fields that it fills."""
    found = []
    for file in CLI.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and re.fullmatch(r"words\.(?!paper)\w+", ast.unparse(node.func)):
                names = [part.value for part in node.args if isinstance(part, ast.Constant)]
                found += [(name, {word.arg for word in node.keywords}) for name in names]
    return found


def test_every_text_exists_with_the_fields_that_are_filled():
    for id_, given in asked():
        # a field may be of one language only, as the text of a reason is
        wanted = {
            name for one in Language for _, name, _, _ in Formatter().parse(TABLE.template(id_, one)) if name
        }
        # `**fields` fills what a row needs; its names are not seen here
        assert wanted == given or (None in given and given - {None} <= wanted), id_


def test_no_row_is_without_use():
    used = {id_ for id_, _ in asked()}
    spoken = "\n".join(file.read_text(encoding="utf-8") for file in CLI.rglob("*.py"))
    # ids made of a kind and an id, as f"forecast.record.{record}"
    families = tuple(set(re.findall(r'(?:f"|f\')([a-z_.]+[._])\{', spoken)))
    left = [
        id_ for id_ in TABLE.ids()
        if id_ not in used and not id_.startswith(("help.", USAGE, *families)) and not re.search(f"[\"']{re.escape(id_)}[\"']", spoken)
    ]  # fmt: skip
    assert left == []
    functions = {f"help.{f.stem}.{n.name}" for f in CLI.rglob("*.py") for n in ast.walk(ast.parse(f.read_text("utf-8"))) if isinstance(n, ast.FunctionDef)}  # fmt: skip
    assert {id_ for id_ in TABLE.ids() if id_.startswith("help.")} <= functions


def test_help_begins_with_a_verb_in_plain_english():
    """`Release a quarantined reading`, no noun alone and no name of a place."""
    banned = {"told", "said", "known", "found", "stands", "beside", "hangs", "door"}
    for id_ in TABLE.ids():
        if id_.startswith("help."):
            english = words.both(id_).en
            assert english[0].isupper(), id_
            assert not banned & set(english.lower().replace(",", " ").split()), id_
            assert english.split()[0] not in {"The", "A", "An", "What", "Which", "Why", "Does", "Has"}, id_


def test_the_language_of_headings_is_a_choice(monkeypatch):
    assert words.word("measure") == "措施"
    monkeypatch.setenv(words.LANGUAGE, "en")
    assert words.word("measure") == "measure"
    assert words.words("measure", "unit") == ("measure", "unit")
    assert " · " in words.both("print_json")


def test_rooms_have_both_languages():
    assert all(text.zh and text.en for text in ROOMS.values())
