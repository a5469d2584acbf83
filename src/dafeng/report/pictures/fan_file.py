"""Draw the fan as a file for a paper: title, settings and quotation are part of the picture."""

import textwrap
from collections.abc import Sequence

from dafeng.evidence import Language
from dafeng.pathway.results import T_PER_MT
from dafeng.report.energy.pictures import picture_file, quiet
from dafeng.report.figures import GREY, INK, OBSERVED
from dafeng.report.pictures.fan import Line, Observed
from dafeng.report.texts import text
from dafeng.report.wording import emission_unit, scale

WIDTH, HEIGHT = 6.3, 4.4
"""Size [inch] of half a page of A4."""


def fan_file(lines: Sequence[Line], observed: Observed, title: str, foot: str, language: Language) -> bytes:
    """Draw lines with their bands and the observed years as PNG.

    Parameters
    ----------
    lines
        At least one; a later one is drawn over an earlier one.
    observed
        Years and emissions before the model [t]; may be empty.
    title, foot
        What stands above and below: settings, source, how to quote.
    language
        Language of unit and labels.

    Returns
    -------
    PNG of 200 dots an inch.

    Raises
    ------
    DafengError
        On a machine without a font that has Chinese letters.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    factor = scale(language) / T_PER_MT
    below = "\n".join(textwrap.fill(one, 76 if language is Language.EN else 46) for one in foot.splitlines())
    figure = Figure(figsize=(WIDTH, HEIGHT + 0.14 * below.count("\n")), layout="constrained")
    figure.suptitle(title, fontsize=10, x=0.01, ha="left", color=OBSERVED)
    figure.supxlabel(below, fontsize=6.5, x=0.01, ha="left", color=INK)
    axes = figure.add_subplot()
    quiet(axes)
    axes.yaxis.set_major_formatter("{x:,.10g}")
    axes.set_ylabel(emission_unit(language), fontsize=8, color=INK)
    axes.axvline(2030, color=GREY, linestyle=(0, (2, 3)), linewidth=1)
    for line in lines:
        if line.low is not None and line.high is not None:
            axes.fill_between(line.years, line.low * factor, line.high * factor, color=line.colour, alpha=0.14, linewidth=0)  # fmt: skip
        axes.plot(line.years, line.median * factor, color=line.colour, linewidth=1.8, label=line.title)
    if len(observed[0]):
        axes.plot(observed[0], observed[1] * factor, "o", color=OBSERVED, markersize=3.5, label=text("observed", language))  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(fontsize=8, frameon=False, labelcolor=INK, loc="best")
    return picture_file(figure, "png")
