"""Every problem of the room has both languages: place, found, expected and mend read as one Chinese sentence.

Texts are read from the code (constants, names that hold them, and what is handed to the checks of arrays); sentences
from problems that are raised.
"""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dafeng.evidence import DafengError, chinese
from dafeng.pathway import annuity, lmdi, peak, shapley
from dafeng.pathway.methods.checks import finite, numbers

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# helpers whose texts become parts of a problem
CHECKS = ("finite", "numbers", "whole_number")
WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")


def written(part: ast.expr, names: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Constant texts that `part` can become, § for fields."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        yield part.value
    elif isinstance(part, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else "§" for v in part.values)
    elif isinstance(part, ast.IfExp):
        yield from (text for side in (part.body, part.orelse) for text in written(side, names))
    elif isinstance(part, ast.BoolOp):
        yield from (text for side in part.values for text in written(side, names))
    elif isinstance(part, ast.Name):
        yield from (text for value in names.get(part.id, ()) for text in written(value, {}))


def texts() -> Iterator[tuple[str, str]]:
    for file in sorted((Path(str(files("dafeng"))) / "pathway").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    names.setdefault(ast.unparse(target), []).append(node.value)
        for node in ast.walk(tree):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            problem = called in ("Problem", "DafengError.at") or called.endswith("problems.add")
            if problem or called in CHECKS:
                # the last place of a check is what it expects
                for part in node.args[1 if problem else 2 :]:
                    yield from ((f"{file.name}:{node.lineno}", text) for text in written(part, names))


def test_every_text_of_a_problem_has_its_chinese():
    found = list(texts())
    assert len(found) > 200
    single = [
        (place, text) for place, text in found
        if " " in text.strip() and re.search("[A-Za-z]{2}", text.replace("§", ""))
        and chinese(text.replace("§", "7")) == text.replace("§", "7") and not CHINESE.search(text)
    ]  # fmt: skip
    assert single == []


@pytest.mark.parametrize(
    "refused",
    [
        lambda: finite("drivers.csv:3", [1.0, np.nan], "numbers >= 0"),
        lambda: numbers("drivers.csv:3", [[1], [2, 3]], "numbers >= 0"),
        lambda: numbers("drivers.csv:3", np.ma.masked_equal([1, 2], 2), "numbers >= 0"),
        lambda: peak([2020, 2021], [1.0, np.nan]),
        lambda: peak([2021, 2020], [1.0, 2.0]),
        lambda: lmdi([[1.0, -1.0]], [[2.0, 1.0]], form="sum"),
        lambda: annuity(1.0, -0.1, 10),
        lambda: shapley(lambda rows, draw: rows[:, 0], 0),
    ],
)
def test_a_problem_reads_as_one_chinese_sentence(refused):
    with pytest.raises(DafengError) as caught:
        refused()
    for problem in caught.value.problems:
        told = problem.sentence("zh").partition("：读到")[2]
        assert CHINESE.search(told)
        assert not WORDS.search(re.sub(r"“[^”]*”", "", told)), told
        assert not CHINESE.search(problem.sentence("en"))


def test_problems_of_a_case_read_as_chinese_sentences(jiujiang, round_base):
    from types import SimpleNamespace

    from dafeng.pathway.compile.compile import compile_tables

    drivers, measures = jiujiang.table("drivers").copy(), jiujiang.table("measures").copy()
    drivers.loc[drivers.index[6], "low"] = 99.0
    drivers.loc[drivers.index[20], "parameter"] = "growth.moon"
    drivers = pd.concat([drivers, drivers.iloc[[30]]])
    measures.loc[measures.index[0], "parameter"] = "no_such"
    quantified = measures.index[measures["effect"] == "quantified"]
    measures.loc[quantified[3], "year"] = 2020
    tables = {"drivers": drivers, "measures": measures}
    with pytest.raises(DafengError) as caught:
        compile_tables(SimpleNamespace(table=tables.__getitem__), round_base, 2025)
    assert len(caught.value.problems) >= 4
    for problem in caught.value.problems:
        told = re.sub(r"“[^”]*”", "", problem.sentence("zh").partition("：读到")[2])
        assert CHINESE.search(told)
        assert not WORDS.search(told), told
