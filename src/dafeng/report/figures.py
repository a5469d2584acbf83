"""Figures: one function each, which takes the summary and a language and returns a plotly figure.

Colours carry meaning and nothing else: without the plan ochre, with the plan teal, observed black,
everything else grey.
"""

import re
from collections.abc import Iterable, Sequence

import plotly.graph_objects as go

from dafeng.evidence import Language
from dafeng.pathway.results import CARRIED_ON, PLAN, Contribution, Influence
from dafeng.report.summary import Summary
from dafeng.report.texts import name, text
from dafeng.report.wording import emission_unit, scale, scoped, significant

WITHOUT, WITH, OBSERVED, GREY = "#a8621b", "#0b6b6b", "#1a1a1a", "#8a8f94"
INK = "#50575e"
"""Grey of texts: GREY is dark enough for lines alone (3.3 to 1), texts need 4.5, on the bands too."""
COLOURS = {CARRIED_ON: WITHOUT, PLAN: WITH}
WEDGES = ("#0b6b6b", "#2f8786", "#5aa3a0", "#8bbfba", "#b9d8d3", "#d9c9a3", "#c7a96a", "#b48a3c", "#c9ccd0")
"""Large to small in one family, then a second; the rest of the tasks is grey."""
FONT = "system-ui,'PingFang SC','Hiragino Sans GB','Microsoft YaHei','Noto Sans CJK SC','Source Han Sans SC',sans-serif"
SHOWN_TASKS = len(WEDGES) - 1
SHOWN_BARS = 10
SHOWN_DEPARTMENTS = 12
LINES = 2
LAST_YEAR_SHOWN = 2035
SURE = 0.9


def fan(summary: Summary, account: str, language: Language) -> go.Figure:
    """Draw emissions of one account with and without the plan: medians, 5–95 % bands, observed years."""
    figure = go.Figure()
    factor = scale(language)
    for scenario in (CARRIED_ON, PLAN):
        track = summary.track(scenario, account)
        colour, title = COLOURS[scenario], text(f"scenario.{scenario}", language)
        shown = [
            at for at, year in enumerate(track.years) if year <= max(LAST_YEAR_SHOWN, summary.place.horizon)
        ]
        years = [track.years[at] for at in shown]
        low, high = [track.low[at] * factor for at in shown], [track.high[at] * factor for at in shown]
        figure.add_scatter(
            x=[*years, *years[::-1]], y=[*high, *low[::-1]], fill="toself", fillcolor=_clear(colour),
            line_width=0, mode="lines", hoverinfo="skip", showlegend=False, legendgroup=scenario,
        )  # fmt: skip
        figure.add_scatter(
            x=years, y=[track.median[at] * factor for at in shown], mode="lines", name=title,
            line={"color": colour, "width": 2.4}, legendgroup=scenario,
            customdata=list(zip(low, high, strict=True)),
            hovertemplate="%{x} · %{y:,.3~r} (%{customdata[0]:,.3~r}–%{customdata[1]:,.3~r})",
        )  # fmt: skip
    for observed in summary.observed:
        if observed.account == account:
            figure.add_scatter(
                x=observed.years, y=[value * factor for value in observed.values], mode="markers",
                name=text("observed", language), marker={"color": OBSERVED, "size": 5.5},
                hovertemplate="%{x} · %{y:,.3~r}",
            )  # fmt: skip
    for inventory in summary.downscaled:
        if inventory.account == account:
            figure.add_scatter(
                x=inventory.years, y=[value * factor for value in inventory.values], mode="markers",
                name=text("downscaled", language), hovertemplate="%{x} · %{y:,.3~r}", showlegend=False,
                marker={"color": "#ffffff", "size": 6, "line": {"color": OBSERVED, "width": 1.3}},
            )  # fmt: skip
    figure.add_vline(x=2030, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=2030, y=1, yref="paper", text="2030", showarrow=False, xanchor="left", yanchor="top", xshift=3,
        font={"color": INK, "size": 11},
    )  # fmt: skip
    years = [trace_year for trace in figure.data for trace_year in trace.x]
    return year_axis(styled(figure, language, height=340), years)


