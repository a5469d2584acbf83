"""The tool for mutants applies each row once, tells killed from surviving, and refuses rows that do not fit."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("mutants_tool", ROOT / "tools" / "mutants.py")
tool = importlib.util.module_from_spec(spec)
sys.modules["mutants_tool"] = tool  # dataclasses look their module up
spec.loader.exec_module(tool)


def _copy(tmp_path):
    package = tmp_path / "src" / "dafeng"
    package.mkdir(parents=True)
    (package / "sums.py").write_text("def twice(x):\n    return 2 * x\n", encoding="utf-8")
    (tmp_path / "test_sums.py").write_text(
        "import runpy, pathlib\n"
        "def test_twice():\n"
        "    f = runpy.run_path(str(pathlib.Path(__file__).parent / 'src/dafeng/sums.py'))['twice']\n"
        "    assert f(0) == 0 and f(2) == 4\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.mark.parametrize(("new", "expected"), [("3 * x", "killed"), ("x + x", "SURVIVED")])
def test_a_mutant_is_killed_or_survives_and_the_source_is_put_back(tmp_path, new, expected):
    copy = _copy(tmp_path)
    mutant = tool.Mutant("m", "k", "sums.py", "2 * x", new, "test_sums.py")
    assert tool.outcome(copy, mutant) == expected
    assert "2 * x" in (copy / "src/dafeng/sums.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"old": "x"}, "occurs 2 times"),
        ({"old": "5 * x"}, "occurs 0 times"),
        ({"file": "none.py"}, "no file none.py"),
        ({"tests": "nothing.py"}, "pytest ended with 4"),
    ],
)
def test_a_row_that_does_not_fit_is_an_error_not_a_kill(tmp_path, change, words):
    values = {"id": "m", "kind": "k", "file": "sums.py", "old": "2 * x", "new": "3", "tests": "test_sums.py"}
    assert words in tool.outcome(_copy(tmp_path), tool.Mutant(**values | change))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,kind,file,old,tests\n", "no column new"),
        ("id,kind,file,old,new,tests\na,k,f,,n,t\n", "a without old"),
        ("id,kind,file,old,new,tests\na,k,f,o,n,t\na,k,f,o,n,t\n", "a twice"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, text, words):
    path = tmp_path / "room.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        tool.read(path)


def test_every_row_of_every_table_fits_the_source():
    tables = sorted(tool.TABLES.glob("*.csv"))
    assert tables
    for path in tables:
        for mutant in tool.read(path):
            source = (ROOT / "src" / "dafeng" / mutant.file).read_text(encoding="utf-8")
            assert tool.mutated(source, mutant) != source, mutant.id
            assert all((ROOT / target.split("::")[0]).exists() for target in mutant.tests.split()), mutant.id
