"""Independent cycles of a grid, from a breadth-first spanning forest."""

from collections import deque


def cycles(edges: list[tuple[str, str]]) -> list[dict[int, float]]:
    """Return the independent cycles of a graph with parallel edges: edge position → direction (+1, -1).

    >>> cycles([("a", "b"), ("b", "c"), ("a", "c")])
    [{1: 1.0, 2: -1.0, 0: 1.0}]
    """
    parent: dict[str, tuple[str, int, float] | None] = {}
    tree: set[int] = set()
    near: dict[str, list[tuple[str, int, float]]] = {}
    for i, (start, end) in enumerate(edges):
        near.setdefault(start, []).append((end, i, 1.0))
        near.setdefault(end, []).append((start, i, -1.0))
    for root in near:
        if root in parent:
            continue
        parent[root] = None
        queue = deque([root])
        while queue:
            node = queue.popleft()
            for other, edge, direction in near[node]:
                if other not in parent:
                    parent[other] = (node, edge, direction)
                    tree.add(edge)
                    queue.append(other)
    return [_cycle(edges[i], i, parent) for i in range(len(edges)) if i not in tree]


def _cycle(
    edge: tuple[str, str], position: int, parent: dict[str, tuple[str, int, float] | None]
) -> dict[int, float]:
    cycle = {position: 1.0}
    for node, sign in ((edge[1], -1.0), (edge[0], 1.0)):
        step = parent[node]
        while step is not None:
            cycle[step[1]] = cycle.get(step[1], 0.0) + sign * step[2]
            step = parent[step[0]]
    return {line: direction for line, direction in cycle.items() if direction != 0.0}
