"""Contract: every text has two languages and one place; a problem is told in both, whatever it was written in."""

import ast
import copy
import json
import pickle
import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from dafeng.evidence import (
    Catalogue,
    DafengError,
    Language,
    Problem,
    Problems,
    Text,
    catalogue,
    chinese,
)

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROOMS = [
    f"dafeng.{room.name}"
    for room in sorted(files("dafeng").iterdir(), key=lambda room: room.name)
    if room.is_dir() and (room / "messages.csv").is_file()
]


def test_a_text_is_a_string_that_keeps_both_languages():
    text = Text("一个整数", "a whole number")
    assert text == "一个整数 · a whole number"
    assert Text("kWh", "kWh") == "kWh"
    for other in (pickle.loads(pickle.dumps(text)), copy.deepcopy(text)):
        assert (type(other), other.zh, other.en) == (Text, "一个整数", "a whole number")
    assert json.dumps(text, ensure_ascii=False) == '"一个整数 · a whole number"'


def test_a_problem_has_both_languages_in_text_and_data():
    problem = Problem(
        "energy.csv:7:fuel",
        "Raw_Cole",
        Text("能源代码", "a fuel id"),
        Text("改为 Raw_Coal", "write Raw_Coal"),
    )
    assert problem.sentence("zh") == "energy.csv:7:fuel：读到“Raw_Cole”，应为能源代码；改为 Raw_Coal。"
    assert problem.sentence("en") == "energy.csv:7:fuel: found Raw_Cole; expected a fuel id; write Raw_Coal."
    assert str(problem) == f"{problem.sentence('zh')} {problem.sentence('en')}"
    assert problem.as_dict() == {
        "where": "energy.csv:7:fuel", "found": "Raw_Cole", "expected": "a fuel id", "mend": "write Raw_Coal",
        "zh": problem.sentence("zh"), "en": problem.sentence("en"),
    }  # fmt: skip


def test_a_problem_returns_from_its_data():
    problem = Problem("row 7", "x", "a finite number", "declare it")
    assert Problem.from_dict(json.loads(json.dumps(problem.as_dict()))) == problem


def test_plain_english_of_a_catalogue_is_shown_in_chinese_too():
    assert chinese("a finite number") == "有限的数值"
    assert chinese("at most 12 rows") == "最多 12 行"
    assert chinese("no catalogue has this text") == "no catalogue has this text"
    assert "有限的数值" in Problem("a.csv:2:value", "nan", "a finite number").sentence("zh")


def test_collected_problems_keep_their_texts():
    problems = Problems()
    problems.add("a", 3, Text("甲", "first"))
    problems.add("b", Text("乙", "second"), "x")
    assert [problem.found for problem in problems] == ["3", "乙 · second"]
    assert isinstance(list(problems)[1].found, Text)
    with pytest.raises(DafengError) as caught:
        problems.raise_if_any()
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems[0].expected.zh == "甲"
    assert str(again) == str(caught.value)
    assert str(caught.value).count("\n") == 1


def test_fields_are_filled_in_the_language_of_the_sentence():
    table = Catalogue({"unit": ("单位为{unit}的{count}行", "{count} rows in {unit}")})
    told = table.both("unit", unit=Text("万吨", "10⁴ t"), count=3)
    assert (told.zh, told.en) == ("单位为万吨的3行", "3 rows in 10⁴ t")
    assert table.text("unit", Language.EN, unit=Text("万吨", "10⁴ t"), count=3) == "3 rows in 10⁴ t"


@pytest.mark.parametrize("room", ROOMS)
def test_every_catalogue_is_whole_and_fills_the_same_fields_in_both_languages(room):
    table = catalogue(room)
    assert table.ids()
    for id_ in table.ids():
        zh, en = (table.template(id_, language) for language in Language)
        zh_fields, en_fields = (
            {name for _, name, _, _ in Formatter().parse(text) if name is not None} for text in (zh, en)
        )
        if not zh_fields ^ en_fields <= {"zh", "en"}:  # a field may carry the name of its language
            raise AssertionError(id_)


def english_parts(room: str) -> list[str]:
    """What problems of a room say in plain English, fields as §: constants, either side of a choice, and named constants.

    Texts made elsewhere are not seen.
    """
    found = []
    for file in sorted((Path(str(files("dafeng"))) / room).rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    names.setdefault(ast.unparse(target), []).append(node.value)
        for node in ast.walk(tree):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name in ("Problem", "DafengError.at") or name.endswith("problems.add"):
                found += [text for part in node.args[1:] for text in _written(part, names)]
    return [text for text in found if re.search("[A-Za-z]{2}", text.replace("§", ""))]


def _written(part: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return [part.value]
    if isinstance(part, ast.JoinedStr):
        return ["".join(str(v.value) if isinstance(v, ast.Constant) else "§" for v in part.values)]
    if isinstance(part, ast.Name):
        return [text for value in names.get(part.id, ()) for text in _written(value, {})]
    sides: list[ast.expr] = []
    if isinstance(part, ast.IfExp):
        sides = [part.body, part.orelse]
    elif isinstance(part, ast.BoolOp):
        sides = part.values
    return [text for side in sides for text in _written(side, names)]


# parts of problems that are still shown in English only, by room; it may only shrink
ENGLISH_ONLY = {
    "assessment": 0, "case": 0, "cli": 0, "dispatch": 0, "evidence": 0, "factors": 0, "inventory": 0, "metering": 0,
    "pathway": 0, "plan": 0, "registers": 0, "report": 0, "rules": 0, "tables": 0, "units": 0, "web": 0,
}  # fmt: skip
# what is the same in both languages: commands, formats, units, lists of codes
SAME = re.compile(
    r"pip install.*|\{\"readings.*|--store \S+|§ [A-Z]\w*B|row, fuel, year, value, unit|none, §|account §|`?dafeng [\w §-]+`?|growth, all|ipcc, branch|--\w+ \S+|export \S+|§: § > §"
)


@pytest.mark.parametrize("room", ENGLISH_ONLY)
def test_problems_have_both_languages(room):
    """`Problem("where", "found", …)` in plain English is in a catalogue, which gives its Chinese."""
    single = [
        text
        for text in english_parts(room)
        if not CHINESE.search(chinese(text.replace("§", "7")))
        and not CHINESE.search(text)
        and " " in text.replace("§ ", "")
        and not SAME.fullmatch(text)
    ]
    assert len(set(single)) <= ENGLISH_ONLY[room], sorted(set(single))
