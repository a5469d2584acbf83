"""Confidence of readings, calibrated rule by rule on readings that people have checked.

Rules are judged in three levels (beta-binomial with a fixed weight): all rules share the precision of the reader
on plans nobody had tried before, the rules of a kind share the precision of their kind, and a rule has its own as far as
its checked readings carry: p = (right + m·p_above) / (read + m), m = 12 readings. Few readings leave a rule at
its kind; no number of them makes it certain. Reliability is measured by leaving one document out: its readings decide
nothing about themselves.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dafeng.evidence import DafengError, packaged_rows
from dafeng.plan.model import Comparator, Target

PRIOR = 0.93
"""Share of readings that were right on 26 plans nobody had tried."""
WEIGHT = 12.0
INHERITED = "year_inherited"
"""Pseudo-rule of targets whose year is taken from another sentence."""
DOUBT = "in_doubt"
"""Pseudo-rule of targets with neither year nor bound, whose words may as well tell of a task."""
HIGHEST = 0.99
"""No reading is certain, however often its rule was right."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Extraction rule, a row of `rules.csv`.

    It states what for, an example, a sentence that it must not take, and how often it was right.
    """

    id: str
    kind: str
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
            row["kind"],
            row["zh"],
            row["en"],
            row["example"],
            row["counter"],
            int(row["read"]),
            int(row["right"]),
        )
        for row in packaged_rows("dafeng.plan", "rules.csv")
    }


def rate(read: int, right: int, above: float = PRIOR) -> float:
    """Compute the probability that a reading is right: `right` of `read` checked ones, shrunk to the level above.

    Parameters
    ----------
    read, right
        Checked readings, and how many of them were right.
    above
        Probability of the level above: of the kind for a rule, of all rules for a kind.
    """
    return (right + WEIGHT * above) / (read + WEIGHT)


def rates(counts: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """Compute the probability of every rule of the table, shrunk to its kind, and that to all rules.

    Parameters
    ----------
    counts
        (read, right) by rule; a rule that is not in it has none.

    References
    ----------
    Gelman et al. (2013): Bayesian Data Analysis, 3rd ed., ch. 5 (hierarchical binomial model; here with the weight of
    the prior fixed, as the wrong readings are too few to estimate it).
    """
    of_kind: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for rule in rules().values():
        read, right = counts.get(rule.id, (0, 0))
        of_kind[rule.kind][0] += read
        of_kind[rule.kind][1] += right
    return {
        rule.id: rate(*counts.get(rule.id, (0, 0)), above=rate(*of_kind[rule.kind]))
        for rule in rules().values()
    }


@cache
def _table_rates() -> dict[str, float]:
    return rates({rule.id: (rule.read, rule.right) for rule in rules().values()})


def confidence_of(rule: str | None, prior: float) -> float:
    """Return the calibrated confidence of a reading by a rule, to two digits, at most 0.99.

    Parameters
    ----------
    rule
        Id of the rule.
    prior
        Confidence where the table has no such rule.
    """
    probability = _table_rates().get(rule or "")
    return prior if probability is None else min(HIGHEST, round(probability, 2))


def rule_of_confidence(target: Target) -> str | None:
    """Return the rule whose readings tell how sure a target is: its own, or that of an inherited year or of doubt.

    Parameters
    ----------
    target
        Target as read, with `year_inferred`.
    """
    if target.year_inferred:
        return INHERITED
    undated = target.year is None and target.period is None
    rule = rules().get(target.rule or "")
    counted = rule is not None and rule.kind == "count" and target.comparator is Comparator.EQUAL
    return DOUBT if undated and counted else target.rule


@dataclass(frozen=True, slots=True)
class Predicted:
    """Checked reading with the confidence that the other documents give it."""

    document: str
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Reliability:
    """Expected calibration error with its 95 % interval, and one row a bin.

    A row is (mean confidence, share right, readings).
    """

    error: float
    low: float
    high: float
    documents: int
    readings: int
    bins: tuple[tuple[float, float, int], ...]


def leave_one_out(checked: Sequence[Checked]) -> list[Predicted]:
    """Return every checked reading with the confidence that the readings of the other documents give its rule.

    Parameters
    ----------
    checked
        Checked readings of all documents.
    """
    result: list[Predicted] = []
    for document in sorted({one.document for one in checked}):
        counts: dict[str, tuple[int, int]] = {}
        for one in checked:
            if one.document != document:
                read, right = counts.get(one.rule, (0, 0))
                counts[one.rule] = (read + 1, right + one.right)
        others = rates(counts)
        result += [
            Predicted(document, min(HIGHEST, others.get(one.rule, PRIOR)), one.right)
            for one in checked
            if one.document == document
        ]
    return result


DRAWS = 1000
"""Resamplings of the documents behind the interval."""


def reliability(predicted: Iterable[Predicted], bins: int = 10) -> Reliability:
    """Compute the expected calibration error over bins of equal width, and its interval by resampled documents.

    The readings of a document are not independent of each other: whole documents are drawn with replacement
    (bootstrap, fixed seed), and the interval is that of the middle 95 % of their errors.

    Parameters
    ----------
    predicted
        Readings with confidence and label.
    bins
        Number of bins.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015): Obtaining Well Calibrated Probabilities Using Bayesian Binning,
    AAAI-15. Efron, Tibshirani (1993): An Introduction to the Bootstrap, ch. 13 (percentile interval).
    """
    by_document: defaultdict[str, list[Predicted]] = defaultdict(list)
    for one in predicted:
        by_document[one.document].append(one)
    documents = list(by_document.values())
    everything = [one for document in documents for one in document]
    draw = random.Random(2030)
    errors = sorted(
        _error(
            _binned([one for document in draw.choices(documents, k=len(documents)) for one in document], bins)
        )
        for _ in range(DRAWS if documents else 0)
    )
    rows = _binned(everything, bins)
    return Reliability(
        _error(rows),
        errors[int(0.025 * DRAWS)] if errors else 0.0,
        errors[int(0.975 * DRAWS)] if errors else 0.0,
        len(documents),
        len(everything),
        rows,
    )


def _binned(predicted: Sequence[Predicted], bins: int) -> tuple[tuple[float, float, int], ...]:
    """Return (mean confidence, share right, readings) of each bin that is not empty, in ascending order."""
    sums: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for one in predicted:
        row = sums[min(int(one.confidence * bins), bins - 1)]
        row[0] += one.confidence
        row[1] += one.right
        row[2] += 1
    return tuple((a / n, b / n, int(n)) for _, (a, b, n) in sorted(sums.items()))


def _error(rows: Sequence[tuple[float, float, int]]) -> float:
    total = sum(n for _, _, n in rows)
    return sum(n * abs(mean - share) for mean, share, n in rows) / total if total else 0.0
