"""Contract: one light name of a room does not import what other names need; the list of names is complete and lazy."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

import dafeng.pathway
from dafeng.evidence import lazy_names

HEAVY = ("pandas", "pydantic", "scipy", "yaml", "pint", "openpyxl", "dafeng.inventory", "dafeng.case")


ROOMS = ["assessment", "case", "dispatch", "factors", "inventory", "metering", "pathway", "plan", "registers", "rules", "tables", "units"]  # fmt: skip


@pytest.mark.parametrize(
    "line", ["from dafeng.pathway import lmdi", "from dafeng.pathway import shapley, peak", "import dafeng"]
)
def test_a_plain_function_needs_numpy_alone(line):
    code = f"import sys; {line}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("line", "spared"),
    [
        ("import dafeng.plan; dafeng.plan.read_text('某市实施方案')", ("pandas", "openpyxl", "xlsxwriter", "dask")),
        ("from dafeng.units import is_unit; assert is_unit('万吨标准煤') and is_unit('亿千瓦时/平方米')", ("pint", "numpy")),
        ("from dafeng.units import factor; assert factor('万吨', 't') == 1e4", ("dask",)),
        ("from dafeng.tables import Column, Kind", ("pandas", "numpy")),
    ],
)  # fmt: skip
def test_light_work_spares_heavy_imports(line, spared):
    code = f"import sys; {line}; print([m for m in {spared!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_units_leave_the_module_they_spare_importable():
    code = "from dafeng.units import factor; factor('t', 'kg'); import dask; print(dask.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "dask"


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_room_is_there(room):
    package = importlib.import_module(f"dafeng.{room}")
    for name in package.__all__:
        assert getattr(package, name) is not None
    assert set(package.__all__) <= set(dir(package))


def test_a_function_is_not_hidden_by_its_module():
    code = (
        "from dafeng.assessment.judging import judge_case; import dafeng.assessment.judge, dafeng.metering.simulate\n"
        "from dafeng.assessment import duties, judge; from dafeng.metering import simulate\n"
        "print(callable(judge), callable(simulate), type(duties).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True True module"


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
