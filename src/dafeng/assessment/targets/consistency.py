"""Consistency of a target tree: a parent never contradicts its children in silence."""

from collections.abc import Iterator, Mapping, Sequence

from dafeng.assessment.targets.issued import Issued
from dafeng.assessment.wording import amount
from dafeng.evidence import Finding, Severity
from dafeng.units import convert, kind

ROUNDING = 1e-9
"""Relative tolerance of sums of published values."""
Family = tuple[str, int, str, str]


def contradictions(
    current: Sequence[Issued], history: Mapping[tuple[Family, str], Sequence[Issued]]
) -> tuple[list[Finding], dict[Issued, tuple[tuple[str, float], ...]]]:
    """Return what contradicts among the values in force, and the unassigned part of each amount by level.

    Children of different levels (sectors, counties) are two views of one total and are never added up.
    """
    findings: list[Finding] = []
    left: dict[Issued, tuple[tuple[str, float], ...]] = {}
    for row in current:
        findings += _of_parent(row, current)
        findings += _of_history(row, history.get((row.family, row.node), ()))
        findings += _of_stretch(row, current)
        groups = _children(row, current)
        if row.kind == "amount" and groups:
            left[row] = tuple(
                (level, row.value - _total(row, group))
                for level, group in groups.items()
                if _alike(row, group)
            )
        for level, group in groups.items():
            findings += _of_children(row, level, group)
    return findings, left


def _children(row: Issued, current: Sequence[Issued]) -> dict[str, list[Issued]]:
    groups: dict[str, list[Issued]] = {}
    for one in current:
        if one.parent == row.node and one.family == row.family and one is not row:
            groups.setdefault(one.level, []).append(one)
    return groups


def _alike(row: Issued, group: Sequence[Issued]) -> bool:
    return all(kind(one.unit) == kind(row.unit) for one in group)


def _total(row: Issued, group: Sequence[Issued]) -> float:
    return float(sum(convert(one.value, one.unit, row.unit) for one in group))


def _of_children(row: Issued, level: str, group: Sequence[Issued]) -> Iterator[Finding]:
    if not _alike(row, group):
        units = "、".join(dict.fromkeys(one.unit for one in group))
        yield _conflict(
            "tree.unit",
            row,
            f"下级单位{units}与{row.unit}不可比",
            f"units below ({units}) cannot be compared with {row.unit}",
            group,
        )
        return
    if any(one.sense != row.sense or one.kind != row.kind for one in group):
        yield _conflict(
            "tree.kind",
            row,
            "上下级目标的方向或量的类型不同",
            "sense or kind differs between the node and those below",
            group,
        )
        return
    if row.modality == "binding" and any(one.modality != "binding" for one in group):
        names = "、".join(one.name for one in group if one.modality != "binding")
        yield Finding(
            "tree.modality", Severity.WARNING, row.place, f"{row.name}的{row.quantity}为约束性,下级{names}为预期性",
            f"{row.quantity} of {row.name} is binding, but expected below: {names}", _documents(row, group),
        )  # fmt: skip
    yield from _of_amounts(row, level, group) if row.kind == "amount" else _of_rates(row, level, group)


def _of_amounts(row: Issued, level: str, group: Sequence[Issued]) -> Iterator[Finding]:
    """Compare the sum of the parts with the whole: a cap must not be exceeded, a floor must be reached."""
    total = _total(row, group)
    spare = (row.value - total) * (1 if row.sense == "down" else -1)
    if spare < -ROUNDING * max(abs(row.value), abs(total)):
        word_zh, word_en = ("超过", "exceeds") if row.sense == "down" else ("低于", "falls short of")
        yield _conflict(
            "tree.sum", row,
            f"{row.year}年{row.quantity}:{level}级下级合计{amount(total, row.unit)},{word_zh}{row.name}的{amount(row.value, row.unit)}",
            f"{row.quantity} {row.year}: the sum of level {level}, {amount(total, row.unit)}, {word_en} {amount(row.value, row.unit)} of {row.name}",
            group,
        )  # fmt: skip


