"""Target tree: plan target → sector → county → key unit, with the values in force and their history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dafeng.assessment.targets.consistency import circular, contradictions
from dafeng.assessment.targets.issued import LEVELS, Issued, Validity, usable
from dafeng.evidence import Finding, Problem


@dataclass(frozen=True, slots=True)
class Node:
    """Node of the tree: the value in force, those before it (newest first), and its children.

    `unassigned` is the part of an amount that the children of one level leave, by level, in the unit of the
    node; negative where they exceed it.
    """

    value: Issued
    history: tuple[Issued, ...]
    children: tuple["Node", ...]
    unassigned: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Target tree on a day: roots, what contradicts, and the values that were refused."""

    on: date
    roots: tuple[Node, ...]
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]


def target_tree(rows: Iterable[Issued], on: date, validity: Validity | None = None) -> Tree:
    """Build the target tree that is in force on a day.

    Parameters
    ----------
    rows : iterable of Issued
        Values of all documents; those issued after `on` are not in force yet.
    on : date
    validity : mapping, optional
        Node → days between which it exists.

    Returns
    -------
    Tree
        Every contradiction between a node and its children is a finding; a value that cannot be used is a
        problem and is left out.
    """
    sound, problems = usable(rows, validity)
    issued = [row for row in sound if row.issued_on is None or row.issued_on <= on]
    by_node: dict[tuple[tuple[str, int, str, str], str], list[Issued]] = {}
    for row in issued:
        by_node.setdefault((row.family, row.node), []).append(row)
    ordered = {key: _newest_first(listed) for key, listed in by_node.items()}
    current = [listed[0] for listed in ordered.values()]
    history = {key: tuple(listed[1:]) for key, listed in ordered.items()}
    findings, left = contradictions(current, history)
    roots = [row for row in current if _parent(row, current) is None or circular(row, current)]
    built = [_node(row, current, history, left, ()) for row in sorted(roots, key=_order)]
    return Tree(on, tuple(built), tuple(findings), tuple(problems))


def values_in_force(tree: Tree) -> list[Issued]:
    """Return the values in force of all nodes of a tree.

    Parameters
    ----------
    tree
        Target tree.

    Returns
    -------
    Values, in the order of the nodes.
    """
    found: list[Issued] = []
    open_ = list(tree.roots)
    while open_:
        node = open_.pop(0)
        found.append(node.value)
        open_ += node.children
    return list(dict.fromkeys(found))


def _newest_first(rows: Sequence[Issued]) -> list[Issued]:
    """Order the values of one node: a document that supersedes another of the same day comes first."""
    listed = sorted(rows, key=lambda row: row.issued_on or date.min, reverse=True)
    superseded = {row.supersedes for row in listed if row.supersedes}
    return sorted(
        listed, key=lambda row: (-(row.issued_on or date.min).toordinal(), row.document in superseded)
    )


def _parent(row: Issued, current: Sequence[Issued]) -> Issued | None:
    for one in current:
        if row.parent and one.node == row.parent and one.family == row.family and one is not row:
            return one
    return None


def _node(
    row: Issued, current: Sequence[Issued], history: dict[tuple[tuple[str, int, str, str], str], tuple[Issued, ...]],
    left: dict[Issued, tuple[tuple[str, float], ...]], above: tuple[str, ...],
) -> Node:  # fmt: skip
    path = (*above, row.node)
    children = [
        one for one in current if one.family == row.family and one.parent == row.node and one.node not in path
    ]
    built = tuple(_node(one, current, history, left, path) for one in sorted(children, key=_order))
    return Node(row, history[row.family, row.node], built, left.get(row, ()))


def _order(row: Issued) -> tuple[object, ...]:
    return row.quantity, row.year, row.bound != "floor", row.coverage, LEVELS.index(row.level), row.node
