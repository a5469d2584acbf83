"""Contract: faces ask the rooms below; no statement on a table stands in web, cli or report."""

import ast
import re
from pathlib import Path

import dafeng

ROOT = Path(dafeng.__file__).parent
FACES = [path for room in ("web", "cli", "report") for path in sorted((ROOT / room).rglob("*.py"))]
STATEMENT = re.compile(
    r"\b(SELECT\b.+\bFROM|SELECT\s+\d|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|VIEW)|MERGE\s+INTO)\b",
    re.S,
)
CALLS = {"rows", "execute", "executemany", "executescript", "sql", "raw", "transaction"}


def written(node):
    """The text of a constant or of a formatted string, whose values are left out."""
    if isinstance(node, ast.JoinedStr):
        return " ".join(written(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def statements(source):
    """Texts that are SQL, and calls that run some, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        text = written(node)
        if STATEMENT.search(text):
            found.append((node.lineno, text[:60]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            found.append((node.lineno, node.func.attr))
    return found


def test_no_face_has_sql():
    found = {str(path.relative_to(ROOT)): statements(path.read_text(encoding="utf-8")) for path in FACES}
    assert {name: lines for name, lines in found.items() if lines and "migrations" not in name} == {}
    assert len(found) > 30


def test_sql_is_seen():
    assert statements('store.rows("SELECT level FROM verdict WHERE kind = 1")') != []
    assert statements('x = f"SELECT a, {b} FROM point"') != []
    assert statements("connection.execute(query)") != []
    assert statements('say("Select a file from the list")') == []
