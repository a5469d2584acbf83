"""What a balance must obey: sums of supply, transformation and final use; signs; labels in their place."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Finding, Problem, Severity
from dafeng.inventory.names import row_names

FloatArray = NDArray[np.float64]

TOLERANCE = 0.05
"""In the printed unit (万吨, 亿立方米 …): rounding of the yearbook."""

_MAX_SHIFT = 2
_SHIFT_WHEN_BELOW = 0.6
_SHIFT_WORTH = 0.35


@dataclass(frozen=True, slots=True)
class Residual:
    """One identity of one fuel that does not hold; numbers in printed units."""

    identity: str
    fuel: str
    expected: float
    found: float

    @property
    def gap(self) -> float:
        return self.found - self.expected


def matrix(cells: pd.DataFrame) -> tuple[list[str], list[str], FloatArray]:
    """Rows (in file order), fuels and the printed numbers [row, fuel], blanks NaN, of one region and year."""
    wide = cells.pivot_table(index="row", columns="fuel", values="printed", aggfunc="sum", sort=False)
    order = cells.groupby("row", sort=False)["order"].min().sort_values().index
    wide = wide.loc[order]
    return list(wide.index), list(wide.columns), wide.to_numpy(dtype=np.float64)


def residuals(rows: list[str], fuels: list[str], values: FloatArray) -> tuple[int, list[Residual]]:
    """How many identities could be checked, and those that do not hold.

    supply total = Σ parts (outflows as negative, whichever sign is printed); transformation total = Σ parts;
    final total = Σ rows; industry ≥ non-energy use; supply + transformation − loss − final = difference.
    An identity is checked where its total is printed and at least one part.
    """
    parts = _parts(rows, values)
    signed, transformed = _readings(parts)
    checks = [
        ("supply", signed, parts["supply_total"]),
        ("transformation", transformed, parts["transformation_total"]),
        ("final", parts["final"], parts["final_total"]),
    ]
    balance = parts["supply_total"] + parts["transformation_total"] - parts["loss"] - parts["final_total"]
    whole = np.where(np.isnan(parts["supply_total"]) | np.isnan(parts["final_total"]), np.nan, balance)
    difference = np.where(np.isnan(parts["difference"]), np.nan, parts["difference"])
    checks.append(("difference", whole, difference))
    checked, failing = 0, []
    for identity, found, expected in checks:
        usable = ~np.isnan(found) & ~np.isnan(expected)
        checked += int(usable.sum())
        bad = usable & (np.abs(found - expected) > TOLERANCE + 1e-4 * np.abs(expected))
        failing += [
            Residual(identity, fuels[i], float(expected[i]), float(found[i])) for i in np.flatnonzero(bad)
        ]
    return checked, failing


def _parts(rows: list[str], values: FloatArray) -> dict[str, FloatArray]:
    kinds = [row_names()[row].kind for row in rows]
    has_split = "final" in kinds and {"Urban", "Rural"} & set(rows)
    has_branches = "branch" in kinds

    def total(*wanted: str, blank: float = np.nan) -> FloatArray:
        picked = [i for i, kind in enumerate(kinds) if kind in wanted]
        if not picked:
            return np.full(values.shape[1], blank)
        block = values[picked]
        empty = np.isnan(block).all(axis=0)
        return np.asarray(np.where(empty, blank, np.nansum(block, axis=0)))

    final = ["final", *(["branch"] if has_branches else ["industry"])]
    final += [] if has_split else ["residential"]
    return {
        "supply_total": total("supply_total"),
        "supply": total("supply"),
        "outflow": total("outflow", blank=0.0),
        "transformation_total": total("transformation_total"),
        "transformation": total("power_input", "heat_input", "transformation"),
        "recovery": total("recovery", blank=0.0),
        "loss": total("loss", blank=0.0),
        "final_total": total("final_total"),
        "final": total(*final),
        "difference": total("difference"),
    }


def _readings(parts: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Supply and transformation as the edition means them: the reading that closes the most fuels.

    Outflows are printed positive in some editions, negative in others; recovered energy stands among supply
    in old editions, among transformation in new ones.
    """
    best, readings = -1, (parts["supply"], parts["transformation"])
    recovery = parts["recovery"]
    for outflow in (parts["outflow"], -parts["outflow"]):
        for to_supply in (False, True):
            supply = _plus(parts["supply"], outflow + (recovery if to_supply else 0.0))
            transformation = _plus(parts["transformation"], 0.0 * recovery if to_supply else recovery)
            closed = _closing(supply, parts["supply_total"]) + _closing(
                transformation, parts["transformation_total"]
            )
            if closed > best:
                best, readings = closed, (supply, transformation)
    return readings


def _plus(base: FloatArray, more: FloatArray) -> FloatArray:
    """Sum in which a blank base counts as 0 where there is something to add."""
    return np.asarray(np.where(np.isnan(base) & (more != 0), 0.0, base) + more)


def _closing(found: FloatArray, expected: FloatArray) -> int:
    with np.errstate(invalid="ignore"):
        return int((np.abs(found - expected) <= TOLERANCE + 1e-4 * np.abs(expected)).sum())


def shifted_labels(rows: list[str], fuels: list[str], values: FloatArray) -> tuple[int, int, int] | None:
    """The block (first, last, shift) of labels whose rotation makes the identities hold, if they fail now.

    `shift` lines down. Looked for only where fewer than 60 % of the identities hold; accepted where the
    rotation mends at least 35 % of all, so that scattered misprints are not taken for a shift.
    """
    checked, failing = residuals(rows, fuels, values)
    if checked == 0 or 1 - len(failing) / checked >= _SHIFT_WHEN_BELOW:
        return None
    best, block = len(failing), None
    for first in range(len(rows)):
        for last in range(first + 1, len(rows)):
            for shift in (*range(1, _MAX_SHIFT + 1), *range(-_MAX_SHIFT, 0)):
                if abs(shift) > last - first:
                    continue
                inner = rows[first : last + 1]
                turned = rows[:first] + inner[-shift:] + inner[:-shift] + rows[last + 1 :]
                _, left = residuals(turned, fuels, values)
                if len(left) < best:
                    best, block = len(left), (first, last, shift)
    return block if len(failing) - best >= _SHIFT_WORTH * checked else None


def check(cells: pd.DataFrame) -> tuple[list[Finding], list[Problem]]:
    """Findings on identities that do not hold, and problems for shifted labels, by region and year."""
    findings: list[Finding] = []
    problems: list[Problem] = []
    for (region, year), part in cells.groupby(["region", "year"], sort=True):
        rows, fuels, values = matrix(part)
        place = f"{region} {year}".strip()
        block = shifted_labels(rows, fuels, values)
        if block is not None:
            first, last, shift = block
            start = part[part["row"] == rows[first]]["where"].iloc[0]
            problems.append(
                Problem(
                    str(start),
                    f"labels from {rows[first]} to {rows[last]} that do not fit their numbers ({place})",
                    "balance identities that hold",
                    f"they hold when these labels are moved by {shift} line(s) within the block",
                )
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