def _of_rates(row: Issued, level: str, group: Sequence[Issued]) -> Iterator[Finding]:
    """Compare a rate with those below: the whole is a weighted mean and lies between the least and the greatest."""
    values = [float(convert(one.value, one.unit, row.unit)) for one in group]
    worst, best = (max(values), min(values)) if row.sense == "down" else (min(values), max(values))
    sign = 1.0 if row.sense == "down" else -1.0
    slack = ROUNDING * max(abs(row.value), *(abs(value) for value in values))
    if sign * (best - row.value) > slack:
        yield _conflict(
            "tree.rate", row,
            f"{row.year}年{row.quantity}:{level}级下级均不足以达到{row.name}的{amount(row.value, row.unit)}(最好{amount(best, row.unit)})",
            f"{row.quantity} {row.year}: no node of level {level} reaches {amount(row.value, row.unit)} of {row.name} (best {amount(best, row.unit)})",
            group,
        )  # fmt: skip
    elif sign * (worst - row.value) > slack:
        yield Finding(
            "tree.weights", Severity.WARNING, row.place,
            f"{row.year}年{row.quantity}:{level}级部分下级弱于{row.name}的{amount(row.value, row.unit)},能否达到取决于权重",
            f"{row.quantity} {row.year}: some nodes of level {level} are weaker than {amount(row.value, row.unit)} of {row.name}; it depends on the weights",
            _documents(row, group),
        )  # fmt: skip


def _of_parent(row: Issued, current: Sequence[Issued]) -> Iterator[Finding]:
    if row.parent == row.node or (row.parent and circular(row, current)):
        yield _conflict(
            "tree.circle",
            row,
            f"{row.name}的上级又回到自身",
            f"the parents of {row.name} lead back to it",
            (),
        )
    elif row.parent and not any(one.node == row.parent and one.family == row.family for one in current):
        yield Finding(
            "tree.parent", Severity.WARNING, row.place, f"{row.name}的上级{row.parent}没有{row.year}年的{row.quantity}",
            f"the parent {row.parent} of {row.name} has no {row.quantity} for {row.year}", (row.document,),
        )  # fmt: skip


def circular(row: Issued, current: Sequence[Issued]) -> bool:
    """Check whether the parents of a node lead back to it."""
    parents = {one.node: one.parent for one in current if one.family == row.family}
    seen, node = set(), row.parent
    while node and node not in seen:
        if node == row.node:
            return True
        seen.add(node)
        node = parents.get(node, "")
    return False


def _of_history(row: Issued, before: Sequence[Issued]) -> Iterator[Finding]:
    changed = bool(before) and (row.value, row.unit) != (before[0].value, before[0].unit)
    if changed and row.supersedes != before[0].document:
        yield Finding(
            "tree.supersession", Severity.WARNING, row.place,
            f"{row.document}改变了{before[0].document}的{row.quantity},但未写明替代",
            f"{row.document} changes {row.quantity} of {before[0].document} without naming it as superseded",
            (row.document, before[0].document),
        )  # fmt: skip


def _of_stretch(row: Issued, current: Sequence[Issued]) -> Iterator[Finding]:
    """Compare a stretch level with its floor: it must not be weaker."""
    if row.bound != "stretch":
        return
    for floor in current:
        same = (floor.quantity, floor.year, floor.node, floor.coverage) == (
            row.quantity,
            row.year,
            row.node,
            row.coverage,
        )
        if not same or floor.bound != "floor" or kind(floor.unit) != kind(row.unit):
            continue
        stretch = float(convert(row.value, row.unit, floor.unit))
        if (stretch > floor.value) if row.sense == "down" else (stretch < floor.value):
            yield _conflict(
                "tree.stretch", row, f"激励目标{amount(row.value, row.unit)}弱于基本目标{amount(floor.value, floor.unit)}",
                f"the stretch level {amount(row.value, row.unit)} is weaker than the floor {amount(floor.value, floor.unit)}", (floor,),
            )  # fmt: skip


def _conflict(code: str, row: Issued, zh: str, en: str, group: Sequence[Issued]) -> Finding:
    return Finding(
        code, Severity.CONFLICT, row.place, f"{zh}。", f"{en[:1].upper()}{en[1:]}.", _documents(row, group)
    )


def _documents(row: Issued, group: Sequence[Issued]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((row.document, *(one.document for one in group))))
