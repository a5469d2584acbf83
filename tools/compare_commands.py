"""Time every command of the command line against another checkout: processor time, in turn, in one run.

`python tools/compare_commands.py OTHER_CHECKOUT` starts each command of both trees as a process of its own, this
tree, the other, this tree, …, and prints the median of user + system seconds of each and the median of the ratio
pair by pair, so that a machine that is shared or drifts moves both alike. A command that writes gets a fresh copy of
its store before each run, untimed. Commands that the other tree lacks are left out. Both trees run on the
interpreter that runs this file, so its installed packages are the same for both.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
EXAMPLES = HERE / "examples"
PLAN = """江州市碳达峰实施方案
(虚构文本,仅作测量)
一、总体要求
全市坚持先立后破,稳住能源供应,有计划分步骤推进降碳。
二、主要目标
到2025年,单位地区生产总值能耗比2020年下降14.5%,非化石能源消费比重达到18%左右。到2030年,非化石能源消费比重力争达到25%,2030年前实现碳达峰。
三、重点任务
""" + "".join(
    f"""({"一二三四五六七八九十"[part]})第{part + 1}项行动
1.发展新能源。到2030年,全市风电、太阳能发电总装机容量不低于{300 + part}万千瓦,力争达到350万千瓦,新型储能装机达到{30 + part}万千瓦以上。(市发展改革委牵头,市自然资源局、市水利局、市林业局等按职责分工负责)
2.压减散煤。2026年底前,城区35蒸吨/小时以下燃煤锅炉全部淘汰,加快推进工业园区循环化改造,推广先进适用技术,完善能源管理体系。(市生态环境局、市市场监管局、市住建局按职责分工负责)
3.提升能效。到2028年,达到能效标杆水平的水泥熟料产能占比超过{40 + part}%,提升资源利用效率。(市工业和信息化局、市发展改革委按职责分工负责)
"""
    for part in range(10)
)
BALANCE = "row,fuel,year,value,unit\nindustry,Raw_Coal,2020,1000,万吨\ntransport,Diesel_Oil,2020,300,万吨\n"
CODE = "360100"
METERS = "--store meters.duckdb"
NEW_STORE = ((f"metering init jiujiang {METERS}"), (f"metering ingest readings.parquet {METERS}"))
SIMULATED = "metering simulate jiujiang --points 20 --days 35 --seed 1 --out readings.parquet"
LATER = "metering simulate jiujiang --points 20 --days 10 --seed 2 --start 2025-02-01 --out later.parquet"


@dataclass(frozen=True)
class Timed:
    """One command line as a user types it, and the files that each run starts from."""

    line: str
    fresh: tuple[str, ...] = ()
    """Files or folders that the command changes: put back before each run."""
    gone: tuple[str, ...] = ()
    """Files or folders that the command makes: removed before each run."""
    heavy: bool = field(default=False)
    """Takes tens of seconds: run less often."""


SETUP = (
    SIMULATED,
    LATER,
    *NEW_STORE,
    "plan read plan.txt --format yaml --out plan.yaml",
    "case to-xlsx jiujiang case.xlsx",
)
COMMANDS = (
    Timed("--help"),
    Timed("--version"),
    Timed("run jiujiang --out out"),
    Timed("run jiujiang --samples 512 --out out"),
    Timed("plan read plan.txt"),
    Timed("plan read plan.txt --format xlsx --out read.xlsx"),
    Timed("plan diff plan.txt later.txt"),
    Timed("plan review plan.txt --out review.html"),
    Timed("case check jiujiang"),
    Timed("case show jiujiang"),
    Timed("case list"),
    Timed("case to-xlsx jiujiang again.xlsx", gone=("again.xlsx",)),
    Timed("case from-xlsx case.xlsx read", gone=("read",)),
    Timed("case template blank.xlsx", gone=("blank.xlsx",)),
    Timed(f"case new {CODE} --out new", gone=("new",)),
    Timed(f"case from-plan plan.txt --code {CODE} --out drafted", gone=("drafted",)),
    Timed("case schema"),
    Timed("pathway run jiujiang --samples 512"),
    Timed("pathway run jiujiang --samples 8192"),
    Timed("pathway attribute jiujiang --samples 256"),
    Timed("pathway decompose jiujiang"),
    Timed("pathway sensitivity jiujiang --samples 512"),
    Timed("pathway explain jiujiang A 2030"),
    Timed("pathway feasible jiujiang --samples 256"),
    Timed("pathway cost jiujiang"),
    Timed("pathway score jiujiang --samples 512"),
    Timed("pathway history jiujiang"),
    Timed("inventory from-balance balance.csv"),
    Timed("inventory run jiujiang --year 2020"),
    Timed("inventory run jiujiang --format xlsx --out inventory.xlsx"),
    Timed("inventory figures jiujiang --out figures"),
    Timed("inventory activities"),
    Timed("inventory counties jiujiang"),
    Timed("inventory keys jiujiang"),
    Timed("inventory indicators jiujiang"),
    Timed("inventory recalculate jiujiang --factors ipcc2006"),
    Timed("inventory reconcile jiujiang"),
    Timed(f"dispatch solve {EXAMPLES}/grid-synthetic"),
    Timed(f"dispatch sweep {EXAMPLES}/grid-synthetic --limit co2 --values 1000,2000"),
    Timed("dispatch run jiujiang --year 2030 --hours 168"),
    Timed("dispatch response jiujiang --year 2030 --runs 10 --block 24 --out response.json", heavy=True),
    Timed(f"dispatch park {EXAMPLES}/park-synthetic"),
    Timed(f"dispatch vpp {EXAMPLES}/vpp-synthetic"),
    Timed("metering init jiujiang --store init.duckdb", gone=("init.duckdb",)),
    Timed(f"metering ingest later.parquet {METERS}", fresh=("meters.duckdb",)),
    Timed(f"metering status {METERS}"),
    Timed("metering simulate jiujiang --points 20 --days 35 --seed 1 --out made.parquet", gone=("made.parquet",)),
    Timed(f"metering rollup {METERS} --by county --period month --from 2025-01-01 --to 2025-03-01"),
    Timed(f"metering costs {METERS} --from 2025-01-01 --to 2025-02-01"),
    Timed(f"metering quality {METERS}"),
    Timed(f"metering warn {METERS} --on 2025-02-03", fresh=("meters.duckdb",)),
    Timed(f"metering judge {METERS} --year 2025"),
    Timed(f"metering publish {METERS} --year 2025 --out ranked.xlsx"),
    Timed(f"metering archive {METERS} --month 2025-01", fresh=("meters.duckdb",)),
    Timed(f"metering nowcast {METERS} --base-year 2020"),
    Timed(f"metering key {METERS} office", fresh=("meters.duckdb", "keys.sqlite3")),
    Timed(f"metering audit {METERS}"),
)  # fmt: skip


class Side:
    """One checkout with its own folder of files, made by its own commands."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PYTHONPATH": str(tree / "src"),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "COLUMNS": "120",
            # compiled modules are kept, as an installed package keeps them
            "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled"),
        }
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        folder.mkdir()
        (folder / "plan.txt").write_text(PLAN, encoding="utf-8")
        (folder / "later.txt").write_text(PLAN.replace("2028年", "2029年"), encoding="utf-8")
        (folder / "balance.csv").write_text(BALANCE, encoding="utf-8")
        for line in SETUP:
            self.run(line)
        self.kept = folder.with_name(folder.name + "-kept")
        shutil.copytree(folder, self.kept)

    def run(self, line: str) -> tuple[float, int]:
        """CPU seconds, user and system, of one process with its children, and its exit code."""
        with (self.folder / "output.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dafeng", *line.split()],
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_utime + used.ru_stime, process.returncode

    def prepare(self, timed: Timed) -> None:
        for name in (*timed.fresh, *timed.gone):
            place = self.folder / name
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        for name in timed.fresh:
            if (self.kept / name).exists():
                shutil.copy2(self.kept / name, self.folder / name)

    def last_line(self) -> str:
        lines = (
            (self.folder / "output.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        )
        return lines[-1] if lines else ""


def compare(timed: Timed, ours: Side, other: Side, runs: int) -> dict[str, object]:
    """Medians of both sides and of their ratio, after one run of each that is not counted."""
    pairs = []
    for number in range((max(2, runs // 3) if timed.heavy else runs) + 1):
        taken = []
        for side in (ours, other):
            side.prepare(timed)
            seconds, code = side.run(timed.line)
            if code and number == 0:
                print(f"  {timed.line}: exit {code} {side.last_line()}", file=sys.stderr)
            taken.append(seconds)
        pairs.append(taken)
    pairs = pairs[1:]
    return {
        "command": timed.line.replace(f"{EXAMPLES}/", "examples/"),
        "other": statistics.median(pair[1] for pair in pairs),
        "now": statistics.median(pair[0] for pair in pairs),
        "ratio": statistics.median(pair[0] / pair[1] for pair in pairs),
        "least": min(pair[0] for pair in pairs) / min(pair[1] for pair in pairs),
    }


def figures(other: Path, wanted: Sequence[str], runs: int, folder: Path) -> Iterator[dict[str, object]]:
    sides = Side(HERE, folder / "now"), Side(other, folder / "other")
    for timed in COMMANDS:
        if not wanted or any(part in timed.line for part in wanted):
            yield compare(timed, *sides, runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="checkout to compare with")
    parser.add_argument("--only", nargs="*", default=[], help="commands that contain one of these texts")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="dafeng-compare-") as name:
        for figure in figures(arguments.other.resolve(), arguments.only, arguments.runs, Path(name)):
            results.append(figure)
            if not arguments.json:
                print(
                    f"{figure['command']:<95} {figure['other']:8.3f} {figure['now']:8.3f} {figure['ratio']:6.3f}"
                    f" {figure['least']:6.3f}",
                    flush=True,
                )
    if arguments.json:
        print(json.dumps(results, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
