"""Problems as sentences for people, in Chinese and English.

Problems come from many rooms in English. `tables/phrases.csv` has the Chinese of each phrase; `{}` stands for what
differs from case to case. A phrase without a row stays English in the Chinese sentence.
"""

import re
from functools import cache, lru_cache
from typing import Any

from dafeng.evidence import Problem
from dafeng.metering.tables import packaged


@cache
def _phrases() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    plain, patterns = {}, []
    for row in packaged("phrases"):
        if "{}" in row["en"]:
            pattern = "(.*?)".join(re.escape(part) for part in row["en"].split("{}"))
            patterns.append((re.compile(pattern, re.DOTALL), row["zh"]))
        else:
            plain[row["en"]] = row["zh"]
    return plain, patterns


@lru_cache(maxsize=4096)
def chinese(text: str) -> str:
    """The Chinese of a phrase, or the phrase itself."""
    plain, patterns = _phrases()
    if text in plain:
        return plain[text]
    for pattern, zh in patterns:
        found = pattern.fullmatch(text)
        if found:
            return zh.format(*found.groups())
    return text


def as_answer(problem: Problem) -> dict[str, str]:
    """The parts of a problem and its sentences `zh` and `en`."""
    zh = f"{chinese(problem.where)}：读到“{chinese(problem.found)}”，应为{chinese(problem.expected)}"
    if problem.mend:
        zh += f"；{chinese(problem.mend)}"
    return problem.as_dict() | {"zh": zh + "。", "en": f"{problem}."}


def receipt_answer(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt as it is stored, with sentences at its problems."""
    return receipt | {"problems": [as_answer(Problem(**problem)) for problem in receipt["problems"]]}
