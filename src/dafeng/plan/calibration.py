"""Confidence of readings, calibrated rule by rule on readings that people have checked.

A rule that was right in `right` of `read` checked readings is right with probability (right + m·p) / (read +
m): p is the precision on plans nobody had tried before, m = 12 readings is the weight of that prior. Checked
readings of the same plans decide nothing about themselves: reliability is measured by leaving one document
out.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dafeng.evidence import DafengError, packaged_rows

PRIOR = 0.93
"""Share of readings that were right on 26 plans nobody had tried."""
WEIGHT = 12.0
INHERITED = "year_inherited"
"""Pseudo-rule of targets whose year is taken from another sentence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Extraction rule, a row of `rules.csv`.

    It states what for, an example, a sentence that it must not take, and how often it was right.
    """

    id: str
    zh: str
    en: str
    example: str
    counter: str
    read: int
    right: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Reading that a person has checked: of which document, by which rule, right or wrong."""

    document: str
    rule: str
    right: bool


def read_checked(path: Path) -> list[Checked]:
    """Read checked readings from a CSV file with the columns document, rule and right (1 or 0).

    Parameters
    ----------
    path
        CSV file in UTF-8.

    Returns
    -------
    Checked readings in the order of the file.

    Raises
    ------
    DafengError
        Where the file cannot be read or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return [
                Checked(row["document"], row["rule"], row["right"] == "1") for row in csv.DictReader(handle)
            ]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise DafengError.at(str(path), str(error), "a CSV file with document, rule, right") from error


@cache
def rules() -> dict[str, Rule]:
    """Return all rules by id, in the order of the table."""
    return {
        row["id"]: Rule(
            row["id"],
            row["zh"],
            row["en"],
            row["example"],
            row["counter"],
            int(row["read"]),
            int(row["right"]),
        )
        for row in packaged_rows("dafeng.plan", "rules.csv")
    }


def rate(read: int, right: int) -> float:
    """Compute the probability that a reading is right, for a rule right in `right` of `read` checked ones."""
    return (right + WEIGHT * PRIOR) / (read + WEIGHT)


def confidence_of(rule: str | None, prior: float) -> float:
    """Return the calibrated confidence of a reading by a rule, to two digits.

    Parameters
    ----------
    rule
        Id of the rule.
    prior
        Confidence where the rule was never checked.
    """
    row = rules().get(rule or "")
    return round(rate(row.read, row.right), 2) if row is not None else prior


@dataclass(frozen=True, slots=True)
class Reliability:
    """Expected calibration error with its 95 % interval, and one row a bin.

    A row is (mean confidence, share right, readings).
    """

    error: float
    low: float
    high: float
    bins: tuple[tuple[float, float, int], ...]


def leave_one_out(checked: Sequence[Checked]) -> list[tuple[float, bool]]:
    """Return (confidence, right) of every checked reading.

    The rate of its rule is taken from the other documents only.

    Parameters
    ----------
    checked
        Checked readings of all documents.
    """
    result: list[tuple[float, bool]] = []
    for document in sorted({one.document for one in checked}):
        counts: dict[str, list[int]] = {}
        for one in checked:
            if one.document != document:
                pair = counts.setdefault(one.rule, [0, 0])
                pair[0] += 1
                pair[1] += one.right
        result += [
            (rate(*counts.get(one.rule, [0, 0])), one.right) for one in checked if one.document == document
        ]
    return result


def reliability(pairs: Iterable[tuple[float, bool]], bins: int = 10) -> Reliability:
    """Compute the expected calibration error over bins of equal width.

    The interval adds the 95 % sampling error of the share right in each bin (binomial), weighted as the bins
    are.

    Parameters
    ----------
    pairs
        (confidence, right) of each reading.
    bins
        Number of bins.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015): Obtaining Well Calibrated Probabilities Using Bayesian Binning,
    AAAI-15.
    """
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in pairs:
        groups.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    total = sum(map(len, groups.values()))
    rows: list[tuple[float, float, int]] = []
    error = spread = 0.0
    for key in sorted(groups):
        members = groups[key]
        mean = sum(confidence for confidence, _ in members) / len(members)
        share = sum(right for _, right in members) / len(members)
        rows.append((mean, share, len(members)))
        error += len(members) / total * abs(mean - share)
        spread += (
            len(members)
            / total
            * 1.96
            * math.sqrt(max(share * (1 - share), 0.25 / len(members)) / len(members))
        )
    return Reliability(error, max(0.0, error - spread), error + spread, tuple(rows))
