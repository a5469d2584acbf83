"""Pictures of metered energy, drawn on the server: ranking, course, load curve, heat map, flows; as SVG for a page and PNG for a file.

A gap stays a gap: what is not covered is grey in bars, empty in a heat map and a break in a curve.
"""

import io
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dafeng.evidence import DafengError
from dafeng.report.figures import GREY, INK, OBSERVED, WEDGES, WITH
from dafeng.report.texts import both

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, NARROW = 5.4, 3.5
"""Widths [inch] for a screen and for a telephone; a page shows 100 points as about 140 pixels."""
DOTS = 200
"""Dots per inch of a PNG."""
LINE, PAD = "#dfe2e6", "#c6cbd0"
CHINESE = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "SimHei", "Noto Sans SC", "Noto Serif CJK SC", "Noto Sans CJK JP",
)  # fmt: skip
"""Fonts with Chinese letters, the first that is installed draws."""


@dataclass(frozen=True, slots=True)
class Look:
    """Title (of a file; a page has its own) and unit of a picture, the words for what is not covered, foot, width [inch]."""

    title: str
    unit: str
    gap: str
    foot: str = ""
    width: float = WIDE


def ranking_picture(look: Look, names: Sequence[str], values: Sequence[float], covered: Sequence[bool]) -> "Figure":  # fmt: skip
    """Draw parts by size as bars, the largest above, what is not covered in grey."""
    figure, axes = _figure(look, 0.55 + 0.26 * max(len(names), 2))
    places = np.arange(len(names))[::-1]
    axes.barh(places, values, color=[WITH if one else PAD for one in covered], height=0.68)
    widest = 9 if look.width < WIDE else 22
    axes.set_yticks(places, [name if len(name) <= widest else f"{name[: widest - 1]}…" for name in names])
    for place, value in zip(places, values, strict=True):
        axes.annotate(_short(value), (max(value, 0.0), place), (3, 0), textcoords="offset points", va="center", color=INK, fontsize=8)  # fmt: skip
    axes.margins(x=0.14)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(look.unit)
    _legend(axes, look, covered)
    return figure


def course_picture(look: Look, labels: Sequence[str], values: Sequence[float | None], covered: Sequence[bool]) -> "Figure":  # fmt: skip
    """Draw days, months or years as bars, what is not covered in grey, what has no value as a gap."""
    figure, axes = _figure(look, 2.4)
    places = np.arange(len(labels))
    axes.bar(places, [np.nan if one is None else one for one in values], color=[WITH if one else PAD for one in covered], width=0.78)  # fmt: skip
    _label_some(axes, labels, look)
    axes.grid(axis="x", visible=False)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.set_ylabel(look.unit)
    _said(axes, look, all(one is None for one in values))
    _legend(axes, look, covered)
    return figure


def load_picture(look: Look, days: Sequence[str], hours: Sequence[Sequence[float | None]]) -> "Figure":
    """Draw the load of each hour as a curve, broken where hours are not covered."""
    figure, axes = _figure(look, 2.4)
    values = np.array(hours, dtype=float).ravel()
    axes.plot(np.arange(len(values)) / 24, values, color=WITH, linewidth=1.0)
    _label_some(axes, days, look)
    axes.set_xlim(0, len(days))
    axes.set_ylim(bottom=min(0.0, float(np.nanmin(values)) if np.isfinite(values).any() else 0.0))
    axes.set_ylabel(look.unit)
    _said(axes, look, not np.isfinite(values).any())
    return figure