def wedges(summary: Summary, language: Language) -> go.Figure:
    """Draw the wedges: mean of the headline account without the plan, less the reduction of each task."""
    figure = go.Figure()
    factor, years = scale(language), summary.wedge_years
    track = summary.track(PLAN, summary.place.headline_account)
    at = [track.years.index(year) for year in years]
    base = [track.mean[index] * factor for index in at]
    figure.add_scatter(
        x=years, y=base, mode="lines", stackgroup="plan", fillcolor="rgba(0,0,0,0)",
        line={"color": WITH, "width": 2.4}, name=text("scenario.plan", language),
        hovertemplate="%{y:,.3~r}",
    )  # fmt: skip
    ranked = sorted(summary.wedges, key=lambda wedge: -wedge.values[-1])
    large, small = ranked[:SHOWN_TASKS], ranked[SHOWN_TASKS:]
    layers = [(_task_label(wedge.task, wedge.title), wedge.values) for wedge in large]
    if small:
        rest = [sum(column) for column in zip(*(wedge.values for wedge in small), strict=True)]
        layers.append((text("other_tasks", language, count=len(small)), rest))
    for (title, values), colour in zip(layers, WEDGES, strict=False):
        figure.add_scatter(
            x=years, y=[value * factor for value in values], mode="lines", stackgroup="plan", name=title,
            line={"color": "#ffffff", "width": 0.6}, fillcolor=colour, hovertemplate="%{y:,.3~r}",
        )  # fmt: skip
    without = summary.track(CARRIED_ON, summary.place.headline_account)
    figure.add_scatter(
        x=years, y=[without.mean[without.years.index(year)] * factor for year in years], mode="lines",
        line={"color": WITHOUT, "width": 2.4}, name=text("scenario.policy-carried-on", language),
        hovertemplate="%{y:,.3~r}",
    )  # fmt: skip
    year_axis(styled(figure, language, height=430, legend_below=True), years)
    lowest = min(base) if base else 0.0
    top = max((without.mean[without.years.index(year)] * factor for year in years), default=1.0)
    # the wedges are a part of the total: a cut axis is said in the caption and drawn with its range
    figure.update_yaxes(
        range=[max(0.0, lowest - 0.35 * (top - lowest) - 0.02 * top), top + 0.08 * (top - lowest)]
    )
    figure.update_layout(hovermode="x unified")
    return figure


def measures(summary: Summary, language: Language) -> go.Figure:
    """Draw the measures with the largest reduction of the headline account, with standard errors."""
    return _bars(summary.attribution.measures if summary.attribution else [], language, whiskers="sampling")


def departments(summary: Summary, language: Language) -> go.Figure:
    """Draw the reduction by department in two readings: of the tasks that it leads, and of all that name it."""
    top, factor = summary.duties[:SHOWN_DEPARTMENTS][::-1], scale(language)
    figure = go.Figure()
    for reading, colour in (("joint", GREY), ("lead", WITH)):
        figure.add_bar(
            x=[getattr(row, reading) * factor for row in top], y=[row.department for row in top], orientation="h",
            name=text(f"duties.{reading}", language), marker_color=colour,
            text=[significant(getattr(row, reading) * factor) for row in top], textposition="none",
            hovertemplate="%{y} · %{text}",
        )  # fmt: skip
    horizontal(styled(figure, language, height=110 + 34 * max(len(top), 3)))
    # the first row of the legend is the first bar of each pair, from above
    figure.update_layout(
        showlegend=True, legend={"traceorder": "reversed"}, bargroupgap=0.08, margin={"t": 62}
    )
    return figure


