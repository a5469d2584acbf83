"""One page of a solution that opens without a network: weeks, duration curves, capacities, costs, hourly prices."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd

from dafeng.dispatch.figures import SYNTHETIC, capacity_table, cost_table, dispatch_week, duration_curves
from dafeng.dispatch.solution import Solution
from dafeng.evidence import write_atomically


def write_page(
    solution: Solution, path: Path, weeks: Sequence[int] = (1,), notes: Sequence[str] = ()
) -> None:
    """Write the page to `path`. `weeks` count from 1; `notes` are sentences shown under the title.

    Beside it stands `<stem>-hourly.csv`: output by component, MW, and the price of each bus, for every snapshot.

    Raises: DafengError for a week outside the horizon and a folder that cannot be written to.
    """
    pictures = [*(dispatch_week(solution, week - 1) for week in weeks), duration_curves(solution)]
    shown = [
        figure.to_html(full_html=False, include_plotlyjs="inline" if i == 0 else False)
        for i, figure in enumerate(pictures)
    ]
    title = (SYNTHETIC if solution.system.synthetic else "") + solution.system.name
    said = "".join(f"<p>{escape(note)}</p>" for note in (*solution.system.notes, *notes))
    limits = pd.DataFrame(
        [(name, value) for name, value in solution.shadow_prices.items()],
        columns=["约束 limit", f"影子价格 shadow price ({solution.system.currency})"],
    )
    tables = "".join(
        f"<h2>{heading}</h2>{table.to_html(index=False, float_format='{:,.2f}'.format, na_rep='')}"
        for heading, table in (
            ("容量 capacities (MW, MWh)", capacity_table(solution)),
            (f"成本 costs ({solution.system.currency})", cost_table(solution)),
            ("约束的影子价格 shadow prices of limits", limits),
        )
        if len(table)
    )
    style = "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}td,th{padding:.2em .8em}"
    text = (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body><h1>{escape(title)}</h1>{said}{''.join(shown)}{tables}</body></html>"
    )
    with write_atomically(path) as draft:
        draft.write_text(text, encoding="utf-8")
    with write_atomically(path.with_name(f"{path.stem}-hourly.csv")) as draft:
        hourly(solution).to_csv(draft, index=False)


def hourly(solution: Solution) -> pd.DataFrame:
    """Output of every component, MW, and the price of every bus, one row per snapshot."""
    columns = {"snapshot": pd.Series(solution.system.snapshots)}
    for flow, frame in solution.flows.items():
        if flow in {
            "generators-p",
            "links-p",
            "storage_units-p_dispatch",
            "storage_units-p_store",
            "stores-p",
        }:
            columns |= {f"{flow}:{name}": frame[name].reset_index(drop=True) for name in frame.columns}
    if solution.prices is not None:
        for bus in solution.prices.columns:
            columns[f"price:{bus}"] = solution.prices[bus].reset_index(drop=True)
    return pd.DataFrame(columns)
