"""Contract of the house: every public function is reached, modules import no circle, folders and modules stay small.

A public function or class is reached where a face (command line, web), a decorated function, the code of a module or a
the example in a room's docstring leads to it by its name; a re-export in an `__init__` and an entry of `__all__` do not count. Names stand for
what they may mean: two functions of one name are reached together.
"""

import ast
import doctest
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "dafeng"
FACES = ("cli", "web")
MOST_FILES, MOST_LINES = 20, 400

# what does not hold yet, one a line: kind and name. Lines only leave this list
OPEN = {
    tuple(line.split(" ", 1))
    for line in (Path(__file__).parent / "open.txt").read_text(encoding="utf-8").splitlines()
    if line
}


@cache
def modules():
    """Every module: name → (path, tree)."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = (path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def room(module):
    return module.split(".")[1] if "." in module else "dafeng"


def is_face(module):
    return room(module) in FACES or module == "dafeng.__main__"


def mentioned(node):
    """Identifiers that the code of `node` uses: names, attributes, and texts that may name one (getattr, paths of Django)."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and len(part.value) < 200:
            found |= set(re.findall(r"[A-Za-z_]\w*", part.value)) if not part.value.count(" ") else set()
        elif isinstance(part, ast.ImportFrom | ast.Import):
            found |= {alias.name.rpartition(".")[2] for alias in part.names}
    return found


def in_doctests(tree):
    """Identifiers in the examples of a room's own docstring: they run, and each asserts its result."""
    text = ast.get_docstring(tree) or ""
    examples = doctest.DocTestParser().get_examples(text) if ">>>" in text else []
    return {name for example in examples for name in re.findall(r"[A-Za-z_]\w*", example.source)}


DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@cache
def graph():
    """Definitions by name → [(module, mentioned)], and the names from which the walk starts."""
    nodes, roots = {}, set()
    for module, (path, tree) in modules().items():
        package = path.name == "__init__.py"
        if package:
            roots |= in_doctests(tree)
        for node in tree.body:
            if isinstance(node, DEFINITION):
                decorated = bool(node.decorator_list) and not isinstance(node, ast.ClassDef)
                nodes.setdefault(node.name, []).append((module, mentioned(node)))
                if is_face(module) or (decorated and not cached(node)):
                    roots.add(node.name)
                    roots |= mentioned(node)
            elif package and (isinstance(node, ast.ImportFrom | ast.Import | ast.If) or assigns_all(node)):
                continue
            elif not isinstance(node, ast.ImportFrom | ast.Import) and not type_checking(node):
                roots |= mentioned(node)
    for page in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md"):
        roots |= run_on_page(page)
    return nodes, roots


def cached(node):
    """Whether all decorators of a function only keep its results."""
    return all("cache" in ast.unparse(decorator) for decorator in node.decorator_list)


def assigns_all(node):
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def type_checking(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def run_on_page(page):
    """Identifiers of the examples of a page whose code the tests run (docs/extending.md)."""
    if page.name != "extending.md":
        return set()
    blocks = re.findall(r"```python[^\n]*\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return {name for block in blocks for name in re.findall(r"[A-Za-z_]\w*", block)}


def listed(kind):
    return {name for sort, name in OPEN if sort == kind}


def reached():
    nodes, roots = graph()
    seen, waiting = set(), list(roots)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for _, mentions in nodes.get(name, []):
            waiting += mentions - seen
    return seen


def unreached_names():
    nodes, _ = graph()
    seen = reached()
    return {
        f"{module}.{name}"
        for name, places in nodes.items()
        if name not in seen and not name.startswith("_")
        for module, _ in places
    }


def test_every_public_function_is_reached():
    assert unreached_names() - listed("unreached") == set()


def test_modules_import_no_circle():
    imports = {name: set() for name in modules()}
    for name, (_, tree) in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dafeng"):
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    imports[name].add(inner if inner in imports else node.module)
            elif isinstance(node, ast.Import):
                imports[name] |= {alias.name for alias in node.names if alias.name in imports}
    done, path = set(), []

    def walk(name):
        if name in path:
            raise AssertionError(" → ".join([*path[path.index(name) :], name]))
        if name in done:
            return
        path.append(name)
        for other in sorted(imports.get(name, set()) - {name}):
            walk(other)
        path.pop()
        done.add(name)

    for name in imports:
        walk(name)


def test_modules_and_folders_stay_small():
    long = {
        name
        for name, (path, _) in modules().items()
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }
    assert long - listed("long") == set()
    full = {
        str(folder.relative_to(SOURCE))
        for folder in [SOURCE, *SOURCE.rglob("*")]
        if folder.is_dir() and len(list(folder.glob("*.py"))) > MOST_FILES
    }
    assert full - listed("full") == set()


def test_rooms_are_entered_by_their_init():
    """A module imports another room's names from the room itself, or from a sub-room that the room names as such."""
    deep = set()
    for name, (_, tree) in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dafeng."):
                parts = node.module.split(".")
                if (
                    len(parts) > 2
                    and parts[1] != room(name)
                    and not (len(parts) == 3 and parts[2] in sub_rooms(parts[1]))
                ):
                    deep.add(f"{name} → {node.module}")
    assert deep - listed("deep") == set()


def sub_rooms(name):
    """Packages that a room offers by name in `__all__`."""
    tree = modules()[f"dafeng.{name}"][1]
    offered = {text for node in tree.body if assigns_all(node) for text in ast.literal_eval(node.value)}
    return {entry for entry in offered if f"dafeng.{name}.{entry}" in modules()}
