"""Reader of web pages: the text that a browser shows, one line a block, data tables as tables."""

import re
from collections.abc import Iterator
from typing import Any

from dafeng.evidence import DafengError
from dafeng.plan.documents.limits import missing_extra
from dafeng.plan.documents.source import Source, Writer, is_note_mark

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "p div section article main li ul ol dd dt dl h1 h2 h3 h4 h5 h6 br hr header footer blockquote pre center form"
        " td th tr table title",
    )
)
_UNSEEN = re.findall(
    r"\w+", "script style noscript nav iframe svg template select button head footer aside rt rp"
)
_INNER = 5
"""Tables within a table that are looked at: one of several rows makes the outer one a frame."""
_MOST_CELLS, _MOST_ROWS, _LONGEST_CELL = 50_000, 2000, 1500


def read_html(text: str, name: str, encoding: str, digest: str) -> Source:
    """Read the words of a web page.

    Raises: DafengError for a page without words, and where the extra is missing.
    """
    try:
        from bs4 import BeautifulSoup
    except ImportError as error:
        raise missing_extra("beautifulsoup4", name) from error
    declared = re.search(r"charset=[\"']?([\w-]+)", text[:3000], re.I)
    soup = BeautifulSoup(text, "lxml")
    for tag in soup(_UNSEEN):
        tag.decompose()
    for raised in soup("sup"):
        if is_note_mark(str(raised.find_previous(string=True) or ""), raised.get_text().strip()):
            raised.decompose()
    writer = Writer()
    _write(soup.body or soup, writer)
    if not writer.text.strip():
        raise DafengError.at(
            name,
            "a page without text",
            "the text of a plan",
            "save the page with its text, not only its frame",
        )
    found = declared.group(1).lower() if declared else encoding
    return Source(writer.text, name, "html", found, digest, True, tables=writer.tables)


_BREAK = object()


def _write(root: object, writer: Writer) -> None:
    """Write the text below `root`; without recursion, for pages nested deeply."""
    from bs4.element import Comment, NavigableString, Tag

    pending: list[str] = []

    def flush() -> None:
        line = re.sub(r"\s+", " ", "".join(pending)).strip()
        pending.clear()
        if line:
            writer.write(line + "\n")

    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if node is _BREAK:
            flush()
        elif isinstance(node, NavigableString) and not isinstance(node, Comment):
            pending.append(str(node))
        elif isinstance(node, Tag):
            rows = _table(node) if node.name == "table" else []
            if rows or node.name in _BLOCKS:
                flush()
                stack.append(_BREAK)
            if rows:
                writer.table(rows)
            else:
                stack.extend(reversed(list(node.children)))
    flush()


def _table(table: Any) -> list[list[tuple[object, str]]]:
    """Return the rows of a data table, merged cells repeated.

    Nothing for a table that only lays out the page.
    """
    rows = list(_rows(table))[:_MOST_ROWS]
    if max((len(cells) for cells in rows), default=0) < 2:
        return []
    if any(len(inner.find_all("tr", limit=2)) > 1 for inner in table.find_all("table", limit=_INNER)):
        return []
    grid: dict[tuple[int, int], tuple[object, str]] = {}
    for r, cells in enumerate(rows):
        c = 0
        for cell in cells:
            while (r, c) in grid:
                c += 1
            text = re.sub(r"\s+", " ", cell.get_text(" ")).strip()
            height, width = min(_span(cell, "rowspan"), len(rows) - r), _span(cell, "colspan")
            if len(text) > _LONGEST_CELL or len(grid) + height * width > _MOST_CELLS:
                return []
            for i in range(height):
                for j in range(width):
                    grid[r + i, c + j] = (id(cell), text)
            c += width
    width = 1 + max(c for _, c in grid)
    return [[grid.get((r, c), (("empty", r, c), "")) for c in range(width)] for r in range(len(rows))]


def _rows(table: Any) -> Iterator[list[Any]]:
    """Return the cells of each row of a table itself, not of tables inside it."""
    for part in table.find_all(["tr", "thead", "tbody", "tfoot"], recursive=False):
        rows = [part] if part.name == "tr" else part.find_all("tr", recursive=False)
        for row in rows:
            yield row.find_all(["td", "th"], recursive=False)


def _span(cell: Any, name: str) -> int:
    text = str(cell.get(name) or "1")
    return min(int(text), 50) if text.isascii() and text.isdigit() and int(text) > 0 else 1
