"""Interactive figures of an inventory: flows of energy, and emissions as nested rings."""

from typing import Any

import pandas as pd

from dafeng.evidence import Language
from dafeng.inventory.model import COMBUSTION, Inventory
from dafeng.inventory.names import fuel_names

_GROUPS = {
    "Raw_Coal": "coal",
    "Cleaned_Coal": "coal",
    "Other_Washed_Coal": "coal",
    "Briquettes": "coal",
    "Coke": "coal",
    "Other_Coking_Products": "coal",
    "Coke_Oven_Gas": "byproduct",
    "Other_Gas": "byproduct",
    "Natural_Gas": "gas",
    "LNG": "gas",
    "Other_Energy": "other",
}
_TEXT = {
    "coal": ("煤炭及焦炭", "coal and coke"),
    "byproduct": ("副产煤气", "by-product gas"),
    "gas": ("天然气", "natural gas"),
    "oil": ("油品", "oil products"),
    "other": ("其他能源", "other energy"),
    "electricity": ("电力", "electricity"),
    "heat": ("热力", "heat"),
    "import": ("外购电", "imported electricity"),
    "clean": ("水电风电", "hydro and wind"),
    "energy": ("能源转换", "energy industries"),
    "industry": ("工业", "industry"),
    "transport": ("交通运输", "transport"),
    "buildings": ("建筑与生活", "buildings"),
    "agriculture": ("农业", "agriculture"),
    "losses": ("损失与转换损耗", "losses"),
    "power": ("发电", "power plants"),
    "export": ("外送电", "exported electricity"),
    "process": ("工艺过程", "processes"),
}


def _name(key: str, language: Language) -> str:
    zh, en = _TEXT.get(key, (key, key))
    return zh if language is Language.ZH else en


def energy_flows(inventory: Inventory, year: int) -> pd.DataFrame:
    """Flows [source, target, tj]: fuels → power plants or sectors, power and imports → electricity → sectors.

    What enters electricity leaves it: use by sector, losses, export. Plants' losses are fuel less output.
    """
    cells = inventory.cells[(inventory.cells["category"] == COMBUSTION) & (inventory.cells["year"] == year)]
    group = cells["fuel"].map(lambda f: _GROUPS.get(str(f), "oil"))
    target = cells["sector"].where(cells["row"] != "Thermal Power", "power")
    fuels = cells.groupby([group.rename("source"), target.rename("target")])["energy_tj"].sum().reset_index()
    lines = [(str(s), str(t), float(v)) for s, t, v in fuels.itertuples(index=False, name=None) if v > 0]
    base = inventory.base(year)
    mwh = 0.0036
    generated = base.generation_mwh.get("thermal", 0.0) * mwh
    fuel_in = sum(v for _, t, v in lines if t == "power")
    clean = sum(v for k, v in base.generation_mwh.items() if k != "thermal") * mwh
    lines += [("power", "electricity", generated), ("power", "losses", max(fuel_in - generated, 0.0))]
    lines += [("clean", "electricity", clean)]
    trade = base.net_import_mwh * mwh
    lines.append(("import", "electricity", trade) if trade >= 0 else ("electricity", "export", -trade))
    by_sector: dict[str, float] = {}
    for sector, value in zip(base.sectors, base.electricity_mwh, strict=True):
        by_sector[sector] = by_sector.get(sector, 0.0) + float(value) * mwh
    lines += [("electricity", sector or "other", value) for sector, value in by_sector.items()]
    lines.append(("electricity", "losses", base.losses_mwh * mwh))
    frame = pd.DataFrame(lines, columns=["source", "target", "tj"])
    return frame[frame["tj"] > 0].reset_index(drop=True)


def sankey(inventory: Inventory, year: int, language: Language = Language.ZH) -> Any:
    """The energy flows of `year` as a plotly Sankey figure, in PJ."""
    import plotly.graph_objects as go

    flows = energy_flows(inventory, year)
    nodes = list(dict.fromkeys([*flows["source"], *flows["target"]]))
    unit = "PJ"
    return go.Figure(
        go.Sankey(
            node={"label": [_name(n, language) for n in nodes], "pad": 18, "thickness": 14},
            link={
                "source": [nodes.index(s) for s in flows["source"]],
                "target": [nodes.index(t) for t in flows["target"]],
                "value": (flows["tj"] / 1000).round(3).tolist(),
            },
            valuesuffix=f" {unit}",
            valueformat=",.1f",
        )
    ).update_layout(
        title=f"{year} 年能流图" if language is Language.ZH else f"Energy flows {year}", font={"size": 13}
    )


def emission_rings(inventory: Inventory, year: int, account: str = "B") -> pd.DataFrame:
    """Emissions [sector, branch, fuel, value_t] that a sunburst can show: positive cells only."""
    part = inventory.part(account, year)
    part = part[(part["key"] == "") & (part["value"] > 0)]
    inner = part["fuel"].where(part["fuel"] != "", part["category"])
    keys = [part["sector"].rename("sector"), part["branch"].rename("branch"), inner.rename("fuel")]
    return part.groupby(keys)["value"].sum().rename("value_t").reset_index()


def sunburst(inventory: Inventory, year: int, account: str = "B", language: Language = Language.ZH) -> Any:
    """Emissions of `account` in `year` by sector, branch and fuel as a plotly sunburst, in 万吨 or kt."""
    import plotly.graph_objects as go

    rings = emission_rings(inventory, year, account)
    scale, unit = (1e4, "万吨") if language is Language.ZH else (1e3, "kt")
    zh = {name.fuel: name.zh for name in fuel_names().values()}
    ids: list[str] = []
    labels: list[str] = []
    parents: list[str] = []
    values: list[float] = []
    for level in (["sector"], ["sector", "branch"], ["sector", "branch", "fuel"]):
        for key, value in rings.groupby(level)["value_t"].sum().items():
            path = key if isinstance(key, tuple) else (key,)
            ids.append("/".join(map(str, path)))
            parents.append("/".join(map(str, path[:-1])))
            last = str(path[-1])
            labels.append(
                zh.get(last, _name(last, language)) if language is Language.ZH else last.replace("_", " ")
            )
            values.append(float(value) / scale)
    figure = go.Figure(
        go.Sunburst(
            ids=ids,
            labels=labels,
            parents=parents,
            values=values,
            branchvalues="total",
            hovertemplate=f"%{{label}}: %{{value:,.1f}} {unit}<extra></extra>",
        )
    )
    title = (
        f"{year} 年排放构成(账户 {account})"
        if language is Language.ZH
        else f"Emissions {year}, account {account}"
    )
    return figure.update_layout(title=title, font={"size": 13})
