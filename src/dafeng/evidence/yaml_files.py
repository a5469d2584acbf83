"""YAML reader for untrusted input: strict, refusing with line and column, never unfolding without end."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from dafeng.evidence.errors import DafengError, Problems

MOST_VALUES = 1_000_000
"""Values a file may hold once its aliases are unfolded: hundreds of times the longest plan."""
MOST_LEVELS = 200
_GOOD = "well-formed YAML"


def parse_yaml(file: str, text: str, problems: Problems) -> Any:
    """Parse a YAML file; None where it is malformed, and then `problems` holds the place and the fault.

    Stricter than YAML: a key given twice is refused, only plain types are made, dates stay text, and aliases
    may not unfold to more than a million values (a few lines can represent billions).

    Parameters
    ----------
    file
        Name of the file, as in problems.
    text
        Content of the file.
    problems
        List that the problems are added to.

    Returns
    -------
    Mapping, list or scalar; None for an empty or a malformed file.
    """
    import yaml  # here and not above: what starts up need not pay for it

    try:
        loader = _strict_loader()(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _bound(node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        found = (error.problem or "broken YAML").removeprefix("found ")
        problems.add(where, found, _GOOD, _mend(found, text))
    except (yaml.YAMLError, ValueError) as error:
        problems.add(file, " ".join(str(error).split()), _GOOD, _mend("", text))
    except RecursionError:
        problems.add(file, "values nested too deep", f"at most {MOST_LEVELS} levels")
    return None


def read_yaml(path: Path, expected: str) -> dict[str, Any]:
    """Read the mapping of a YAML file in UTF-8.

    Parameters
    ----------
    path
        File to read.
    expected
        What the mapping describes, for the error.

    Returns
    -------
    Mapping of the file.

    Raises
    ------
    DafengError
        For a file that cannot be read, is no YAML, or holds anything but a mapping as described by
        `expected`.
    """
    problems = Problems()
    try:
        content = parse_yaml(path.name, path.read_text(encoding="utf-8"), problems)
    except OSError as error:
        raise DafengError.at(str(path), error.strerror or str(error), "a readable file") from error
    except UnicodeDecodeError as error:
        raise DafengError.at(str(path), str(error), "a YAML file in UTF-8", "save it as UTF-8") from error
    problems.raise_if_any()
    if not isinstance(content, dict):
        found = "nothing" if content is None else f"a {type(content).__name__}"
        raise DafengError.at(path.name, found, f"a YAML file with {expected}")
    return content


def yaml_line(text: str, path: Sequence[str]) -> int | None:
    """Return the line in which the value at `path` begins.

    `path` is keys and positions, as `("targets", "0", "unit")`.

    The last part that exists counts. None where the text is no YAML.

    Parameters
    ----------
    text
        Content of the file.
    path
        Keys and positions from the top.

    Returns
    -------
    Line, from 1; None where the text is no YAML.
    """
    import yaml

    try:
        node: Any = yaml.compose(text, Loader=_strict_loader())
    except (yaml.YAMLError, RecursionError):
        return None
    if node is None:
        return None
    line = node.start_mark.line
    for name in path:
        if node.id == "mapping":
            pairs = [(key, value) for key, value in node.value if key.value == name]
        elif node.id == "sequence" and name.isdigit() and int(name) < len(node.value):
            pairs = [(node.value[int(name)],) * 2]
        else:
            pairs = []
        if not pairs:
            break
        key, node = pairs[0]
        line = key.start_mark.line
    return int(line) + 1


def _mend(found: str, text: str) -> str:
    if "given twice" in found:
        return "keep one of the two"
    if "alias" in found or "levels" in found:
        return "write the values out, without & and *"
    if "expected a single document" in found or "another document" in found:
        return "one document a file: delete the line ---"
    if re.search(r"^\s*\t", text, re.MULTILINE):
        return "indent with blanks, not with tabs"
    if re.search(r"^\s*\w+：", text, re.MULTILINE) or re.search(r"^\s*\w+:\S", text, re.MULTILINE):
        return "write a half-width colon and a blank after each key"
    return "check indentation, colons and quotation marks"


def _bound(root: Any) -> None:
    """Reject a tree that unfolds too wide or too deep. Each node is visited once, without recursion."""
    import yaml

    sizes: dict[int, int] = {}
    levels: dict[int, int] = {}
    stack = [(root, False)]
    opened: set[int] = set()
    while stack:
        node, done = stack.pop()
        if id(node) in sizes:
            continue
        parts = _parts(node)
        if not done and id(node) not in opened:
            opened.add(id(node))
            stack.append((node, True))
            stack.extend((part, False) for part in parts)
            continue
        # a part that is still open contains this node itself: a circle, counted once
        sizes[id(node)] = 1 + sum(sizes.get(id(part), 1) for part in parts)
        levels[id(node)] = 1 + max((levels.get(id(part), 1) for part in parts), default=0)
        found = ""
        if sizes[id(node)] > MOST_VALUES:
            found = f"aliases that unfold to more than {MOST_VALUES:,} values"
        elif levels[id(node)] > MOST_LEVELS:
            found = f"more than {MOST_LEVELS} levels of nesting"
        if found:
            raise yaml.constructor.ConstructorError(None, None, found, node.start_mark)


def _parts(node: Any) -> list[Any]:
    if node.id == "mapping":
        return [part for pair in node.value for part in pair]
    return list(node.value) if node.id == "sequence" else []


@lru_cache(maxsize=1)
def _strict_loader() -> Any:
    """YAML's safe loader; a key given twice is an error, and dates stay text."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class StrictLoader(base):  # type: ignore[misc]  # the base is chosen when it runs
        pass

    def mapping(loader: Any, node: Any) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node.value, str):
                continue
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} given twice", key_node.start_mark
                )
            seen.add(key_node.value)
        data: dict[Any, Any] = {}
        yield data
        data.update(loader.construct_mapping(node))

    StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    StrictLoader.add_constructor(
        "tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node)
    )
    return StrictLoader
