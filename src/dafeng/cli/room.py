"""Uniform help and usage errors of every room: plain text in both languages, no truncated line.

The parser of commands writes English alone; what it writes is translated from the catalogue.
"""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import typer
from typer.core import TyperGroup

from dafeng.cli import words
from dafeng.evidence import Text, chinese

GAP = 2
NO_START = frozenset("，。；：、）》”!?.,;:)")
"""Punctuation that must not begin a line."""


USAGE = "usage."
"""Prefix of the catalogue rows that translate what the parser writes."""


# typer keeps its copy of click, and with it these two classes, private
_CONTEXT: Any = TyperGroup.context_class
_FORMATTER: Any = _CONTEXT.formatter_class


class _Formatter(_FORMATTER):  # type: ignore[misc]
    """Help with headings and remarks of the parser in both languages, Chinese first."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{words.both('usage_line')} ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_beside(heading))

    def write_dl(self, rows: Any, *args: Any, **options: Any) -> None:
        super().write_dl([(name, _remarks(text)) for name, text in rows], *args, **options)


class BilingualContext(_CONTEXT):  # type: ignore[misc]
    """Context of a command whose help has both languages."""

    formatter_class = _Formatter


class _Room(TyperGroup):
    context_class = BilingualContext

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
    if command is not None:
        command.context_class = BilingualContext
    return command


def told(command: Any) -> str:
    """Return the first paragraph of a command's help in full."""
    return " ".join((getattr(command, "help", None) or "").split("\n\n")[0].split())


def room(help: str = "") -> typer.Typer:  # noqa: A002 - the name that Typer gives it
    """Create the command group of a room."""
    return typer.Typer(
        cls=_Room, add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=help or None
    )


def told_usage(error: Any) -> str:
    """Return what is wrong with a command line, in Chinese and then in English.

    Parameters
    ----------
    error
        Usage error of the parser of commands.
    """
    en, reason = error.format_message(), error.message
    # "Invalid value for '--samples': …" holds a sentence of its own, which is translated for itself
    beginning = en.removesuffix(reason).rstrip() if reason else ""
    zh = (
        chinese(beginning, USAGE) + chinese(reason, USAGE)
        if beginning not in ("", en)
        else chinese(en, USAGE)
    )
    return en if zh == en else f"{zh} {en}"


def show_usage(error: Any) -> None:
    """Print a usage error on standard error: the line of usage, where help is, and what is wrong."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        # the message is the whole help
        typer.echo(error.format_message(), err=True)
        return
    if context is not None:
        typer.echo(context.get_usage(), err=True)
        typer.echo(words.both("usage_help", command=f"{context.command_path} --help") + "\n", err=True)
    typer.echo(told_usage(error), err=True)


def _beside(english: str) -> str:
    if isinstance(english, Text):
        return english
    translated = chinese(english, USAGE)
    return english if translated == english else f"{translated} · {english}"


def _remarks(text: str) -> str:
    """Translate what the parser writes behind the help of an option, as `[default: 8192]`."""
    beginning, bracket, rest = text.rpartition("[")
    if bracket and rest.endswith("]"):
        parts = [_beside(part) for part in rest[:-1].split("; ")]
        return f"{beginning}[{'; '.join(parts)}]"
    return _beside(text)
