"""The `dafeng` command: a table of sub-commands, each imported at its first use."""

import importlib
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from dafeng import __version__
from dafeng.cli import words
from dafeng.cli.room import BilingualContext, show_usage, with_help, write_rows
from dafeng.cli.terminal import tolerate_encodings
from dafeng.evidence import DafengError

ROOMS: dict[str, str] = {
    "run": words.both("from_the_case_folder_to_the"),
    "dispatch": words.both("operate_and_build_hour_by_hour"),
    "plan": words.both("read_compare_and_review_plan_documents"),
    "case": words.both("check_convert_and_draft_case_folders"),
    "data": words.both("what_a_place_has_and_lacks"),
    "province": words.both("units_of_a_province"),
    "nation": words.both("drafts_of_all_units"),
    "pathway": words.both("scenarios_attribution_drivers_origins"),
    "inventory": words.both("accounts_of_a_case_or_of"),
    "assess": words.both("share_out_targets_score_aims_of"),
    "registers": words.both("registers_templates_import_review_returns"),
    "metering": words.both("readings_quality_sums_budgets_warnings"),
    "serve": words.both("office_serve"),
    "web": words.both("office_manage"),
    "backup": words.both("office_backup"),
    "verify": words.both("office_verify"),
    "restore": words.both("office_restore"),
    "doctor": words.both("office_doctor"),
}
"""Sub-command → one-line help. The module `dafeng.cli.<name>` offers `app` (a Typer app) or `command`
(a plain function that becomes a single command)."""

TOGETHER: dict[str, str] = dict.fromkeys(
    ("serve", "web", "backup", "verify", "restore", "doctor"), "workspace"
)
"""Commands on a workspace, functions of one module."""


INTERNAL_ERROR = 70
"""Exit code of a defect of dafeng itself (EX_SOFTWARE of sysexits)."""


class _LazyGroup(TyperGroup):
    """Command group with the names of all rooms, which imports one when it is called.

    The types of click are not written out: Typer carries its own copy of them, which is private.
    """

    context_class = BilingualContext

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - signature of click
        return list(ROOMS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - signature of click
        if cmd_name not in ROOMS:
            return None
        module = importlib.import_module(f"dafeng.cli.{TOGETHER.get(cmd_name, cmd_name)}")
        return _as_command(module, cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - signature of click
        with formatter.section(words.both("commands")):
            write_rows(formatter, list(ROOMS.items()))


COMPLETION = "_DAFENG_COMPLETE"
"""Variable in which a shell asks for completions."""


def _as_command(module: Any, name: str) -> Any:
    app = getattr(module, "app", None)
    if app is None or name in TOGETHER:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        context = {"allow_extra_args": True, "ignore_unknown_options": True} if name == "web" else {}
        app.command(name=name, context_settings=context)(getattr(module, name, None) or module.command)
    command = with_help(get_command(app))
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
    help=words.both("dafeng_make_a_city_s_carbon"),
)


@application.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help=words.both("version")
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line.

    Bad input ends with exit code 1 and all its problems: one a line on standard error, or with `--json` as
    `{"problems": [...]}` on standard output. A defect of dafeng ends with exit code 70 and a reference that the
    user can quote; the traceback is in the file it names.
    """
    # before NumPy is imported: sums of a matrix product depend on the number of threads in their last bits, and the
    # same run gives the same bytes on any number of cores (HiGHS has threads of its own)
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
    signal.signal(signal.SIGTERM, _stop)
    tolerate_encodings()
    if COMPLETION in os.environ:
        # the classes of bash, zsh and fish, which typer registers only for programs with options for them
        importlib.import_module("typer.completion").completion_init()
    try:
        ended = application(standalone_mode=False)
    except typer.Abort:
        print(words.both("usage_aborted"), file=sys.stderr)  # noqa: T201 - a face
        raise SystemExit(1) from None
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
    except TyperException as error:
        show_usage(error)
        raise SystemExit(error.exit_code) from None
    except Exception as error:  # noqa: BLE001 - a face: logged with a reference
        _fail(error)
        raise SystemExit(INTERNAL_ERROR) from None
    raise SystemExit(ended if isinstance(ended, int) else 0)


def _fail(error: Exception) -> None:
    print(words.word("internal_error", log=_log(error)), file=sys.stderr)  # noqa: T201 - a face


def _stop(number: int, _frame: object) -> None:
    """Exit on a stop signal by an exception, so that a run removes what it had begun to write."""
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
