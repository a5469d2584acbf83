"""Contract: docs/systems.md names what serves each of the 135 systems and 44 targets of the bundled plan, or why nothing does.

`DAFENG_WRITE_DOCS=1 pytest tests/docs/test_systems.py` writes the page.
"""

import csv
import os
from pathlib import Path

import click
import typer

from dafeng.assessment import indicator_of
from dafeng.case import load
from dafeng.cli.app import application
from dafeng.plan import Comparator
from dafeng.registers import packaged_book

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "systems.md"
EXAMPLE = HERE.parents[1] / "src" / "dafeng" / "case" / "example" / "answers.csv"
BOOK = packaged_book()


def rows(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


SYSTEMS = rows(HERE / "plan_systems.csv")
COMMANDS = {row["id"]: row for row in rows(HERE / "systems_by_command.csv")}
NO_COVER = {
    "高速公路服务区和快速通道充电基础设施覆盖": "杭瑞福银高速九江段、永武彭湖高速公路服务区、昌九快速通道充电基础设施覆盖"
}


def registers_of(system):
    return [name for name in BOOK.editions if system in BOOK.latest(name).systems]


def system_line(system):
    command = COMMANDS.get(system["id"], {"command": "", "reason": ""})
    served = [f"`dafeng registers` {name}" for name in registers_of(system["id"])]
    served += [f"`{part.strip()}`" for part in command["command"].split(";") if part.strip()]
    told = "; ".join(served) or "未服务 not served"
    reason = f" — {command['reason']}" if command["reason"] else ""
    return f"| {system['id']} | {system['type']} | {system['name']} | {system['locator']} | {told}{reason} |"


def answers():
    """Indicator of the plan → what answers it: the packaged table, then the answers of 示例市."""
    found = {}
    for row in rows(EXAMPLE):
        if row["role"] in ("observation", "coverage") and row["answer"]:
            name = NO_COVER.get(row["target"], row["target"].replace("示例", "九江"))
            found[name] = row["answer"]
    return found


def target_line(number, target, known):
    indicator = indicator_of(target.indicator)
    parts = []
    register = known.get(target.indicator, "")
    if not register and indicator.observation and BOOK.feeding("observations", indicator.observation):
        definition, fed = BOOK.feeding("observations", indicator.observation)
        register = f"{definition.register_id}.{fed.id}"
    if "." in register:
        parts.append(f"`dafeng registers` {register}")
    elif indicator.observation or register:
        parts.append(f"observations.csv {indicator.observation or register}")
    if indicator.model:
        parts.append(f"`dafeng run` {indicator.model}")
    if target.comparator is Comparator.DEFERRED:
        parts.append("answers.csv issued")
    if target.comparator is Comparator.BETTER_THAN:
        parts.append("answers.csv base")
    return f"| {number} | {target.locator} | {target.indicator} | {target.year or '—'} | {'; '.join(parts) or '未服务 not served'} |"


def page():
    plan = load("jiujiang").plan
    known = answers()
    served = sum(
        bool(registers_of(row["id"]) or COMMANDS.get(row["id"], {}).get("command")) for row in SYSTEMS
    )
    lines = [
        "# 方案的系统与目标由什么服务 · What serves the systems and targets of the plan", "",
        "由 `tests/docs/test_systems.py` 生成,不手工修改 · made by a test, not edited by hand.", "",
        f"九江市方案点名或需要的 {len(SYSTEMS)} 个系统、平台、台账和机制:{served} 个有登记或命令,{len(SYSTEMS) - served} 个没有,理由写在行内。"
        f"{len(plan.targets)} 个目标逐一列出。", "",
        f"Of {len(SYSTEMS)} systems that the plan names or needs {served} have a register or a command; the reason stands beside the others.", "",
        "| 编号 | 类 | 系统 system | 位置 | 由什么服务 served by |", "| --- | --- | --- | --- | --- |",
        *map(system_line, SYSTEMS), "",
        "## 44 个目标 · 44 targets", "", "| # | 位置 | 指标 indicator | 年 | 由什么回答 answered by |", "| --- | --- | --- | --- | --- |",
        *(target_line(number, target, known) for number, target in enumerate(plan.targets, start=1)), "",
    ]  # fmt: skip
    return "\n".join(lines)


def test_the_page_is_current():
    if os.environ.get("DAFENG_WRITE_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "DAFENG_WRITE_DOCS=1 pytest tests/docs/test_systems.py"


def test_every_system_and_target_is_listed_and_answered_or_explained():
    assert [row["id"] for row in SYSTEMS] == [f"S{number:03}" for number in range(1, 136)]
    for row in SYSTEMS:
        line = system_line(row)
        assert "not served" not in line or " — " in line, row["id"]
    plan = load("jiujiang").plan
    unanswered = [
        t.indicator for i, t in enumerate(plan.targets) if "not served" in target_line(i, t, answers())
    ]
    assert unanswered == []


def test_every_command_named_exists_and_every_system_of_a_register_is_one_of_the_plan():
    """Each verb is a command that runs, not the name of a room alone."""
    whole = typer.main.get_command(application)
    for row in COMMANDS.values():
        for part in filter(None, row["command"].split(";")):
            _, room, *verbs = part.split()
            group = whole.get_command(click.Context(whole), room)
            assert group is not None, row["id"]
            if isinstance(group, click.Group):
                known = group.list_commands(click.Context(group))
                assert verbs, row["id"]
                assert set(verbs[0].split("|")) <= set(known), row["id"]
    listed = {row["id"] for row in SYSTEMS}
    for register in BOOK.editions:
        assert set(BOOK.latest(register).systems) <= listed


def test_each_system_without_a_register_and_command_has_its_reason():
    without = [row["id"] for row in SYSTEMS if "未服务" in system_line(row)]
    assert without == ["S020", "S088", "S094"]
    assert all(COMMANDS[name]["reason"] for name in without)
