"""Contract: networks captured from tests of PyPSA are solved alike or refused in words.

A folder of captured networks (`tools/capture_networks.py`) is replayed where DAFENG_CAPTURED_NETWORKS names one; here
the tool itself runs on three tests of PyPSA's kind.
"""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("pypsa")

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("capture_networks", ROOT / "tools" / "capture_networks.py")
tool = importlib.util.module_from_spec(spec)
sys.modules["capture_networks"] = tool  # dataclasses look their module up
spec.loader.exec_module(tool)

TESTS = """
import urllib.request
import pypsa
import pytest

@pytest.fixture
def n():
    n = pypsa.Network(snapshots=range(3))
    n.add("Bus", "b")
    n.add("Load", "l", bus="b", p_set=[1.0, 2.0, 3.0])
    n.add("Generator", "g", bus="b", p_nom=5, marginal_cost=7)
    return n

def test_plain(n):
    n.optimize(solver_name="highs")
    assert n.objective == pytest.approx(42)

def test_part_of_the_time(n):
    n.optimize(n.snapshots[1:], solver_name="highs")

def test_curved(n):
    n.generators["marginal_cost_quadratic"] = 1.0
    n.optimize(solver_name="highs")

def test_own_constraint(n):
    def more(n, sns):
        n.model.add_constraints(n.model["Generator-p"] >= 2.5)
    n.optimize(solver_name="highs", extra_functionality=more)

def test_no_optimum(n):
    n.generators["p_nom"] = 2.0
    n.optimize(solver_name="highs")

def test_remote():
    urllib.request.urlopen("http://example.com/network.nc")
"""


@pytest.mark.slow
def test_the_tool_captures_what_is_optimised_and_lists_what_needs_the_internet(tmp_path, capsys):
    (tmp_path / "copy/test").mkdir(parents=True)
    (tmp_path / "copy/test/test_small.py").write_text(TESTS, encoding="utf-8")
    assert tool.capture(tmp_path / "copy", tmp_path / "out", []) == 0
    kinds = {}
    for entry in tool.entries(tmp_path / "out"):
        kinds[entry["test"].rsplit("::")[-1]] = tool.replay(entry, tmp_path / "out")
    assert {name: outcome.kind for name, outcome in kinds.items()} == {
        "test_plain": "equal", "test_part_of_the_time": "equal", "test_curved": "refused",
        "test_own_constraint": "outside", "test_no_optimum": "no optimum",
    }  # fmt: skip
    assert "generators:g:marginal_cost_quadratic" in kinds["test_curved"].text
    assert "cut the curve" in kinds["test_curved"].text
    assert (tmp_path / "out" / tool.INTERNET).read_text(encoding="utf-8").split() == [
        "test/test_small.py::test_remote"
    ]
    assert tool.report(tmp_path / "out") == 0
    assert "equal 66.7% of 3 comparable" in capsys.readouterr().out
    # a folder that has networks is not written to again, and a folder without tests is refused
    assert tool.capture(tmp_path / "copy", tmp_path / "out", []) == 2
    assert tool.capture(tmp_path / "out", tmp_path / "new", []) == 2


@pytest.mark.prove
@pytest.mark.skipif(
    "DAFENG_CAPTURED_NETWORKS" not in os.environ, reason="no captured networks: tools/capture_networks.py"
)
def test_captured_networks_are_equal_or_refused():
    folder = Path(os.environ["DAFENG_CAPTURED_NETWORKS"])
    outcomes = [tool.replay(entry, folder) for entry in tool.entries(folder)]
    kinds = [outcome.kind for outcome in outcomes]
    assert "crashed" not in kinds
    assert "different" not in kinds
    comparable = sum(kind in {"equal", "refused"} for kind in kinds)
    assert kinds.count("equal") >= 0.7 * comparable
    assert all("(no mend)" not in outcome.text for outcome in outcomes if outcome.kind == "refused")
