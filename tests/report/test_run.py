"""`dafeng run jiujiang` end to end on the bundled case: files, repeatability, the golden summary, refusals.

The golden file is renewed with `make golden`; its diff is read before it is committed with the reason.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dafeng.report import Summary

GOLDEN = Path(__file__).parent / "golden" / "jiujiang_summary.json"
SAMPLES = "1024"

# one process runs the module, so that the case is run once
pytestmark = pytest.mark.xdist_group("run")


def dafeng(*arguments: str, cwd: Path, threads: int = 1) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, started in `cwd`."""
    number = str(threads)
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), number)
    source = str(Path(__file__).parents[2] / "src")
    return subprocess.run(
        [sys.executable, "-m", "dafeng", *arguments], cwd=cwd, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, **limits, "PYTHONPATH": source, "PYTHONUTF8": "1", "COLUMNS": "140"}, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("anywhere")
    done = dafeng("run", "jiujiang", "--samples", SAMPLES, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "results" / "jiujiang", done.stdout


@pytest.fixture(scope="module")
def answer(ran: tuple[Path, str]) -> Summary:
    return Summary.model_validate_json((ran[0] / "summary.json").read_text(encoding="utf-8"))


def test_the_run_writes_all_results_and_ends_with_the_page(ran: tuple[Path, str]) -> None:
    folder, shown = ran
    assert {path.name for path in folder.iterdir()} == {
        "index.html", "results.xlsx", "results.csv", "summary.json", "run.json",
    }  # fmt: skip
    assert shown.rstrip().endswith(str((folder / "index.html").resolve()))


def test_the_terminal_shows_the_whole_answer(ran: tuple[Path, str], answer: Summary) -> None:
    shown = ran[1]
    for word in ("九江", "P(≤2029)", "P(≤2030)", "政策延续", "有方案", "A口径", "B口径"):
        assert word in shown
    for request in answer.data_requests[:3]:
        assert request.title_zh in shown
    assert sum(target.locator in shown for target in answer.targets) == len(answer.targets)


def test_all_targets_of_the_plan_get_a_verdict(answer: Summary) -> None:
    assert answer.target_count.total == len(answer.targets) == 44
    assert all(target.why_zh and target.why_en for target in answer.targets)
    past = [target for target in answer.targets if target.year and target.year <= answer.place.as_of]
    assert past
    assert all(target.basis != "model" for target in past)


def test_the_parts_add_up(answer: Summary) -> None:
    attribution = answer.attribution
    assert attribution is not None
    total = attribution.total.value
    assert sum(row.reduction for row in attribution.measures) == pytest.approx(total, rel=1e-8)
    assert sum(row.reduction for row in attribution.tasks) == pytest.approx(total, rel=1e-8)
    for peak in answer.peaks:
        shares = sum(item.share for item in peak.distribution) + peak.not_within_horizon
        assert shares == pytest.approx(1.0)
        assert peak.before_2030.value <= peak.by_2030.value
    for track in answer.tracks:
        for at in range(len(track.years)):
            assert track.low[at] <= track.median[at] <= track.high[at]
        sectors = [
            row.values for row in answer.sectors
            if (row.scenario, row.account) == (track.scenario, track.account)
        ]  # fmt: skip
        assert [sum(column) for column in zip(*sectors, strict=True)] == pytest.approx(track.mean)


def test_the_run_record_names_every_input(ran: tuple[Path, str]) -> None:
    record = json.loads((ran[0] / "run.json").read_text(encoding="utf-8"))
    assert {"jiujiang/plan.yaml", "regions/360000/energy.csv"} <= set(record["inputs"])


def test_the_golden_summary(ran: tuple[Path, str]) -> None:
    text = (ran[0] / "summary.json").read_text(encoding="utf-8")
    if os.environ.get("DAFENG_RENEW_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert list(differences(json.loads(GOLDEN.read_text(encoding="utf-8")), json.loads(text))) == []


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes_with_more_threads(ran: tuple[Path, str], tmp_path: Path) -> None:
    done = dafeng(
        "run", "jiujiang", "--samples", SAMPLES, "--out", str(tmp_path / "again"), cwd=tmp_path, threads=2
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again" / "summary.json").read_bytes() == (ran[0] / "summary.json").read_bytes()


@pytest.mark.slow
def test_json_is_the_summary_and_another_seed_another_answer(ran: tuple[Path, str], tmp_path: Path) -> None:
    done = dafeng(
        "run",
        "jiujiang",
        "--samples",
        SAMPLES,
        "--seed",
        "7",
        "--json",
        "--out",
        str(tmp_path / "o"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed == json.loads((tmp_path / "o" / "summary.json").read_text(encoding="utf-8"))
    assert printed["tracks"] != json.loads((ran[0] / "summary.json").read_text(encoding="utf-8"))["tracks"]


@pytest.mark.parametrize(
    "arguments", [("no-such-city",), ("jiujiang", "--samples", "3")], ids=["unknown case", "too few samples"]
)
def test_a_refusal_says_what_is_wrong_and_writes_nothing(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = dafeng("run", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "expected" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_case_never_runs(tmp_path: Path) -> None:
    case = tmp_path / "broken"
    case.mkdir()
    (case / "city.yaml").write_text("name_zh: 某市\n", encoding="utf-8")
    done = dafeng("run", str(case), "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"]
    assert not (tmp_path / "results").exists()


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Places where two summaries differ by more than six significant digits."""
    if isinstance(expected, dict) and isinstance(found, dict):
        odd = [f"{where}.{key}" for key in expected.keys() ^ found.keys()]
        both = expected.keys() & found.keys()
        return odd + [
            line for key in sorted(both) for line in differences(expected[key], found[key], f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{where}: {len(expected)} items, now {len(found)}"]
        pairs = zip(expected, found, strict=True)
        return [line for at, (a, b) in enumerate(pairs) for line in differences(a, b, f"{where}[{at}]")]
    if isinstance(expected, float) or isinstance(found, float):
        same = isinstance(expected, int | float) and isinstance(found, int | float)
        if same and math.isclose(expected, found, rel_tol=1e-6, abs_tol=1e-9):
            return []
        return [f"{where}: {expected} is now {found}"]
    return [] if expected == found else [f"{where}: {expected!r} is now {found!r}"]
