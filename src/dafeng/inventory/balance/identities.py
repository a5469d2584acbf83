"""Identities of a balance: sums of supply, transformation and final use; signs; position of labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Finding, Problem, Severity
from dafeng.inventory.balance.names import row_names

FloatArray = NDArray[np.float64]

TOLERANCE = 0.05
"""In the printed unit (万吨, 亿立方米 …): rounding of the yearbook."""

_MAX_SHIFT = 2
_SHIFT_FROM = 4
"""Identities that must be checked: with fewer, some rotation of the labels mends one failing by chance."""
_SHIFT_WHEN_BELOW = 0.6
_SHIFT_WORTH = 0.35
_LABELLINGS_AT_ONCE = 512

IDENTITIES = ("supply", "transformation", "final", "difference")
PARTS = (
    "supply_total", "supply", "outflow", "transformation_total", "transformation", "recovery", "loss", "final_total",
    "final", "difference",
)  # fmt: skip
ZERO_WHERE_BLANK = ("outflow", "recovery", "loss")


@dataclass(frozen=True, slots=True)
class Residual:
    """Identity of one fuel that does not hold; numbers in printed units."""

    identity: str
    fuel: str
    expected: float
    found: float

    @property
    def gap(self) -> float:
        return self.found - self.expected


def matrix(cells: pd.DataFrame) -> tuple[list[str], list[str], FloatArray]:
    """Return rows (in file order), fuels and the printed numbers [row, fuel] of one region and year.

    Blanks are NaN.
    """
    row, rows = pd.factorize(cells["row"].to_numpy(dtype=object))
    fuel, fuels = pd.factorize(cells["fuel"].to_numpy(dtype=object))
    numbers = cells["printed"].to_numpy(dtype=np.float64)
    sums, known = np.zeros((len(rows), len(fuels))), np.zeros((len(rows), len(fuels)), dtype=bool)
    np.add.at(sums, (row, fuel), numbers)
    known[row, fuel] = True
    first = np.full(len(rows), np.iinfo(np.int64).max)
    np.minimum.at(first, row, cells["order"].to_numpy(dtype=np.int64))
    order = np.argsort(first, kind="stable")
    return [str(r) for r in rows[order]], [str(f) for f in fuels], np.where(known, sums, np.nan)[order]


def residuals(rows: list[str], fuels: list[str], values: FloatArray) -> tuple[int, list[Residual]]:
    """Check the identities: their number, and those that do not hold.

    supply total = Σ parts (outflows as negative, whichever sign is printed); transformation total =
    Σ parts; final total = Σ rows; supply + transformation − loss − final = difference. An identity is checked
    where its total is printed and at least one part.
    """
    found, expected = _both_sides(_membership(rows)[None], values)
    usable, bad = _judged(found, expected)
    failing = [
        Residual(IDENTITIES[i], fuels[f], float(expected[0, i, f]), float(found[0, i, f]))
        for i, f in np.argwhere(bad[0])
    ]
    return int(usable.sum()), failing


def _membership(rows: list[str]) -> FloatArray:
    """Membership [row, part]: 1 where a row belongs to a part of the identities.

    Branches replace industry where there are any.
    """
    kinds = [row_names()[row].kind for row in rows]
    final = {"final", "branch" if "branch" in kinds else "industry"}
    final |= set() if "final" in kinds and {"Urban", "Rural"} & set(rows) else {"residential"}
    of_kind = {kind: kind for kind in PARTS}
    of_kind |= dict.fromkeys(("power_input", "heat_input"), "transformation") | dict.fromkeys(final, "final")
    member = np.zeros((len(rows), len(PARTS)))
    for i, kind in enumerate(kinds):
        part = of_kind.get(kind)
        if part is not None:
            member[i, PARTS.index(part)] = 1.0
    return member


def _both_sides(member: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Computed and expected sides [labelling, identity, fuel] for labellings `member` of one table.

    `member` [labelling, row, part].
    """
    known = ~np.isnan(values)
    by_part = np.swapaxes(member, -1, -2)
    sums = by_part @ np.where(known, values, 0.0)
    blank = np.array([0.0 if part in ZERO_WHERE_BLANK else np.nan for part in PARTS])
    sums = np.where(by_part @ known.astype(np.float64) > 0, sums, blank[:, None])
    parts = {part: sums[:, i, :] for i, part in enumerate(PARTS)}
    supply, transformation = _readings(parts)
    balance = parts["supply_total"] + parts["transformation_total"] - parts["loss"] - parts["final_total"]
    found = np.stack([supply, transformation, parts["final"], balance], axis=1)
    totals = ("supply_total", "transformation_total", "final_total", "difference")
    return found, np.stack([parts[total] for total in totals], axis=1)


