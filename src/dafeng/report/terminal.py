"""Result of a run on one screen of a terminal."""

from rich.console import Console, Group, RenderableType
from rich.text import Text

from dafeng.evidence import Language
from dafeng.report.sections import present
from dafeng.report.summary import Summary
from dafeng.report.withholding import missing_sentence, share_sentence
from dafeng.report.wording import delivery_sentence, headline


def show(summary: Summary, console: Console, language: Language = Language.ZH) -> None:
    """Print the headline, then each section that has a terminal renderer: a line a row.

    Lines end at the width of the console with an ellipsis; the page has them in full.

    Parameters
    ----------
    summary
        Summary of a run.
    console
        Console of rich.
    language
        Chinese or English.
    """
    blocks: list[RenderableType] = [
        Text(headline(summary, language), style="bold"),
        *(Text(line) for line in _lead(summary, language) if line),
    ]
    for section in present(summary):
        if section.terminal is not None:
            blocks += section.terminal(summary, language, console.width)
    console.print(Group(*blocks))


def _lead(summary: Summary, language: Language) -> tuple[str, ...]:
    missing = missing_sentence(summary, language) if summary.withheld else ""
    return share_sentence(summary, language), missing, delivery_sentence(summary, language)
