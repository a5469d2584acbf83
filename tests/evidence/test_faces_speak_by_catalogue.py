"""Contract: faces hold no sentence of their own: what people read stands in a `messages.csv`, in Chinese and English.

A sentence is a string with Chinese, or with three English words in a row. Docstrings, doctests, names of files and code are
none.
"""

import ast
import re
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(str(files("dafeng")))
FACES = ("cli", "report", "web")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b[A-Za-z]+ [a-z]+ [a-z]+")


def sentences(source: str) -> list[tuple[int, str]]:
    tree = ast.parse(source)
    silent: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            silent |= {id(line.value) for line in body if isinstance(line, ast.Expr)}
        if isinstance(node, ast.keyword) and node.arg == "description":  # documents a key of the schema
            silent.add(id(node.value))
        if isinstance(node, ast.Attribute) and node.attr == "split":  # a list of ids
            silent.add(id(node.value))
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _is_logged(node)):
            silent |= {id(part) for part in ast.walk(node) if _internal(node)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
        and (CHINESE.search(node.value) or ENGLISH.search(node.value))
    ]  # fmt: skip


def _is_logged(node: ast.Call) -> bool:
    return bool({"log", "_log"} & set(ast.unparse(node.func).split(".")))


def _internal(node: ast.AST) -> bool:
    """What only developers see: log lines and exceptions that are no DafengError."""
    return isinstance(node, ast.Call) or (isinstance(node, ast.Raise) and "Dafeng" not in ast.unparse(node))


def faces() -> list[str]:
    return sorted(
        str(path.relative_to(ROOT))
        for face in FACES
        for path in (ROOT / face).rglob("*.py")
        if "migrations" not in path.parts
    )


@pytest.mark.parametrize("file", faces())
def test_no_sentence_outside_the_catalogue(file: str):
    assert sentences((ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "template", sorted((ROOT / "report" / "templates").rglob("*.j2")), ids=lambda path: path.name
)
def test_templates_of_the_report_hold_no_sentence(template: Path):
    text = re.sub(r"<!--.*?-->|\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = text.replace("语言 Language", "").replace(">中文<", "")  # the switch names each language in itself
    assert not CHINESE.search(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text)), template.name
    shown = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", "", text, flags=re.DOTALL)
    assert not ENGLISH.search(shown), template.name


def test_a_sentence_is_noticed():
    assert sentences('print("没有问题")') == [(1, "没有问题")]
    assert sentences('help="write a case as a workbook"')
    assert sentences('raise DafengError.at("--x", y, "a year of the model")')
    assert sentences('_blog.error("database of keys: %s")')
    assert not sentences('_log.error("database of keys: %s")')
    assert not sentences(
        '"""Write a case as a workbook."""\nname = "jiujiang_summary"\nraise ValueError("this is for developers")'
    )
