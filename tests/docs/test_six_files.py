"""Contract: every command of docs/six-files.md runs as written, in order, in an empty folder, on files as offices keep them; each file narrows or changes what it says it does."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dafeng.report import Summary

from .officer_files import write_officer_files

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "six-files.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (dafeng .*)$", PAGE, re.MULTILINE)
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("six-files")]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Folder where all commands ran, and what each showed."""
    folder, shown = tmp_path_factory.mktemp("officer"), {}
    write_officer_files(folder)
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(command)], cwd=folder, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        shown[command] = done.stdout
    return folder, shown


def test_each_file_is_recognised_and_says_what_it_did(walked: tuple[Path, dict[str, str]]) -> None:
    _, shown = walked
    added = [text for command, text in shown.items() if command.startswith("dafeng data add")]
    assert len(added) == 6
    assert all("模型已按现有数据重新起草" in text for text in added)
    for text, words in zip(
        added,
        (
            "方案自身数值 2 项",
            "不再由全省分摊",
            "粗钢产量(2020、2021、2022)",
            "工业用电量(2020、2021)",
            "地区生产总值增速",
            "电厂清单:4 行",
        ),
        strict=True,
    ):
        assert words in text


def test_answer_is_ranges_that_the_files_narrowed(walked: tuple[Path, dict[str, str]]) -> None:
    folder, shown = walked
    summary = Summary.model_validate_json((folder / "answer" / "summary.json").read_text(encoding="utf-8"))
    assert summary.withheld
    assert summary.peaks == []
    assert summary.place.plan_title == "唐山市碳达峰实施方案"
    level = summary.base["A"]
    assert (level.high - level.low) / level.median < 0.25
    assert "不给出唐山市碳达峰的结论" in shown[COMMANDS[-1]]
    # the place's own growth, fleet and figures of the plan are in the model
    drivers = (folder / "tangshan" / "drivers.csv").read_text(encoding="utf-8")
    assert "gdp_growth,gdp_growth,130200,2021,6.7," in drivers
    assert "plan_wind_solar_mw" in (folder / "tangshan" / "measures.csv").read_text(encoding="utf-8")
    plants = (folder / "tangshan" / "plants.csv").read_text(encoding="utf-8")
    assert "丁电厂 1号" in plants
    assert plants.count(",coal,") == 4
