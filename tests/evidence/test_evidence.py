"""Contract: errors carry all problems, values are number or key, seeds are stable, files are whole."""

import math
import pickle

import numpy as np
import pytest

from dafeng.evidence import (
    Catalogue,
    DafengError,
    Finding,
    Grade,
    Language,
    NotationKey,
    Problems,
    Severity,
    Value,
    read_yaml,
    report_progress_to,
    seed_sequence,
    track,
    write_atomically,
)


def test_all_problems_are_raised_together():
    problems = Problems()
    problems.add("a.csv:2:value", "x", "a number")
    problems.add("a.csv:3:unit", "吨标媒", "a unit", "did you mean 吨标煤?")
    with pytest.raises(DafengError) as caught:
        problems.raise_if_any()
    assert [problem.where for problem in caught.value.problems] == ["a.csv:2:value", "a.csv:3:unit"]
    assert "did you mean" in str(caught.value)


def test_no_problem_no_error():
    assert Problems().raise_if_any() is None


def test_an_error_needs_a_problem():
    with pytest.raises(ValueError, match="at least one"):
        DafengError([])


def test_an_error_survives_a_process_boundary():
    error = pickle.loads(pickle.dumps(DafengError.at("f", "a", "b", "c")))
    assert error.problems[0].mend == "c"


@pytest.mark.parametrize(
    "fields",
    [
        {"number": 1.0, "key": NotationKey.NE},
        {"number": None},
        {"number": math.nan},
        {"number": 1.0, "low": 2.0},
        {"number": 1.0, "high": 0.5},
    ],
)
def test_a_value_is_a_number_or_a_key(fields):
    with pytest.raises(DafengError):
        Value(unit="t", grade=Grade.A, source="s", **fields)


def test_a_missing_value_says_why():
    value = Value(None, "t", Grade.E, "s", key=NotationKey.NE)
    assert value.key is NotationKey.NE
    assert value.key.zh == "未估算"


def test_the_worst_grade_rules():
    assert Grade.worst(Grade.B, Grade.D, Grade.A) is Grade.D
    assert [grade.rank for grade in Grade] == [0, 1, 2, 3, 4]


def test_seeds_by_name_are_stable_and_distinct():
    first = np.random.default_rng(seed_sequence(1, "pathway", 3)).random(4)
    again = np.random.default_rng(seed_sequence(1, "pathway", 3)).random(4)
    other = np.random.default_rng(seed_sequence(1, "pathway", 4)).random(4)
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_progress_reaches_the_sink_and_is_silent_without_one():
    class Bars:
        def __init__(self):
            self.log = []

        def start(self, title, total):
            self.log.append((title, total))
            return self

        def advance(self, steps=1):
            self.log.append(steps)

        def finish(self):
            self.log.append("end")

    bars = Bars()
    with report_progress_to(bars):
        assert list(track("work", [1, 2])) == [1, 2]
    assert bars.log == [("work", 2.0), 1, 1, "end"]
    assert list(track("alone", [3])) == [3]
    assert len(bars.log) == 4


def test_a_file_is_whole_or_untouched(tmp_path):
    path = tmp_path / "new" / "result.txt"
    with write_atomically(path) as temporary:
        temporary.write_text("first")
    with pytest.raises(RuntimeError), write_atomically(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "first"
    assert [entry.name for entry in path.parent.iterdir()] == ["result.txt"]


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DafengError, match="--out"), write_atomically(tmp_path / "file" / "x"):
        pass


def test_the_catalogue_speaks_both_languages():
    catalogue = Catalogue({"hello": ("{name},您好", "hello {name}")})
    assert catalogue.text("hello", name="九江") == "九江,您好"
    assert catalogue.text("hello", Language.EN, name="Jiujiang") == "hello Jiujiang"
    with pytest.raises(DafengError, match="the id of a message"):
        catalogue.text("bye")


def test_a_finding_is_data():
    finding = Finding("outlier", Severity.WARNING, "energy.csv:7", "异常值", "outlier", ("ceads",))
    assert finding.as_dict()["severity"] == "warning"
    assert finding.as_dict()["sources"] == ["ceads"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: [1, 2", "expected"),
        (b"- 1\n- 2\n", "a list"),
        (b"", "nothing"),
        (b"name: \xff\xfe", "UTF-8"),
        (b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(b"%c: &%c [%s]\n" % (98 + k, 98 + k, b",".join([b"*%c" % (97 + k)] * 10)) for k in range(8)), "values"),
    ],
)  # fmt: skip
def test_a_yaml_file_is_a_bounded_mapping_or_refused(tmp_path, content, told):
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    with pytest.raises(DafengError) as caught:
        read_yaml(file, "name")
    assert told in str(caught.value)
    file.write_text("name: 名\n", encoding="utf-8")
    assert read_yaml(file, "name") == {"name": "名"}
    with pytest.raises(DafengError, match="readable"):
        read_yaml(tmp_path / "none.yaml", "name")
