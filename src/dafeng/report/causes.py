"""Figures of causes: drivers of a change, sensitivity of a result, abatement cost per tonne.

Each function takes the summary and a language.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import plotly.graph_objects as go

from dafeng.evidence import Language
from dafeng.report.figures import GREY, OBSERVED, WITH, WITHOUT, horizontal, styled, wrapped
from dafeng.report.summary import Summary
from dafeng.report.texts import name, text
from dafeng.report.wording import scale, scoped

SHOWN_SWINGS = 12
NEUTRAL = "#4a5560"


def waterfall(summary: Summary, language: Language) -> go.Figure:
    """Draw the waterfall from base-year emissions to the plan by driver; bars add up without residual."""
    causes, factor = summary.causes, scale(language)
    figure = go.Figure()
    if causes is None:
        return figure
    titles = [
        str(causes.start),
        *(name("factor", item.factor, language) for item in causes.items),
        str(causes.end),
    ]
    values = [causes.start_value, *(item.effect for item in causes.items), causes.end_value]
    figure.add_waterfall(
        # turned where they do not fit side by side, labels of two lines still fit their bars
        x=wrapped(titles, language, 3 if language is Language.ZH else 6, lines=4), y=[value * factor for value in values], name="",
        measure=["absolute", *("relative" for _ in causes.items), "total"],
        increasing={"marker": {"color": WITHOUT}}, decreasing={"marker": {"color": WITH}},
        totals={"marker": {"color": NEUTRAL}}, connector={"line": {"color": GREY, "width": 1, "dash": "dot"}},
        text=steps_as_shown(values, language),
        textposition="outside", cliponaxis=False, hovertemplate="%{x} · %{text}",
    )  # fmt: skip
    styled(figure, language, height=360)
    figure.update_layout(showlegend=False, margin={"t": 46, "b": 60})
    figure.update_xaxes(type="category", automargin=True, autotickangles=[0, -90], tickfont={"size": 11})
    return figure


def steps_as_shown(values: Sequence[float], language: Language) -> list[str]:
    """Format the bars of a waterfall: the first and last level, and steps that add up as they are shown.

    Parameters
    ----------
    values
        First level, steps, last level [Mt CO2].
    language
        Chinese (whole 万吨) or English (hundredths of Mt).

    Returns
    -------
    Labels of the bars.

    Examples
    --------
    >>> steps_as_shown([36.604, 0.004, 0.004, 36.612], Language.ZH)
    ['3,660', '+1', '+0', '3,661']
    """
    decimals = 0 if language is Language.ZH else 2
    reached = [round(level * scale(language), decimals) for level in accumulate(values[:-1])]
    steps = [after - before for before, after in pairwise(reached)]
    last = round(values[-1] * scale(language), decimals)
    return [
        f"{reached[0]:,.{decimals}f}",
        *(f"{step:+,.{decimals}f}".replace("-", "−") for step in steps),
        f"{last:,.{decimals}f}",
    ]


def tornado(summary: Summary, language: Language) -> go.Figure:
    """Draw the tornado chart: headline account with one input at the ends of its range.

    Measures are varied from no delivery to full delivery.
    """
    found, factor = summary.tornado, scale(language)
    figure = go.Figure()
    if found is None:
        return figure
    rows = found.swings[:SHOWN_SWINGS][::-1]
    titles = wrapped(
        [
            f"{r.grade} · {scoped(r.name_zh if language is Language.ZH else r.name_en, language)}"
            for r in rows
        ],
        language,
    )
    for end, colour in (("at_low", GREY), ("at_high", NEUTRAL)):
        values = [(getattr(row, end) - found.centre) * factor for row in rows]
        figure.add_bar(
            x=values, y=titles, base=found.centre * factor, orientation="h", marker_color=colour,
            name=text(f"tornado.{end}", language), customdata=[getattr(row, end) * factor for row in rows],
            hovertemplate="%{y} · %{customdata:,.4~r}",
        )  # fmt: skip
    horizontal(styled(figure, language, height=90 + 36 * max(len(rows), 3)))
    figure.update_layout(barmode="overlay", showlegend=True, margin={"t": 50})
    figure.update_xaxes(rangemode="normal")
    figure.add_vline(x=found.centre * factor, line={"color": OBSERVED, "width": 1.2})
    return figure


def cost_curve(summary: Summary, language: Language) -> go.Figure:
    """Draw the abatement cost curve of measures with a sourced cost: width is tonnes, area yearly cost."""
    curve, factor = summary.cost_curve, scale(language)
    figure = go.Figure()
    if curve is None:
        return figure
    widths = [row.reduction * factor for row in curve.measures]
    starts = [sum(widths[:at]) for at in range(len(widths))]
    titles = [row.name_zh if language is Language.ZH else row.name_en for row in curve.measures]
    figure.add_bar(
        x=[start + 0.5 * width for start, width in zip(starts, widths, strict=True)],
        y=[row.marginal_cost for row in curve.measures], width=widths, customdata=list(zip(titles, widths, strict=True)),
        marker={"color": [WITH if row.marginal_cost < 0 else WITHOUT for row in curve.measures],
                "line": {"color": "#fff", "width": 0.5}},
        hovertemplate="%{customdata[0]} · %{y:,.3~r} · %{customdata[1]:,.3~r}", name="",
    )  # fmt: skip
    styled(figure, language, height=320)
    for title, start, width, row in zip(titles, starts, widths, curve.measures, strict=True):
        # a sliver has no room for its name: it is in the table and under the pointer
        if width > 0.08 * sum(widths):
            figure.add_annotation(
                x=start + 0.5 * width, y=row.marginal_cost, text="<br>".join(wrapped([title], language)), showarrow=False,
                yanchor="bottom" if row.marginal_cost >= 0 else "top", font={"size": 11.5},
            )  # fmt: skip
    figure.add_hline(y=0, line={"color": OBSERVED, "width": 1})
    figure.update_layout(
        showlegend=False, bargap=0, title={"text": text("axis.cost", language)}, margin={"b": 58}
    )
    figure.update_xaxes(title_text=text("axis.tonnes", language), title_standoff=14)
    ends = [0.0, *(row.marginal_cost for row in curve.measures)]
    room = 0.18 * (max(ends) - min(ends))
    figure.update_yaxes(range=[min(ends) - room, max(ends) + room])
    return figure
