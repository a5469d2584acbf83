"""What `dafeng metering` shows in a terminal of 80 columns: Chinese names, units of Chinese statistics, NE for what is missing."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dafeng.cli.terminal import compact, shown

if TYPE_CHECKING:
    from rich.table import Table

Row = Mapping[str, Any]
SHOWN_ROWS = 50

_LABELS = {
    "store": "数据库", "created": "新建", "case": "案例", "registry": "登记表版本", "points": "计量点", "template": "模板",
    "files": "文件数", "new": "新增", "same": "相同", "replaced": "更正", "older": "旧版", "refused": "拒绝", "batch": "批次",
    "status": "结果", "key": "批次号", "sender": "发送方", "received": "收到(UTC)", "quarantined": "待核实", "derived": "由表底推算",
    "synthetic": "仿真", "readings": "读数", "estimated": "估计", "revisions": "历史版本", "batches": "批次数",
    "refused_batches": "拒绝的批次", "first_day": "首日", "last_day": "末日", "closed_months": "已封存月份", "origin": "来源",
    "bytes": "字节", "rows": "行数", "days": "天数", "missing": "缺数", "repeated": "重复", "late": "迟到", "truth_mwh": "真值 MWh",
    "out": "文件", "point": "计量点", "start": "时段起点", "value": "数值", "person": "经办人", "reason": "理由", "warning": "预警",
    "action": "办理", "month": "月份", "version": "版本", "file": "文件", "sha256": "SHA-256", "url": "网址", "id": "编号",
    "label": "名称", "units": "单位", "scopes": "权限", "expires": "到期", "token": "密钥(只显示一次)", "buildings": "建筑",
    "base_year": "基准年", "inventory_t": "清单 t", "county": "县区", "from": "起", "to": "止(不含)", "on": "判定日", "by": "分组", "period": "粒度", "year": "年份",
}  # fmt: skip
_WORDS = {
    "accepted": "已入库", "partial": "部分入库", "none": "无", "measured": "实测", "synthetic": "仿真", "mixed": "含仿真",
    "green": "绿", "yellow": "黄", "orange": "橙", "red": "红", "grey": "灰", "counted": "", "issue": "已发出",
    "acknowledge": "已确认", "release": "已解除", "within_guide": "优于引导值", "within_constraint": "符合约束值",
    "above_constraint": "超约束值", "at_benchmark": "达标杆", "at_baseline": "达基准", "below_baseline": "未达基准",
    "above_limit": "超限定值", "energy": "能源", "industry": "工业", "transport": "交通", "buildings": "建筑",
    "agriculture": "农业", "city": "全市", "gap": "缺数", "range": "越限", "negative": "负值", "jump": "突变", "frozen": "停走",
    "balance": "分合不符", "statement": "日月不符", "register": "表底", "closed": "封存月能量不符", "refused": "未入库",
}  # fmt: skip
_HIDDEN = frozenset({"digest", "first", "key", "sender", "refused_rows"})


def show_answer(answer: Row, title: str) -> None:
    """Print an answer: its words, its values, then each of its lists as a table for people."""
    lines = [line for line in (_said(answer),) if line]
    pairs = {name: value for name, value in answer.items() if not isinstance(value, list | dict)}
    if "sha256" not in pairs and "token" not in pairs:
        pairs = {name: value for name, value in pairs.items() if name not in _HIDDEN}
    table = compact("项目", "值")
    for name, value in pairs.items():
        table.add_row(f"{_LABELS.get(name, _word(name))} {name}", _value(name, value))
    shown(None, title)
    shown(table, *lines)
    for name, rows in answer.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            maker = _TABLES.get(name) or _any
            rest = len(rows) - SHOWN_ROWS
            more = f"只列前 {SHOWN_ROWS} 条,另有 {rest} 条;全部见 --json" if rest > 0 else ""
            missing = (
                "NE:有读数缺当时的系数(登记表 factors),不作零计" if name == "rows" and _lacks(rows) else ""
            )
            shown(maker(rows[:SHOWN_ROWS], answer), more, missing)


def _lacks(rows: Sequence[Row]) -> bool:
    return any(
        row["readings"] and row[name] is None for row in rows for name in ("tce", "tce_equivalent", "tco2")
    )


def _said(answer: Row) -> str:
    if answer.get("first") is False:
        return "此批已收过,以下为首次回执;没有重复计数。"
    if answer.get("status") == "refused":
        return "整批未入库;改正后重报,或用 --partial 先收无误的行。--errors 文件.xlsx 可得待更正的行。"
    if answer.get("status") == "partial":
        return "有错误的行未入库;用 --errors 文件.xlsx 取出,更正后再报该文件即可。"
    if answer.get("origin") in {"synthetic", "mixed"}:
        return "含仿真读数:只用于试验,不进入全市结果。"
    return ""


def _word(text: object) -> str:
    return _WORDS.get(str(text), str(text))


def _value(name: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, int) and name not in {"batch", "year", "base_year", "id", "registry", "version"}:
        return f"{value:,}"
    return _word(value) if name in {"status", "origin", "action"} else str(value)


def _figure(value: float | None, decimals: int = 2) -> str:
    return "NE" if value is None else f"{value:,.{decimals}f}"


def _rounded(value: float | None) -> str:
    """Two decimals below a thousand, none above."""
    return _figure(value, 2 if value is None or abs(value) < 1000 else 0)


def _share(value: float | None) -> str:
    """Rounded down: 99.99 % is not all."""
    return "–" if value is None else f"{int(value * 1000) / 10:.1f}%"


def _costs(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("单位", "月份", "能源", "时段", "用量", "单位 ", "费用 元", "完整率", figures=(4, 6, 7))
    for row in rows:
        table.add_row(
            row["unit"], row["month"], _group(row["medium"], "medium"), _BANDS[row["band"]], _rounded(row["quantity"]),
            row["quantity_unit"], _rounded(row["cost_yuan"]), _share(row["coverage"]),
        )  # fmt: skip
    return table


_BANDS = {
    "peak_top": "尖峰", "peak": "高峰", "flat": "平段", "valley": "低谷", "deep_valley": "深谷", None: "无电价",
}  # fmt: skip


def _sums(rows: Sequence[Row], answer: Row) -> "Table":
    table = compact("对象", "起", "用量", "tce当量", "tce等价", "tCO2", "完整率", "来源", figures=range(2, 7))
    table.padding = (0, 0, 0, 1)
    for row in rows:
        grey = "灰" if row["state"] == "grey" else ""
        table.add_row(
            _group(str(row["group"]), str(answer.get("by"))), row["bucket"], _amount(row), _figure(row["tce"]),
            _figure(row["tce_equivalent"]), _figure(row["tco2"]), f"{grey}{_share(row['coverage'])}", _word(row["origin"]),
        )  # fmt: skip
    return table


def _group(group: str, by: str) -> str:
    from dafeng.metering import media

    return str(media()[group]["name_zh"]) if by == "medium" and group in media() else _word(group)


def _amount(row: Row) -> str:
    """The quantity in the unit of people: 万kWh for electricity, the medium's own else."""
    from dafeng.metering import media

    if row["quantity"] is None:
        return "–"
    unit = media()[row["medium"]]["unit"]
    large = unit in {"kWh", "m3"} and abs(row["quantity"]) >= 1e4
    return f"{row['quantity'] / 1e4:,.2f}万{unit}" if large else f"{row['quantity']:,.1f}{unit}"


