"""Contract: every text of a problem, in every room, is Chinese as well as English, and its Chinese is Chinese throughout.

Texts are read from the code: what is handed to problems, errors, refusals of the ledger, and what `describe` of a table's rule
returns. Parts that are computed are §. A Chinese text that keeps a run of English words was filled by a template that fits
only half of it.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import pytest

from dafeng.evidence import chinese

ROOT = Path(str(files("dafeng")))
ROOMS = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file())
CHINESE = re.compile("[一-鿿]")
WORDS = re.compile(r"\b[A-Za-z]?[a-z]+ [a-z]{2,}\b")
FIELD = "§"
# what is the same in both languages: commands, options, units
SAME = re.compile(r"dafeng [\w §-]+|pip install \S+|--store \S+")
# the first argument that is shown as text, of each call that makes a problem
CALLS: Mapping[str, int] = {"Problem": 1, "DafengError.at": 1, "RefusedError": 2}
PARTS = ("found", "expected", "mend")

Named = Mapping[str, list[ast.expr]]


def written(part: ast.expr, names: Named, deep: bool = True) -> Iterator[str]:
    """Constant texts that `part` can become."""
    if isinstance(part, ast.Constant):
        yield from [part.value] if isinstance(part.value, str) else []
    elif isinstance(part, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else FIELD for v in part.values)
    elif isinstance(part, ast.Name) and deep:
        yield from (text for value in names.get(part.id, ()) for text in written(value, names, False))
    elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
        sides = [list(written(side, names, deep)) or [FIELD] for side in (part.left, part.right)]
        yield from (left + right for left in sides[0] for right in sides[1])
    elif isinstance(part, ast.IfExp | ast.BoolOp):
        choices = [part.body, part.orelse] if isinstance(part, ast.IfExp) else part.values
        yield from (text for side in choices for text in written(side, names, deep))


def parts(node: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    """Parts of problems that `node` makes: line, expression."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        first = CALLS.get(name, 1 if name.endswith("problems.add") else None)
        if first is not None:
            yield from ((node.lineno, part) for part in node.args[first:])
            yield from ((node.lineno, word.value) for word in node.keywords if word.arg in PARTS)
    if isinstance(node, ast.FunctionDef) and node.name.startswith("describe"):
        for line in ast.walk(node):
            if isinstance(line, ast.Return) and isinstance(line.value, ast.Tuple):
                yield from ((line.lineno, part) for part in line.value.elts)


def texts(source: str) -> list[tuple[int, str]]:
    tree = ast.parse(source)
    names: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names.setdefault(ast.unparse(target), []).append(node.value)
    found = [(line, text) for node in ast.walk(tree) for line, part in parts(node) for text in written(part, names)]  # fmt: skip
    return [(line, text) for line, text in found if re.search("[A-Za-z]{2,}", text)]


def half(text: str) -> bool:
    """Whether the Chinese of `text` is missing or keeps a run of English words."""
    shown = chinese(text)
    kept = SAME.sub(" ", shown).replace(FIELD, " ")
    return bool(WORDS.search(kept)) if CHINESE.search(shown) else bool(WORDS.search(SAME.sub("", text).replace(FIELD, "x")))  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_every_text_of_a_problem_has_its_chinese(room: str) -> None:
    missing = Counter(
        f"{path.relative_to(ROOT)}:{line}: {text} → {chinese(text)}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, text in texts(path.read_text(encoding="utf-8"))
        if half(text)
    )
    assert not missing, "\n".join(missing)


def faults() -> Iterator[tuple[str, str]]:
    """Names of faults that the line counting further rows carries."""
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("flag", "report"):
                for text in written(node.args[-1], {}):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def test_every_fault_that_is_counted_has_its_chinese() -> None:
    found = list(faults())
    assert len(found) > 10
    assert [(place, text) for place, text in found if not CHINESE.search(chinese(text, "fault."))] == []


def test_a_text_without_chinese_and_a_half_translated_one_are_noticed() -> None:
    assert half("a text that no catalogue has")
    assert half("a unit of something that no catalogue has")
    assert not half("a unit of the kind of §, as in other rows")
    source = "raise RefusedError(404, 'unit', f'the {y} that is not there', 'a' + 'b')\ndef describe(row):\n    return 'xx yy', z, 'qq ww'"
    assert sorted(text for _, text in texts(source)) == ["ab", "qq ww", "the § that is not there", "xx yy"]
