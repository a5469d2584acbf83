"""Contract: one light name of a room does not import what other names need; the list of names is complete and lazy."""

import subprocess
import sys
from types import ModuleType

import pytest

import dafeng.pathway
from dafeng.evidence import lazy_names

HEAVY = ("pandas", "pydantic", "scipy", "yaml", "pint", "openpyxl", "dafeng.inventory", "dafeng.case")


@pytest.mark.parametrize(
    "line", ["from dafeng.pathway import lmdi", "from dafeng.pathway import shapley, peak", "import dafeng"]
)
def test_a_plain_function_needs_numpy_alone(line):
    code = f"import sys; {line}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_of_the_annual_model_is_there():
    for name in dafeng.pathway.__all__:
        assert getattr(dafeng.pathway, name) is not None
    assert set(dafeng.pathway.__all__) <= set(dir(dafeng.pathway))
    assert not isinstance(dafeng.pathway.run, ModuleType)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dafeng.pathway.nothing  # noqa: B018 - the access is the test


def test_a_package_without_source_says_so(monkeypatch):
    bare = ModuleType("bare")
    bare.__spec__ = None
    monkeypatch.setitem(sys.modules, "bare", bare)
    with pytest.raises(ImportError, match="no source"):
        lazy_names("bare")
