"""One look for the help of every room: plain text, no options that a clerk never needs, no line cut short."""

from typing import Any

import typer
from typer.core import TyperGroup


class _Room(TyperGroup):
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("命令 Commands"):
            formatter.write_dl(
                [(name, told(self.get_command(ctx, name))) for name in self.list_commands(ctx)]
            )


def told(command: Any) -> str:
    """The first paragraph of a command's help, whole."""
    return " ".join((getattr(command, "help", None) or "").split("\n\n")[0].split())


def room(help: str = "") -> typer.Typer:  # noqa: A002 - the name that Typer gives it
    """The commands of a room."""
    return typer.Typer(
        cls=_Room, add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=help or None
    )