def _scores(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("单位", "完整", "有效", "及时", "检定", "得分", "估计", "来源", figures=range(1, 7))
    for row in rows:
        parts = (
            row[name]
            for name in ("completeness", "validity", "timeliness", "accuracy", "score", "estimated_share")
        )
        table.add_row(row["unit"], *map(_share, parts), _word(row["origin"]))
    return table


def _flags(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("计量点", "问题", "起", "止", "数值", "参照", figures=(4, 5))
    for row in rows:
        until = str(row["until"])[5:16]
        value, expected = (
            "–" if row[name] is None else f"{row[name]:,.4g}" for name in ("value", "expected")
        )
        table.add_row(row["point"], _word(row["kind"]), str(row["start"])[:16], until, value, expected)
    return table


def _verdicts(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("对象", "等级", "已用", "进度预算", "全年预测", "全年预算", "说明", figures=(2, 3, 4, 5))
    for row in rows:
        inputs = row["inputs"]
        used, progress, coming = (inputs.get(name) for name in ("used", "progress_budget", "forecast"))
        table.add_row(
            row["subject"], _word(row["level"]), *map(_rounded, (used, progress, coming, inputs.get("allowed"))), _why(row)
        )  # fmt: skip
    return table


def _why(row: Row) -> str:
    from dafeng.metering import chinese

    reason = chinese(row.get("reason") or "")
    unconfirmed = "" if row.get("confirmed") or reason else "规则未与原文核对"
    return reason or row.get("consequence_zh") or unconfirmed


def _open(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("编号", "对象", "等级", "状态", "规则", "发出(UTC)", figures=(0,))
    for row in rows:
        table.add_row(
            str(row["id"]),
            row["subject"],
            _word(row["level"]),
            _word(row["state"]),
            row["rule"],
            str(row["made"])[:16],
        )
    return table


def _buildings(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        "排名", "建筑", "类型", "kWh/m²", "约束", "引导", "结论", "完整率", "说明", figures=(0, 3, 4, 5, 7)
    )
    table.padding = (0, 0, 0, 1)
    for row in rows:
        table.add_row(
            str(row["rank"] or "–"), row["name_zh"], row["building_type"] or "–", _figure(row["kwh_per_m2"], 1),
            *("–" if row[name] is None else f"{row[name]:g}" for name in ("constraint", "guide")),
            _word(row["level"]), _share(row["coverage"]), _why(row),
        )  # fmt: skip
    return table


def _products(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("产品", "单位", "单耗", "计量单位", "水平", "完整率", "说明", figures=(2, 5))
    for row in rows:
        table.add_row(
            row["name_zh"], row["unit"], _figure(row["consumption"]), row["consumption_unit"], _word(row["level"]),
            _share(row["coverage"]), _why(row),
        )  # fmt: skip
    return table


def _months(rows: Sequence[Row], _: Row) -> "Table":
    from dafeng.metering import chinese

    table = compact("月份", "tCO2", "说明", figures=(1,))
    for row in rows:
        table.add_row(row["month"] or "–", _figure(row["value"], 0), chinese(row["reason"]))
    return table


def _problems(rows: Sequence[Row], _: Row) -> "Table":
    from dafeng.metering import chinese

    table = compact("位置", "读到", "应为", "办法", figures=(0,))
    for row in rows:
        table.add_row(chinese(row["where"]), row["found"], chinese(row["expected"]), chinese(row["mend"]))
    return table


def _trail(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("办理", "经办人", "说明", "时间(UTC)")
    for row in rows:
        table.add_row(_word(row["action"]), row["person"], row["note"], str(row["happened"])[:16])
    return table


def _keys(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("编号", "名称", "单位", "权限", "次/分", "到期", "吊销", figures=(0, 4))
    for row in rows:
        table.add_row(
            str(row["id"]), row["label"], row["units"], row["scopes"], str(row["per_minute"]), str(row["expires"] or "不过期")[:10],
            str(row["revoked"] or "–")[:10],
        )  # fmt: skip
    return table


def _entries(rows: Sequence[Row], _: Row) -> "Table":
    table = compact("时间(UTC)", "密钥", "来源地址", "请求", "状态", "说明", figures=(4,))
    for row in rows:
        table.add_row(
            str(row["at"])[:16], row["key__label"] or "–", row["address"], f"{row['method']} {row['path']}", str(row["status"]),
            row["detail"] or "",
        )  # fmt: skip
    return table


def _any(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(*(_LABELS.get(name, name) for name in rows[0]))
    for row in rows:
        table.add_row(*(_value(name, value) for name, value in row.items()))
    return table


_TABLES: Mapping[str, Callable[[Sequence[Row], Row], "Table"]] = {
    "rows": _sums, "scores": _scores, "flags": _flags, "verdicts": _verdicts, "open": _open, "buildings": _buildings,
    "products": _products, "months": _months, "costs": _costs, "problems": _problems, "trail": _trail, "keys": _keys, "entries": _entries,
}  # fmt: skip
