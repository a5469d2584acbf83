"""Correction of headings by the lists of bodies.

A list is no part of a title, and ① below 1. without lists is no heading.
"""

from bisect import bisect_left
from dataclasses import replace

from dafeng.plan.structure.outline import Node, Rank


def beside_lists(nodes: list[Node], starts: list[int]) -> list[Node]:
    """Correct the headings by the lists of bodies; `starts` are where lists begin, in order."""
    return _without_circles(_titles_without(nodes, starts), starts)


def _titles_without(nodes: list[Node], starts: list[int]) -> list[Node]:
    """Cut the lists of bodies out of the lines of headings; `starts` are where lists begin, in order."""
    result: list[Node] = []
    for node in nodes:
        i = bisect_left(starts, node.start + 1)
        if i < len(starts) and starts[i] < node.title_end:
            shorter = node.title[: len(node.title) - (node.title_end - starts[i])].rstrip("。;, ")
            node = replace(node, title=shorter, title_end=starts[i])
        elif i < len(starts) and node.title.endswith("(") and starts[i] <= node.title_end:
            node = replace(node, title=node.title[:-1])
        result.append(node)
    return result


def _without_circles(nodes: list[Node], starts: list[int]) -> list[Node]:
    """Drop ①, ② … below a numbered task where no list is between them: they are its measures, not tasks."""
    circles: dict[int, list[Node]] = {}
    for node in nodes:
        if node.rank is Rank.CIRCLE and node.parent is not None and nodes[node.parent].rank is Rank.MINOR:
            circles.setdefault(node.parent, []).append(node)
    plain = {
        parent for parent, inner in circles.items() if bisect_left(starts, inner[0].start) == bisect_left(starts, inner[-1].start)
    }  # fmt: skip
    if not plain:
        return nodes
    kept: list[Node] = []
    moved: dict[int, int] = {}
    for i, node in enumerate(nodes):
        if node.rank is Rank.CIRCLE and node.parent in plain:
            continue
        moved[i] = len(kept)
        parent = moved.get(node.parent) if node.parent is not None else None
        alone = i in plain
        kept.append(
            replace(node, parent=parent, leaf=node.leaf or alone, own_end=node.end if alone else node.own_end)
        )
    return kept
