"""Uniform help of every room: plain text, no options that a clerk never needs, no truncated line."""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import typer
from typer.core import TyperGroup

from dafeng.cli import words

GAP = 2
NO_START = frozenset("，。；：、）》”!?.,;:)")
"""Punctuation that must not begin a line."""


class _Room(TyperGroup):
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return with_help(super().get_command(ctx, cmd_name))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows = [(name, told(self.get_command(ctx, name))) for name in self.list_commands(ctx)]
        with formatter.section(words.both("commands")):
            write_rows(formatter, rows)


def write_rows(formatter: Any, rows: Sequence[tuple[str, str]]) -> None:
    """Write names and their help in two columns; lines are folded by cells, of which a Chinese character takes two."""
    indent = formatter.current_indent
    column = indent + max((len(name) for name, _ in rows), default=0) + GAP
    for name, text in rows:
        first, *rest = folded(text, formatter.width - column)
        formatter.write(f"{'':{indent}}{name:{column - indent}}{first}\n")
        for line in rest:
            formatter.write(f"{'':{column}}{line}\n")


def folded(text: str, width: int) -> list[str]:
    """Fold `text` into lines of `width` cells: between words, and anywhere between Chinese characters.

    >>> folded("编写案例 write a case", 10)
    ['编写案例', 'write a', 'case']
    """
    lines, room = [""], width
    for piece in re.findall(r"[\u2e80-\uffff]|[^\s\u2e80-\uffff]+|\s+", text):
        size = sum(2 if character >= "\u2e80" else 1 for character in piece)
        if size > room and lines[-1] and piece not in NO_START:
            lines, room = [*lines, ""], width
        if piece.isspace() and not lines[-1]:
            continue
        lines[-1] += piece
        room -= size
    return [line.rstrip() for line in lines]


def with_help(command: Any) -> Any:
    """Set a command's help from the catalogue, by module and function; without a row its docstring stays."""
    text = words.help_of(command)
    if text is not None:
        pairs = zip_longest(text.zh.split("；", 1), text.en.split("; ", 1), fillvalue="")
        command.help = "\n\n".join(" · ".join(part for part in pair if part) for pair in pairs)
    return command


def told(command: Any) -> str:
    """Return the first paragraph of a command's help in full."""
    return " ".join((getattr(command, "help", None) or "").split("\n\n")[0].split())


def room(help: str = "") -> typer.Typer:  # noqa: A002 - the name that Typer gives it
    """Create the command group of a room."""
    return typer.Typer(
        cls=_Room, add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=help or None
    )