def counties(summary: Summary, language: Language) -> go.Figure:
    """Draw the reduction by county; the part that cannot be allocated is a bar of its own."""
    return _bars(
        summary.attribution.counties if summary.attribution else [], language, shown=15, whiskers="sampling"
    )


def peak_years(summary: Summary, language: Language) -> go.Figure:
    """Draw the share of the samples by peak year, with and without the plan, headline account."""
    figure = go.Figure()
    as_of = summary.place.as_of
    last = max((item.year for peak in summary.peaks for item in peak.distribution), default=as_of)
    past, later = (
        text("until", language, year=as_of),
        text("later", language, year=summary.place.horizon),
    )
    coming = range(as_of + 1, last + 1)
    for scenario in (CARRIED_ON, PLAN):
        peak = summary.peak(scenario)
        share = {item.year: item.share for item in peak.distribution}
        done = sum(value for year, value in share.items() if year <= as_of)
        figure.add_bar(
            x=[past, *(str(year) for year in coming), later],
            y=[done, *(share.get(year, 0.0) for year in coming), peak.not_within_horizon],
            name=text(f"scenario.{scenario}", language), marker_color=COLOURS[scenario],
            hovertemplate="%{x} · %{y:.1%}",
        )  # fmt: skip
    styled(figure, language, height=300, share=True)
    figure.update_xaxes(type="category", automargin=True, tickangle=-90)
    figure.update_yaxes(title_text=None, tickformat=".0%", rangemode="tozero")
    figure.update_layout(bargap=0.25, bargroupgap=0.05)
    return figure


def inventory(summary: Summary, language: Language) -> go.Figure:
    """Draw base-year emissions by branch of the headline account with the 95 % range."""
    account = summary.place.headline_account
    rows = sorted(
        (row for row in summary.branches if row.account == account), key=lambda row: row.value
    )  # fmt: skip
    factor = scale(language)
    figure = go.Figure()
    figure.add_bar(
        x=[row.value * factor for row in rows], y=[name("branch", row.branch, language) for row in rows],
        orientation="h", marker_color="#4a5560", name="",
        error_x={
            "type": "data", "symmetric": False, "color": GREY, "thickness": 1.2, "width": 3,
            "array": [((row.high if row.high is not None else row.value) - row.value) * factor for row in rows],
            "arrayminus": [(row.value - (row.low if row.low is not None else row.value)) * factor for row in rows],
        },
        hovertemplate="%{y} · %{x:,.3~r}",
    )  # fmt: skip
    return horizontal(
        noted(styled(figure, language, height=60 + 25 * max(len(rows), 3)), "inventory", language)
    )


def references(summary: Summary, language: Language) -> go.Figure:
    """Draw outside estimates of the city's emissions next to our own, which are not tuned to them."""
    figure = go.Figure()
    factor = scale(language)
    for number, source in enumerate(dict.fromkeys(item.source for item in summary.references)):
        series = sorted(
            (item for item in summary.references if item.source == source), key=lambda item: item.year
        )
        figure.add_scatter(
            x=[item.year for item in series], y=[item.value * factor for item in series], mode="lines",
            name=series[0].name_zh if language is Language.ZH else series[0].name_en,
            line={"color": GREY, "width": 1.8, "dash": ("solid", "dash", "dot", "dashdot")[number % 4]},
            hovertemplate="%{x} · %{y:,.3~r}",
        )  # fmt: skip
    for observed in summary.observed:
        figure.add_scatter(
            x=observed.years, y=[value * factor for value in observed.values], mode="markers+lines",
            name=text("account.ours", language, account=observed.account),
            line={"color": OBSERVED if observed.account == summary.place.headline_account else WITHOUT, "width": 2},
            hovertemplate="%{x} · %{y:,.3~r}",
        )  # fmt: skip
    year_axis(styled(figure, language, height=320), [year for trace in figure.data for year in trace.x])
    figure.update_yaxes(rangemode="tozero")
    return figure


