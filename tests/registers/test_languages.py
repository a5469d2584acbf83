"""Contract: every problem of registers is told in Chinese and in English: what is found, expected, and how to mend it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import dafeng.registers
from dafeng.evidence import chinese

ROOM = Path(dafeng.registers.__file__).parent
CHINESE, WORD = re.compile("[一-鿿]"), re.compile("[A-Za-z]{2,}")
PLACEHOLDER = "X1"


def texts(node: ast.expr) -> list[str]:
    """The plain texts that an argument may be, with a placeholder for each value; a Text has both languages."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [
            "".join(part.value if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values)
        ]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return [text for value in node.values for text in texts(value)] if isinstance(node, ast.BoolOp) else []


def problems(tree: ast.Module) -> Iterator[tuple[int, str]]:
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        made = ast.unparse(node.func)
        first = {"Problem": 1, "DafengError.at": 1, "problems.add": 1}.get(made)
        for argument in node.args[first:] if first else []:
            sources = named.get(argument.id, []) if isinstance(argument, ast.Name) else [argument]
            for text in (one for source in sources for one in texts(source)):
                yield node.lineno, text


def test_every_problem_has_its_chinese():
    missing = []
    for path in sorted(ROOM.rglob("*.py")):
        for line, text in problems(ast.parse(path.read_text(encoding="utf-8"))):
            if WORD.search(text.replace(PLACEHOLDER, "")) and not CHINESE.search(chinese(text)):
                missing.append(f"{path.name}:{line}: {text}")
    assert missing == []


def test_the_search_finds_what_it_is_to_find():
    found = list(
        problems(ast.parse("raise DafengError.at('x', f'the {y}', 'a' if z else 'b', Text('文', 'c'))"))
    )
    assert [text for _, text in found] == ["the X1", "a", "b"]
    assert not CHINESE.search(chinese("a text of no catalogue"))


def test_every_code_and_owner_has_an_english_name():
    """Definitions name codes and owners in Chinese; pages in English take their names from one table."""
    from dafeng.evidence import packaged_rows
    from dafeng.registers import english_name, packaged_book

    book = packaged_book()
    said = set()
    for register in book.editions:
        for definition in book.of(register):
            fields = [*definition.fields, *(field for child in definition.children for field in child.fields)]
            said |= {definition.owner, *(name for field in fields for name in field.codes.values())}
    rows = packaged_rows("dafeng.registers.definition", "english_names.csv")
    assert sorted(said) == sorted(row["zh"] for row in rows)
    assert [row["zh"] for row in rows if not row["en"] or CHINESE.search(row["en"])] == []
    assert english_name("磷酸铁锂") == "Lithium iron phosphate"
    assert english_name("一个自己的名称") == ""
