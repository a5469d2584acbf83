"""Commands of `dafeng pathway` on how wrong a forecast can be: hindcast."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli.pathway_options import JsonOption, refusing
from dafeng.cli.terminal import compact, print_json, shown

if TYPE_CHECKING:
    from rich.table import Table

    from dafeng.pathway import Hindcast

NAMES = {
    "co2_nbs": "国家统计局能源×结构 NBS energy × mix",
    "co2_ceads": "CEADs",
    "co2_edgar": "EDGAR",
    "energy_total": "能源消费总量 energy",
    "energy_total_without_gdp": "能源消费总量,不知GDP energy, GDP unknown",
    "electricity": "用电量 electricity",
    "all": "合计 all",
}


@refusing
def hindcast(
    permanent: Annotated[
        float,
        typer.Option(help="增速误差中长期不变部分的先验标准差,%/年 · prior sd of the permanent part, %/a"),
    ] = 1.5,
    seed: Annotated[int, typer.Option(help="自助法种子 · seed of the bootstraps")] = 0,
    as_json: JsonOption = False,
) -> None:
    """30个省的回溯检验:模型规则的误差、区间覆盖率 · how wrong the rule was in 30 provinces."""
    from dafeng.evidence import DafengError
    from dafeng.pathway import hindcast as test_on_the_past

    if not 0 <= permanent <= 10:
        raise DafengError.at("--permanent", f"{permanent:g}", "0 to 10 (% a year)", "leave it out: 1.5")
    found = test_on_the_past(permanent_sd=permanent / 100, seed=seed)
    if as_json:
        print_json(asdict(found))
        return
    process = found.estimate.process
    shown(
        _errors(found),
        "误差为自然对数之差,实际GDP;折半=过去五年强度降幅延续一半(用电不延续) · errors in ln, GDP realised",
        "",
    )
    shown(
        _coverage(found),
        f"90%区间留一省覆盖率:合计 {found.coverage_pooled:.1%}(按省重抽 {_range(found.interval_naive)},"
        f"按年份块重抽 {_range(found.interval_blocks)})",
        f"留最后起点:合计 {found.last_origin_pooled:.1%},单一年份的95%区间 {_range(found.last_origin_interval)}",
        "",
    )
    shown(
        _skills(found),
        f"误差过程:增速 {process.growth_sd:.1%}/年(一阶自相关 {process.autocorrelation:g}),不变部分 {process.permanent_sd:.1%}/年,"
        f"单年 {process.yearly_sd:.2%};90%半宽 "
        + ",".join(f"{h}年 {w:.1%}" for h, w in found.half_width.items()),
    )


def _errors(found: "Hindcast") -> "Table":
    table = compact(
        "量", "超前", "个数", "均值", "均方根:折半", "全趋势", "无趋势", "自身增速", figures=range(1, 8)
    )
    for b in found.biases:
        rms = (b.rms, b.rms_full_trend, b.rms_no_trend, b.rms_growth)
        cells = ("–" if value != value else f"{value:.3f}" for value in rms)
        table.add_row(NAMES.get(b.quantity, b.quantity), str(b.lead), str(b.cells), f"{b.mean:+.3f}", *cells)
    return table


def _coverage(found: "Hindcast") -> "Table":
    leads = sorted({cell.lead for cell in found.coverage})
    table = compact("90%区间覆盖率", *(f"{h}年" for h in leads), figures=range(1, len(leads) + 1))
    for title, cells in (("留一省", found.coverage), ("留最后起点", found.last_origin)):
        for quantity in dict.fromkeys(cell.quantity for cell in cells):
            at = {cell.lead: f"{cell.coverage:.0%}" for cell in cells if cell.quantity == quantity}
            table.add_row(f"{title}:{NAMES[quantity]}", *(at.get(h, "") for h in leads))
    return table


def _skills(found: "Hindcast") -> "Table":
    table = compact("超前", "区间得分", "自身增速延续", "CRPS", "自身增速延续 ", figures=range(5))
    for s in found.skills:
        figures = (s.interval_score, s.interval_score_growth, s.crps, s.crps_growth)
        table.add_row(str(s.lead), *(f"{value:.3f}" for value in figures))
    return table


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.0%}–{ends[1]:.0%}"
