"""The `dafeng` command: a table of sub-commands, each imported at its first use."""

import importlib
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from dafeng import __version__
from dafeng.evidence import DafengError

ROOMS: dict[str, str] = {
    "run": "从案例文件夹到结论:达峰与否、何时、靠什么 · from the case folder to the answer",
    "dispatch": "逐时运行与规划:城市电网、园区、虚拟电厂 · operate and build, hour by hour",
    "plan": "方案文本:读取、比较、核对 · read, compare and review plan documents",
    "case": "案例文件夹:检查、Excel 往返、新建 · check, convert and draft case folders",
    "pathway": "年度路径:情景、归因、分解、敏感性、数据来源 · scenarios, attribution, drivers, origins",
    "inventory": "清单:核算账户 A/B/C、由平衡表核算 · accounts of a case, or of a bare balance",
    "assess": "评价考核:目标分解、考核计分、双控目标 · share out targets, score, aims of dual control",
    "registers": "登记台账:模板、导入、审核、上报、指标 · registers: templates, import, review, returns, indicators",
    "metering": "用能监测:接入、质量、统计、预算与预警 · readings, quality, sums, budgets, warnings",
}
"""Sub-command → one-line help. The module `dafeng.cli.<name>` offers `app` (a Typer app) or `command`
(a plain function that becomes a single command)."""


INTERNAL_ERROR = 70
"""Exit code of a defect of dafeng itself (EX_SOFTWARE of sysexits)."""


class _LazyGroup(TyperGroup):
    """Knows the names of all rooms, imports one when it is called.

    The types of click are not written out: Typer carries its own copy of them, which is private.
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - signature of click
        return list(ROOMS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - signature of click
        if cmd_name not in ROOMS:
            return None
        module = importlib.import_module(f"dafeng.cli.{cmd_name}")
        return _as_command(module, cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - signature of click
        with formatter.section("命令 Commands"):
            formatter.write_dl(list(ROOMS.items()))


def _as_command(module: Any, name: str) -> Any:
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name=name)(module.command)
    command = get_command(app)
    command.name = name
    return command


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dafeng {__version__}")
        raise typer.Exit


application = typer.Typer(
    cls=_LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="达峰 dafeng — 让碳达峰实施方案可执行。 Makes a city's carbon-peaking plan executable.",
)


@application.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="版本 · version"
    ),
) -> None:
    pass


def main() -> None:
    """Entry point.

    Bad input ends with exit code 1 and all its problems: one a line on standard error, or with `--json` as
    `{"problems": [...]}` on standard output. A defect of dafeng ends with exit code 70 and a reference that the
    user can quote; what happened stands in the file it names.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        application()
    except DafengError as error:
        _show_problems(error)
        raise SystemExit(1) from None
    except ModuleNotFoundError as error:
        from dafeng.cli.extras import missing_extra

        told = missing_extra(error)
        if told is None:
            _fail(error)
        else:
            _show_problems(told)
        raise SystemExit(INTERNAL_ERROR if told is None else 1) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except Exception as error:  # noqa: BLE001 - a face: logged with a reference
        _fail(error)
        raise SystemExit(INTERNAL_ERROR) from None


def _fail(error: Exception) -> None:
    print(f"内部错误 internal error {_log(error)}", file=sys.stderr)  # noqa: T201 - a face


def _stop(number: int, _frame: object) -> None:
    """A run told to stop clears away what it had begun to write."""
    raise SystemExit(128 + number)


def _show_problems(error: DafengError) -> None:
    if "--json" in sys.argv[1:]:
        from dafeng.cli.terminal import print_problems

        print_problems(error.problems, as_json=True)
        return
    for problem in error.problems:
        print(problem, file=sys.stderr)  # noqa: T201 - a face


def _log(error: Exception) -> Path:
    """Write the traceback to a new file; its name is the reference."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="dafeng-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(f"dafeng {__version__}, Python {sys.version}\n{sys.argv[1:]}\n")
        log.write("".join(traceback.format_exception(error)))
    return Path(log.name)