def heat_picture(look: Look, days: Sequence[str], hours: Sequence[Sequence[float | None]]) -> "Figure":
    """Draw hours across and days down, darker for more; hours that are not covered are left empty."""
    from matplotlib.colors import LinearSegmentedColormap

    figure, axes = _figure(look, 1.1 + 0.075 * max(len(days), 8))
    colours = LinearSegmentedColormap.from_list("load", ["#eef5f4", "#5aa3a0", "#053d3d"]).with_extremes(bad=PAD)  # fmt: skip
    values = np.ma.masked_invalid(np.array(hours, dtype=float))
    drawn = axes.pcolormesh(np.arange(25), np.arange(len(days) + 1), values, cmap=colours)
    axes.invert_yaxis()
    step = max(1, len(days) // 8)
    axes.set_yticks(np.arange(0, len(days), step) + 0.5, [days[at][5:] for at in range(0, len(days), step)])
    axes.set_xticks(range(0, 25, 3 if look.width >= WIDE else 6))
    axes.grid(visible=False)
    bar = figure.colorbar(drawn, ax=axes, pad=0.02)
    bar.set_label(look.unit, color=INK, fontsize=8)
    bar.ax.tick_params(labelsize=8, color=LINE, labelcolor=INK)
    bar.ax.set_frame_on(False)
    axes.set_xlabel(look.gap)
    _said(axes, look, values.count() == 0)
    return figure


def flow_picture(look: Look, links: Sequence[tuple[int, str, str, float]], names: dict[tuple[int, str], str]) -> "Figure":  # fmt: skip
    """Draw flows from left to right as bands whose width is their value (Sankey diagram).

    Parameters
    ----------
    look
        Title and unit.
    links
        Layer of the source, source, target, value; a node gives on what it takes in.
    names
        (layer, node) → its name.

    Returns
    -------
    Figure without axes; each node has its name and value.
    """
    nodes = _nodes(links)
    most = max((sum(1 for layer, _ in nodes if layer == each) for each, _ in nodes), default=1)
    figure, axes = _figure(look, 0.7 + 0.34 * max(most, 4))
    axes.set_axis_off()
    last = max((layer for layer, _ in nodes), default=1)
    total = sum(value for layer, _, _, value in links if layer == 0) or 1.0
    gap = 0.55 / max(most, 1)
    lowest = dict(_stacked(nodes, total, gap))
    left, entered = dict(lowest), dict(lowest)
    for layer, source, target, value in sorted(links, key=lambda one: (one[0], -lowest[one[0], one[1]], -lowest[one[0] + 1, one[2]])):  # fmt: skip
        begin, end = (layer, source), (layer + 1, target)
        height = value / total
        for side, node in ((left, begin), (entered, end)):
            side[node] -= height
        axes.add_patch(_band(layer, left[begin], entered[end], height, WEDGES[_number(nodes, layer, source, last) % len(WEDGES)]))  # fmt: skip
    longest = 8 if look.width < WIDE else 16
    for place, value in nodes.items():
        middle = lowest[place] - value / total / 2
        axes.add_patch(_block(place[0], lowest[place] - value / total, value / total))
        name = names.get(place, place[1])
        shown = name if len(name) <= longest else f"{name[: longest - 1]}…"
        axes.annotate(f"{shown} {_short(value)}", (place[0] + 0.035, middle), (3, 0), textcoords="offset points", va="center", color=OBSERVED, fontsize=8)  # fmt: skip
    axes.set_xlim(-0.02, last + (0.75 if look.width < WIDE else 0.5))
    axes.set_ylim(-1.6, 0.02)
    axes.autoscale_view(scalex=False)
    axes.annotate(look.unit, (0, 1), xycoords="axes fraction", va="bottom", color=INK, fontsize=8)
    return figure


def _nodes(links: Sequence[tuple[int, str, str, float]]) -> dict[tuple[int, str], float]:
    """Return the value of each node: what it gives on or, at the end, takes in."""
    nodes: dict[tuple[int, str], float] = {}
    last = max((layer for layer, *_ in links), default=0)
    for layer, source, target, value in links:
        nodes[layer, source] = nodes.get((layer, source), 0.0) + value
        if layer == last:
            nodes[layer + 1, target] = nodes.get((layer + 1, target), 0.0) + value
    return nodes


def _stacked(nodes: dict[tuple[int, str], float], total: float, gap: float) -> list[tuple[tuple[int, str], float]]:  # fmt: skip
    """Return the upper end of each node: the largest of a layer above."""
    found = []
    for layer in sorted({layer for layer, _ in nodes}):
        top = 0.0
        for node in sorted((one for one in nodes if one[0] == layer), key=lambda one: (one[1] == "others", -nodes[one], one[1])):  # fmt: skip
            found.append((node, top))
            top -= nodes[node] / total + gap
    return found


def _number(nodes: dict[tuple[int, str], float], layer: int, source: str, last: int) -> int:
    """Return the number of a node within its layer, that a colour is chosen by."""
    return sorted(node for each, node in nodes if each == layer).index(source) + 2 * (last - layer)


def _band(layer: int, left: float, right: float, height: float, colour: str) -> Any:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    begin, end = layer + 0.03, layer + 1.0
    middle = (begin + end) / 2
    corners = [
        (begin, left), (middle, left), (middle, right), (end, right), (end, right + height), (middle, right + height), (middle, left + height), (begin, left + height), (begin, left),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return PathPatch(Path(corners, codes), facecolor=colour, alpha=0.45, linewidth=0)


def _block(layer: int, bottom: float, height: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((layer, bottom), 0.03, height, facecolor=INK, linewidth=0)


def _figure(look: Look, height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    foot = _foot(look)
    figure = Figure(
        figsize=(look.width, height + 0.3 * bool(look.title) + 0.16 * (foot.count("\n") + 1 if foot else 0)),
        layout="constrained",
    )
    if look.title:
        figure.suptitle(textwrap.fill(look.title, 36), fontsize=9.5, x=0.01, ha="left", color=OBSERVED)
    if foot:
        figure.supxlabel(foot, fontsize=6.5, x=0.01, ha="left", color=INK)
    axes = figure.add_subplot()
    quiet(axes)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.10g}")
    axes.xaxis.label.set(color=INK, size=8)
    axes.yaxis.label.set(color=INK, size=8)
    return figure, axes


def quiet(axes: "Axes") -> None:
    """Draw axes without a frame, with a light grid behind."""
    axes.tick_params(labelsize=8, color=LINE, labelcolor=INK)
    axes.set_frame_on(False)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)


def _foot(look: Look) -> str:
    return "\n".join(textwrap.fill(line, 58) for line in look.foot.splitlines())


def _label_some(axes: "Axes", labels: Sequence[str], look: Look) -> None:
    """Label as many days, months or years as there is room for."""
    step = max(1, -(-len(labels) // (10 if look.width >= WIDE else 5)))
    shown = range(0, len(labels), step)
    axes.set_xticks(list(shown), [labels[at][5:] if len(labels[at]) == 10 else labels[at] for at in shown])


def _said(axes: "Axes", look: Look, empty: bool) -> None:
    """Say in an empty picture that nothing is covered."""
    if empty:
        axes.annotate(look.gap, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=INK, fontsize=9)  # fmt: skip


def _legend(axes: "Axes", look: Look, covered: Sequence[bool]) -> None:
    if all(covered):
        return
    from matplotlib.patches import Patch

    axes.legend(handles=[Patch(facecolor=PAD, edgecolor=GREY, linewidth=0.4, label=look.gap)], loc="lower right", bbox_to_anchor=(1.0, 0.98), fontsize=7.5, frameon=False, labelcolor=INK)  # fmt: skip


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"


@cache
def chinese_font() -> str | None:
    """Return the font that draws Chinese on this machine; None where there is none."""
    from matplotlib import font_manager

    there = {one.name for one in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE if name in there), None)


def picture_file(figure: "Figure", kind: str) -> bytes:
    """Return a picture as svg, whose letters the reader's own fonts draw, or as png.

    Parameters
    ----------
    figure
        Picture.
    kind
        svg or png.

    Returns
    -------
    Content of the file, the same for the same picture.

    Raises
    ------
    DafengError
        For a PNG on a machine without a font that has Chinese letters.
    """
    import matplotlib as mpl

    font = chinese_font()
    if kind == "png" and font is None:
        raise DafengError.at(
            "PNG", both("picture.no_font"), both("picture.a_font"), both("picture.install_a_font")
        )
    families = [*([font] if font else []), "DejaVu Sans"]
    out = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dafeng", "font.family": families, "font.size": 8, "axes.unicode_minus": False}), warnings.catch_warnings():  # fmt: skip
        warnings.simplefilter(
            "ignore", UserWarning
        )  # letters that a font lacks: the reader's browser has them
        from matplotlib.text import Text as Letters

        for letters in figure.findobj(Letters):
            letters.set_fontfamily(families)
        figure.savefig(out, format=kind, dpi=DOTS, facecolor="white", metadata={"Date": None} if kind == "svg" else None)  # fmt: skip
    return out.getvalue()