def delivery(summary: Summary, language: Language) -> go.Figure:
    """Draw the probability of peaking in time against the degree of delivery of every measure."""
    figure = go.Figure()
    levels = summary.delivery_levels
    figure.add_scatter(
        x=[level.delivery for level in levels], y=[level.before_2030.value for level in levels],
        error_y={"type": "data", "array": [1.96 * level.before_2030.standard_error for level in levels], "color": GREY,
                 "thickness": 1.2, "width": 3},
        mode="lines+markers", line={"color": WITH, "width": 2.4}, name="", hovertemplate="%{x:.0%} · %{y:.1%}",
    )  # fmt: skip
    noted(styled(figure, language, height=300, share=True), "sampling", language)
    figure.add_hline(y=SURE, line={"color": GREY, "width": 1, "dash": "dot"})
    if summary.delivery_needed is not None:
        figure.add_vline(x=summary.delivery_needed, line={"color": GREY, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=summary.delivery_needed, y=0, text=f"{summary.delivery_needed:.0%}", showarrow=False, xanchor="left",
            yanchor="bottom", xshift=4, font={"color": INK, "size": 12},
        )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", range=[-0.02, 1.02])
    figure.update_yaxes(tickformat=".0%", range=[0, 1.04])
    figure.update_layout(showlegend=False)
    return figure


def influences(rows: Sequence[Influence], language: Language) -> go.Figure:
    """Draw the inputs with the largest contribution to a variance."""
    rows = sorted(rows, key=lambda row: row.share)[-9:]
    titles = [
        f"{row.grade} · {scoped(row.name_zh if language is Language.ZH else row.name_en, language)}"
        for row in rows
    ]
    labels = wrapped(titles, language)
    most = max((label.count("<br>") + 1 for label in labels), default=1)
    figure = go.Figure()
    figure.add_bar(
        x=[row.share for row in rows], y=labels, orientation="h", name="",
        marker_color=[WITHOUT if row.grade == "E" else "#4a5560" for row in rows],
        hovertemplate="%{y} · %{x:.0%}",
    )  # fmt: skip
    horizontal(styled(figure, language, height=70 + max(36, 14 * most) * max(len(rows), 3), share=True))
    figure.update_xaxes(tickformat=".0%", title_text=None)
    if most > LINES:  # titles that are alike where they are cut
        figure.update_yaxes(tickfont={"size": 10})
    return figure


def _bars(
    rows: Sequence[Contribution], language: Language, shown: int = SHOWN_BARS, whiskers: str = ""
) -> go.Figure:
    top = sorted(rows, key=lambda row: -row.reduction)[:shown][::-1]
    factor = scale(language)
    titles = wrapped(
        [row.name_zh if language is Language.ZH else row.name_en or row.name_zh for row in top], language
    )
    figure = go.Figure()
    figure.add_bar(
        x=[row.reduction * factor for row in top], y=titles, orientation="h", name="", marker_color=WITH,
        error_x={
            "type": "data", "array": [1.96 * row.standard_error * factor for row in top], "color": GREY,
            "thickness": 1.2, "width": 3,
        },
        text=[significant(row.reduction * factor) for row in top], textposition="none",
        hovertemplate="%{y} · %{text}",
    )  # fmt: skip
    return horizontal(noted(styled(figure, language, height=60 + 38 * max(len(top), 3)), whiskers, language))


def wrapped(titles: Sequence[str], language: Language, characters: int = 12, lines: int = LINES) -> list[str]:
    """Wrap titles to lines short enough for a phone: so many Chinese characters, or twice as many letters."""
    width = characters if language is Language.ZH else 2 * characters
    parts = [
        _characters(title, width) if language is Language.ZH else _words(title, width) for title in titles
    ]
    cut = ["<br>".join(part[:lines]) + ("…" if len(part) > lines else "") for part in parts]
    # bars of one label would be drawn as one: titles that are the same where they are cut are kept whole
    return [
        "<br>".join(part) if cut.count(label) > 1 else label for part, label in zip(parts, cut, strict=True)
    ]


def _characters(title: str, width: int) -> list[str]:
    """Lines of `width` Chinese characters; letters and digits count half and are not torn apart.

    A bracket opens the next line, and the last line has two characters at least.
    """
    lines, room = [""], 2.0 * width
    for piece in re.findall(r"[0-9A-Za-z.,%&_-]+|.", title):
        size = sum(1 if ord(character) < 0x2E80 else 2 for character in piece)
        if size > room and lines[-1]:
            lines.append("")
            room = 2.0 * width
        lines[-1] += piece
        room -= size
    for at in range(1, len(lines)):
        if lines[at - 1][-1] in "（(" or (at == len(lines) - 1 and len(lines[at]) == 1):
            lines[at - 1], lines[at] = lines[at - 1][:-1], lines[at - 1][-1] + lines[at]
    return [line.strip() for line in lines if line.strip()]


def _words(title: str, width: int) -> list[str]:
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _task_label(task: str, title: str) -> str:
    return f"{task} {title}"


def _clear(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.14)"


def styled(
    figure: go.Figure, language: Language, height: int, legend_below: bool = False, share: bool = False
) -> go.Figure:
    unit = "" if share else text("axis.emissions", language, unit=emission_unit(language))
    figure.update_layout(
        template="none", height=height, autosize=True, separators=".,",
        font={"family": FONT, "size": 12.5, "color": "#2a2e33"},
        margin={"l": 58, "r": 14, "t": 34, "b": 40}, paper_bgcolor="#fff", plot_bgcolor="#fff",
        legend={"orientation": "h", "x": 0, "y": -0.12 if legend_below else 1.02,
                "yanchor": "top" if legend_below else "bottom", "font": {"size": 12}, "traceorder": "normal"},
        hoverlabel={"font": {"family": FONT, "size": 12}}, dragmode=False,
        title={"text": unit, "x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 4},
               "font": {"size": 11.5, "color": INK}},
    )  # fmt: skip
    figure.update_xaxes(
        showgrid=False, linecolor="#c6cacf", ticks="outside", tickcolor="#c6cacf", fixedrange=True
    )
    figure.update_yaxes(gridcolor="#eceef0", zeroline=False, separatethousands=True, fixedrange=True)
    return figure


def noted(figure: go.Figure, whiskers: str, language: Language) -> go.Figure:
    """Add to the unit what the whiskers of a figure contain, so that an exported picture says it too."""
    if whiskers:
        unit = figure.layout.title.text
        told = text(f"whiskers.{whiskers}", language)
        figure.update_layout(title={"text": f"{unit} · {told}" if unit else told})
    return figure


def year_axis(figure: go.Figure, years: Iterable[int]) -> go.Figure:
    """Label every fifth year, the first and the last one; a label too near to an end gives way to it."""
    shown = sorted(set(years))
    if not shown:
        return figure
    first, last = shown[0], shown[-1]
    near = max(2, round((last - first) / 12))
    between = [
        year for year in range(first, last) if year % 5 == 0 and near <= year - first and near <= last - year
    ]
    marks = sorted({first, *between, last})
    figure.update_xaxes(tickmode="array", tickvals=marks, ticktext=[str(year) for year in marks])
    # half of the last label is beyond the axis: without room for it the label is left out
    figure.update_layout(margin={"r": 26})
    return figure


def horizontal(figure: go.Figure) -> go.Figure:
    figure.update_layout(showlegend=False, margin={"l": 10, "r": 18, "t": 26, "b": 34}, bargap=0.35)
    figure.update_xaxes(showgrid=True, gridcolor="#eceef0", separatethousands=True, rangemode="tozero")
    figure.update_yaxes(automargin=True, gridcolor="#fff", ticks="", ticklabelstandoff=6)
    return figure