def _judged(found: FloatArray, expected: FloatArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which identities can be checked, and which of them do not hold."""
    usable = ~np.isnan(found) & ~np.isnan(expected)
    with np.errstate(invalid="ignore"):
        return usable, usable & (np.abs(found - expected) > _allowed(expected))


def _allowed(expected: FloatArray) -> FloatArray:
    return np.asarray(TOLERANCE + 1e-4 * np.abs(expected))


def _readings(parts: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Supply and transformation [labelling, fuel] in the reading that closes the most fuels.

    Outflows are printed positive in some editions, negative in others; recovered energy is part of supply
    in old editions, of transformation in new ones.
    """
    supply, transformation = parts["supply"], parts["transformation"]
    best = np.full(len(supply), -1)
    recovery = parts["recovery"]
    for outflow in (parts["outflow"], -parts["outflow"]):
        for to_supply in (False, True):
            more = _plus(parts["supply"], outflow + (recovery if to_supply else 0.0))
            turned = _plus(parts["transformation"], 0.0 * recovery if to_supply else recovery)
            closed = _closing(more, parts["supply_total"]) + _closing(turned, parts["transformation_total"])
            better = closed > best
            best = np.where(better, closed, best)
            supply = np.where(better[:, None], more, supply)
            transformation = np.where(better[:, None], turned, transformation)
    return supply, transformation


def _plus(base: FloatArray, more: FloatArray) -> FloatArray:
    """Sum in which a blank base counts as 0 where there is something to add."""
    return np.asarray(np.where(np.isnan(base) & (more != 0), 0.0, base) + more)


def _closing(found: FloatArray, expected: FloatArray) -> NDArray[np.int64]:
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(found - expected) <= _allowed(expected)).sum(axis=-1))


@cache
def _labellings(count: int) -> tuple[list[tuple[int, int, int]], NDArray[np.int64]]:
    """Every block (first, last, shift) of `count` labels, and the label of each line [block, line]."""
    blocks = [
        (first, last, shift)
        for first in range(count)
        for last in range(first + 1, count)
        for shift in (*range(1, _MAX_SHIFT + 1), *range(-_MAX_SHIFT, 0))
        if abs(shift) <= last - first
    ]
    order = np.tile(np.arange(count), (len(blocks), 1))
    for line, (first, last, shift) in zip(order, blocks, strict=True):
        line[first : last + 1] = first + (np.arange(last - first + 1) - shift) % (last - first + 1)
    return blocks, order


def shifted_labels(rows: list[str], fuels: list[str], values: FloatArray) -> tuple[int, int, int] | None:
    """Return the block (first, last, shift) of labels whose rotation makes failing identities hold.

    `shift` lines down. Looked for only where fewer than 60 % of the identities hold; accepted where the
    rotation mends at least 35 % of all, so that scattered misprints are not taken for a shift.
    """
    checked, failing = residuals(rows, fuels, values)
    if checked < _SHIFT_FROM or 1 - len(failing) / checked >= _SHIFT_WHEN_BELOW:
        return None
    blocks, order = _labellings(len(rows))
    member = _membership(rows)
    left = np.concatenate(
        [
            _judged(*_both_sides(member[part], values))[1].sum(axis=(1, 2))
            for part in np.array_split(order, len(order) // _LABELLINGS_AT_ONCE + 1)
        ]
    )
    best = int(left.argmin())
    return blocks[best] if len(failing) - int(left[best]) >= _SHIFT_WORTH * checked else None


def check(cells: pd.DataFrame) -> tuple[list[Finding], dict[tuple[str, int], Problem]]:
    """Check the identities of a balance.

    Returns findings where they do not hold, and the problem of shifted labels by region and year.
    """
    findings: list[Finding] = []
    problems: dict[tuple[str, int], Problem] = {}
    for (region, year), part in cells.groupby(["region", "year"], sort=True):
        rows, fuels, values = matrix(part)
        place = f"{region} {year}".strip()
        block = shifted_labels(rows, fuels, values)
        if block is not None:
            first, last, shift = block
            start = part[part["row"] == rows[first]]["where"].iloc[0]
            problems[str(region), int(str(year))] = Problem(
                str(start),
                f"labels from {rows[first]} to {rows[last]} that do not fit their numbers ({place})",
                "balance identities that hold",
                f"they hold when these labels are moved by {shift} line(s) within the block",
            )
            continue
        _, failing = residuals(rows, fuels, values)
        for identity in dict.fromkeys(r.identity for r in failing):
            worst = [r for r in failing if r.identity == identity]
            listed = "; ".join(f"{r.fuel} {r.found:.2f} ≠ {r.expected:.2f}" for r in worst)
            findings.append(
                Finding(
                    "balance-identity",
                    Severity.WARNING,
                    f"{place}: {identity}",
                    f"平衡恒等式不成立({identity}):{listed}",
                    f"balance identity {identity} does not hold: {listed}",
                )
            )
    return findings, problems
