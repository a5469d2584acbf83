"""Contract: every problem that the room reports has place, found, expected and mend in Chinese and English; the bad input that
people bring is refused by name."""

import ast
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from dafeng.assessment import Issued, load_scheme, read_basis, read_readings, target_tree
from dafeng.assessment.duties import FollowUp, in_office, left_with_open_duties
from dafeng.assessment.scoring.scheme import check_scheme
from dafeng.case import load
from dafeng.evidence import DafengError, chinese

ROOM = Path(str(files("dafeng.assessment")))


def texts(node):
    """Texts that an argument may be, each field of an f-string filled with X."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in texts(value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)]
    return []


def reported():
    found = []
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("DafengError.at", "problems.add", "Problem")
            ):
                found += [
                    (f"{path.name}:{node.lineno}", text)
                    for argument in node.args[1:4]
                    for text in texts(argument)
                ]
    return found


def test_every_text_of_a_problem_has_its_chinese():
    checked = [
        (place, text)
        for place, text in reported()
        if any(word.isalpha() and word != "X" for word in text.split())
    ]
    assert len(checked) > 40
    assert [
        (place, text)
        for place, text in checked
        if not any("\u4e00" <= sign <= "\u9fff" for sign in chinese(text))
    ] == []


def problem_of(call, *arguments):
    with pytest.raises(DafengError) as caught:
        call(*arguments)
    return caught.value.problems[0]


def told(problem, where, found, expected, mend):
    """Each of the four parts in both languages."""
    for language, at in (("zh", 0), ("en", 1)):
        sentence = problem.sentence(language)
        assert where in sentence
        for part in (found, expected, mend):
            assert part[at] in sentence


def changed(name, **update):
    return load_scheme(name).model_copy(update=update)


def test_weights_that_do_not_add_up():
    scheme = changed("ladder_40_60", total=Decimal(101))
    problem = problem_of(check_scheme, scheme, "s.yaml")
    told(
        problem,
        "s.yaml:items",
        ("分值合计100", "points that add up to 100"),
        ("101", "101"),
        ("相差1", "the difference is 1"),
    )


def test_two_vetoes_that_exclude_each_other():
    veto = load_scheme("ladder_40_60").vetoes[0]
    both = (
        veto.model_copy(update={"below": Decimal(2)}),
        veto.model_copy(update={"below": None, "above": Decimal(1)}),
    )
    problem = problem_of(check_scheme, changed("ladder_40_60", vetoes=both), "s.yaml")
    told(
        problem,
        "s.yaml:vetoes:completion",
        ("低于2与高于1均否决", "below 2 and above 1 both fail"),
        ("能通过", "some value passes"),
        ("", ""),
    )


def issued(**more):
    given = {
        "quantity": "co2_budget", "level": "county", "node": "990101", "name": "东区", "year": 2026, "value": 1.0, "unit": "万tCO2",
        "document": "文1", "issued_on": date(2026, 1, 5),
    } | more  # fmt: skip
    return Issued(**given)


def test_a_county_outside_its_dates():
    [problem] = target_tree([issued()], date(2026, 12, 31), {"990101": ("2027", "")}).problems
    told(
        problem,
        "co2_budget:990101:2026:year",
        ("2026", "2026"),
        ("东区存续的年份", "a year in which 东区 exists"),
        ("当年存续", "exists in that year"),
    )


def test_a_superseding_document_older_than_the_superseded():
    older = issued(document="文2", issued_on=date(2025, 1, 5), supersedes="文1")
    [problem] = target_tree([issued(), older], date(2026, 12, 31)).problems
    told(
        problem,
        "issued_on",
        ("2025-01-05", "2025-01-05"),
        ("不早于", "not before 2026-01-05"),
        ("替代关系", "which document supersedes which"),
    )


def test_a_baseline_of_zero(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text(
        "county,basis,statistic,value,actual,target,source\n990101,observed,relative_gap,,1,0,\n",
        encoding="utf-8",
    )
    problem = problem_of(read_readings, path)
    told(
        problem,
        "v.csv:2:target",
        ("0", "0"),
        ("非零", "not zero"),
        ("填写非零的目标", "state a target that is not zero"),
    )


def line(body, state="requested"):
    return FollowUp(
        7, 1, "三(一)1", "煤炭", body, "lead", "2026H1", state, date(2026, 7, 15), "", "", False, 0, 0, "", ""
    )


def test_a_person_who_left_with_open_duties():
    office = {"张三": (date(2021, 3, 1), date(2026, 5, 1)), "李四": (date(2026, 5, 1), None)}
    [problem] = left_with_open_duties(
        [line("张三"), line("李四"), line("王五"), line("张三", "accepted")], office, date(2026, 7, 1)
    )
    told(
        problem,
        "task_follow_up:7:body",
        ("任期2021-03-01至2026-05-01前", "in office 2021-03-01 to before 2026-05-01"),
        ("在任", "in office on 2026-07-01"),
        ("向继任者下达", "ask the successor"),
    )
    assert left_with_open_duties([line("张三")], office, date(2026, 4, 30)) == []
    assert in_office(load("jiujiang"))["市发改委"] == (date(2022, 1, 1), None)


@pytest.mark.parametrize(
    "content", ["", "part,base\n", "part,base\na,x\n", "part,base\na,1\na,2\n", "part\na\n", "\x00\x01"]
)
def test_a_table_of_parts_that_is_none(tmp_path, content):
    path = tmp_path / "p.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DafengError) as caught:
        read_basis(path)
    assert all(
        any("\u4e00" <= sign <= "\u9fff" for sign in problem.sentence("zh"))
        for problem in caught.value.problems
    )


@pytest.mark.parametrize("content", ["", "a: [", "id: x\n", "- 1\n", "id: x\ntotal: many\nitems: []\n"])
def test_a_scheme_file_that_is_none(tmp_path, content):
    path = tmp_path / "s.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DafengError) as caught:
        load_scheme(str(path))
    assert "s.yaml" in str(caught.value)
