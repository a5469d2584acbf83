"""Problems as sentences for people, in Chinese and English: places of a batch by their names."""

from dataclasses import replace
from typing import Any

from dafeng.evidence import Problem, Text
from dafeng.evidence import chinese as translated

PLACE = "where."
"""Rows of the catalogue that name places: `row 7:start` is 第 7 行时间."""


def chinese(text: str) -> str:
    """Return the Chinese of a place or of a phrase, or the text itself.

    Parameters
    ----------
    text
        Place or phrase in English.

    Returns
    -------
    Text in Chinese.
    """
    place = translated(text, PLACE)
    return translated(text) if place == text else place


def as_answer(problem: Problem) -> dict[str, str]:
    """Return the parts of a problem and its sentences `zh` and `en`.

    Parameters
    ----------
    problem
        Problem of a receipt.

    Returns
    -------
    Parts by name, with the two sentences.
    """
    return placed(problem).as_dict()


def placed(problem: Problem) -> Problem:
    """Return a problem with its place in both languages.

    Parameters
    ----------
    problem
        Problem whose place is in English, as it was sent, or in both languages.

    Returns
    -------
    The same problem.
    """
    where: object = problem.where
    return problem if isinstance(where, Text) else replace(problem, where=Text(chinese(problem.where), problem.where))  # fmt: skip


def receipt_answer(receipt: dict[str, Any]) -> dict[str, Any]:
    """Return a receipt as it is stored, with sentences at its problems.

    Parameters
    ----------
    receipt
        Receipt as stored.

    Returns
    -------
    Receipt with both languages.
    """
    return receipt | {"problems": [as_answer(Problem.from_dict(problem)) for problem in receipt["problems"]]}
