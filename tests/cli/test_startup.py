"""Contract: what a command does not need is not imported (a budget of modules; times are measured in bench/startup.py)."""

import subprocess
import sys

import pytest

HEAVY = [
    "numpy",
    "pandas",
    "pint",
    "scipy",
    "xarray",
    "plotly",
    "pydantic",
    "yaml",
    "openpyxl",
    "xlsxwriter",
    "python_calamine",
    "linopy",
    "duckdb",
    "django",
]


def _imported(code: str) -> set[str]:
    program = f"import sys, io\n{code}\nsys.__stdout__.write(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


_HELP = """
sys.stdout = io.StringIO()
sys.argv = ['dafeng', '--help']
from dafeng.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
assert 'case' in sys.stdout.getvalue()
"""


@pytest.mark.parametrize("code", ["import dafeng", "import dafeng.evidence", "import dafeng.cli.case", _HELP])
def test_nothing_heavy_is_imported(code: str) -> None:
    imported = _imported(code)
    assert "dafeng" in imported
    assert not imported & set(HEAVY)
