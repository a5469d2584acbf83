"""Schemas of the tables of a case folder, each defined once.

For CSV, Excel template, form, API and documentation.
"""

from dataclasses import replace
from functools import lru_cache

from dafeng.evidence import Grade, packaged_rows
from dafeng.tables import Column, Kind, Table

SECTORS = ("energy", "industry", "transport", "buildings", "agriculture")
BRANCHES = (
    "power", "heat", "refining", "coking", "mining", "steel", "building_materials", "petrochemicals",
    "chemicals", "non_ferrous", "textiles", "food", "electronics", "other_industry", "construction",
    "transport", "buildings_urban", "buildings_rural", "buildings_public", "agriculture",
)  # fmt: skip
DELIVERED_TO_DATE = "delivered_to_date."
"""Prefix of observations that report what a measure has delivered, 0 to 1."""
SHARED_GENERATION = ("hydro", "wind", "solar")
"""Kinds of generation of which proxies.csv may state the share in the parent's (`generation:kind`)."""
ROW_KINDS = ("final", "transformation", "loss", "total", "non_energy")
PLANT_FUELS = (
    "coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "biomass", "waste", "waste_heat", "geothermal", "storage", "other",
)  # fmt: skip
PLANT_STATUS = ("operating", "construction", "approved", "announced", "retired", "cancelled")
PROJECTS = ("construction", "approved", "announced")
"""Statuses of plants that are not built yet, from the surest on."""
DISTRIBUTIONS = ("fixed", "normal", "uniform", "triangular", "lognormal", "beta")
ANSWER_ROLES = ("observation", "model", "coverage", "base", "issued", "delivery")
OPERATIONS = ("add", "multiply", "set")
FIRST_YEAR, LAST_YEAR = 1949, 2100
FIRST_PLANT_YEAR = 1880
"""Year before which no unit of China started: hydropower stations of before 1949 are in service."""
HOURS = 8760


@lru_cache(maxsize=1)
def fuels() -> dict[str, str]:
    """Return fuel id (CEADs spelling) → the unit whose kind its quantities must have."""
    return {row["id"]: row["unit"] for row in packaged_rows("dafeng.case", "fuels.csv")}


def _id(zh: str = "标识符", en: str = "id") -> Column:
    return Column(
        "id", Kind.ID, zh, en, "在本表中唯一或按年份重复", "names the thing; other tables refer to it"
    )


def _text(name: str, zh: str, en: str, *, required: bool = False, optional: bool = False) -> Column:
    return Column(name, Kind.TEXT, zh, en, required=required, optional=optional)


def _year(
    name: str = "year", zh: str = "年份", en: str = "year", *, required: bool = True, low: int = FIRST_YEAR
) -> Column:
    return Column(name, Kind.YEAR, zh, en, required=required, low=low, high=LAST_YEAR)


def _number(
    name: str, zh: str, en: str, *, required: bool = True, keys: bool = False,
    low: float | None = None, high: float | None = None, help_zh: str = "", help_en: str = "",
) -> Column:  # fmt: skip
    return Column(
        name, Kind.NUMBER, zh, en, help_zh, help_en, required=required, keys=keys, low=low, high=high
    )


def _figure(*, required: bool = True) -> Column:
    """A value that may be an expression of other series."""
    return replace(
        _value(required=required), expressions=True,
        help_zh="数值,NO/NE/IE/C,或以 = 开头的表达式,如 =gdp.real * 0.8 [t](Excel 中前加单引号)",
        help_en="a number, a notation key, or an expression such as =gdp.real * 0.8 [t] (in Excel after an apostrophe)",
    )  # fmt: skip


def _value(*, required: bool = True) -> Column:
    return _number(
        "value", "数值", "value", keys=True, required=required,
        help_zh="数值,或 NO/NE/IE/C", help_en="a number, or a notation key NO, NE, IE, C",
    )  # fmt: skip


def _range() -> tuple[Column, Column]:
    return (
        _number("low", "下限", "low", required=False, help_zh="区间下限", help_en="lower end of the range"),
        _number("high", "上限", "high", required=False, help_zh="区间上限", help_en="upper end of the range"),
    )


def _choice(name: str, zh: str, en: str, choices: tuple[str, ...], *, required: bool = True) -> Column:
    return Column(name, Kind.CHOICE, zh, en, required=required, choices=choices)


def _plant_columns() -> tuple[Column, ...]:
    """Columns of schema 2: what a plant makes, how much it can, and what it needs for it."""

    def per(name: str, zh: str, en: str) -> tuple[Column, ...]:
        parts = (("", "", ""), ("_low", "下限", ", low"), ("_high", "上限", ", high"))
        return (
            *(_number(name + tail, zh + end, en + last, required=False, low=0) for tail, end, last in parts),
            Column(f"{name}_unit", Kind.UNIT, f"{zh}单位", f"unit of the {en}", required=False),
            _year(f"{name}_year", f"{zh}年份", f"year of the {en}", required=False),
            Column(
                f"{name}_source", Kind.ID, f"{zh}来源", f"source of the {en}", "留空同来源", "empty: as source",
                required=False, refers="sources",
            ),
        )  # fmt: skip

    columns = (
        Column("branch", Kind.CHOICE, "分支", "branch", "留空为 power", "empty: power", required=False, choices=BRANCHES),
        _text("process", "工艺", "process"),
        _number("capacity", "生产能力", "capacity", required=False, low=0),
        Column("capacity_unit", Kind.UNIT, "生产能力单位", "unit of the capacity", "如 万t/a", "as 万t/a", required=False),
        *per("output", "产量", "output"),
        *per("intensity", "单位产品能耗或排放", "energy or CO2 per product"),
        _number(
            "odds", "建成概率", "odds", required=False, low=0, high=1,
            help_zh="未建成项目按期建成的概率", help_en="of a project that is not built: that it starts in start_year",
        ),
    )  # fmt: skip
    return tuple(replace(column, optional=True) for column in columns)


_UNIT = Column("unit", Kind.UNIT, "单位", "unit", "如 万吨标准煤、亿千瓦时、1", "as 万吨标准煤, 10^8 kWh, 1")
_REGION = Column("region", Kind.REGION, "地区代码", "region")
_EVIDENCE = (
    Column("source", Kind.ID, "来源", "source", "sources.csv 中的 id", "an id of sources.csv", refers="sources"),
    Column(
        "grade", Kind.CHOICE, "质量等级", "grade", "A 官方 … E 假定", "A official … E assumption",
        choices=tuple(Grade),
    ),
    Column("note", Kind.TEXT, "备注", "note", required=False),
)  # fmt: skip

_TABLES = (
    Table(
        "sources", "资料来源", "sources", "每个数值的出处与展示条件", "where numbers come from, and how they may be shown",
        (
            _id(), _text("citation", "引用", "citation", required=True), _text("url", "网址", "address"),
            _text("licence", "许可", "licence"), _text("terms", "展示条件", "terms"), _text("note", "备注", "note"),
        ),
        ("id",),
    ),
    Table(
        "organisations", "部门与单位", "organisations", "方案中的责任单位及其别称", "bodies named in the plan, with aliases",
        (
            _id(), _text("name_zh", "中文名", "Chinese name", required=True), _text("name_en", "英文名", "English name"),
            Column("aliases", Kind.IDS, "别称", "aliases", "以分号分隔", "separated by ;", required=False),
            _text("level", "层级", "level"),
            _text("valid_from", "起始日期", "valid from"), _text("valid_to", "终止日期", "valid to"), *_EVIDENCE,
        ),
        ("id",),
    ),
    Table(
        "sectors", "行业对照", "sectors", "能源清单行与方案部门的对照", "rows of the energy inventory and the plan's sectors",
        (
            _text("row", "能源清单行", "row of the energy inventory", required=True),
            _text("row_zh", "平衡表行名", "row of the NBS balance"),
            _choice("branch", "分支", "branch", BRANCHES, required=False),
            _choice("sector", "部门", "sector", SECTORS, required=False),
            _choice("kind", "类别", "kind", ROW_KINDS), _text("gbt4754", "国民经济行业代码", "GB/T 4754 code"), *_EVIDENCE,
        ),
        ("row",),
    ),
    Table(
        "observations", "统计数据", "observations", "长表:指标、地区、年份", "tidy statistics: indicator, region, year",
        (Column("indicator", Kind.ID, "指标", "indicator"), _REGION, _year(), _value(), _UNIT, *_EVIDENCE),
        ("indicator", "region", "year", "source"),
    ),
    Table(
        "energy", "能源清单", "energy inventory", "行 × 品种 × 年份,实物量", "row × fuel × year in physical units",
        (
            Column("row", Kind.TEXT, "行", "row", "sectors.csv 中的行", "a row of sectors.csv", refers="sectors"),
            Column("fuel", Kind.CHOICE, "能源品种", "fuel", choices=tuple(fuels())), _year(), _value(), _UNIT, *_EVIDENCE,
        ),
        ("row", "fuel", "year"),
    ),
    Table(
        "proxies", "分解系数", "proxies", "上级数值中属于本市的份额", "the city's share of its parent's value",
        (
            _text("row", "行、branch:分支、generation:电源 或 *", "row, branch:name, generation:kind or *", required=True),
            Column("proxy", Kind.ID, "代理指标", "proxy"), _year(),
            _number("share", "份额", "share", keys=True, low=0, high=1, help_zh="0–1 的小数", help_en="fraction 0–1"),
            _number("low", "下限", "low", required=False, low=0, high=1, help_zh="95 % 区间下限", help_en="2.5 % quantile"),
            _number("high", "上限", "high", required=False, low=0, high=1, help_zh="95 % 区间上限", help_en="97.5 % quantile"),
            *_EVIDENCE,
        ),
        ("row", "proxy", "year"),
    ),
    Table(
        "activities", "活动水平", "activities", "产品、牲畜、土地、废弃物、车辆、建筑面积等;清单可用的活动名与单位:`dafeng inventory activities`", "products, livestock, land, waste, vehicles, floor area; names and units that the inventory computes from: `dafeng inventory activities`",
        (Column("activity", Kind.ID, "活动", "activity"), _REGION, _year(), _value(), _UNIT, *_EVIDENCE),
        ("activity", "region", "year", "source"),
    ),
    Table(
        "plants", "电厂与热源", "plants", "电热机组和各行业工厂:能力、产量、单耗、投退运年份与状态", "power and heat units, and plants of every other branch: capacity, output, energy or CO2 per product, dates and status",
        (
            _id(), _text("name_zh", "中文名", "Chinese name", required=True), _text("name_en", "英文名", "English name"),
            Column("county", Kind.REGION, "县区代码", "county", required=False), _choice("fuel", "燃料", "fuel", PLANT_FUELS),
            _number("capacity_mw", "容量 MW", "capacity, MW", required=False, keys=True, low=0, help_zh="发电容量;分支为 power 时必填", help_en="of power units, whose cell may not be empty"),
            Column(
                "status", Kind.CHOICE, "状态", "status", "operating 已建成,construction 在建,approved 已核准,announced 拟建,retired 退役,cancelled 取消",
                "operating: built; construction: building; approved; announced: proposed", choices=PLANT_STATUS,
            ),
            _year("start_year", "投运年", "first year", required=False, low=FIRST_PLANT_YEAR),
            _year("end_year", "退役年", "last year", required=False), _text("technology", "技术", "technology"),
            _choice("captive", "自备", "captive", ("0", "1"), required=False),
            _number("efficiency", "效率", "efficiency", required=False, keys=True, low=0, high=1),
            Column("lon", Kind.NUMBER, "经度", "longitude", required=False, optional=True, low=73, high=136),
            Column("lat", Kind.NUMBER, "纬度", "latitude", required=False, optional=True, low=3, high=54),
            *_plant_columns(), *_EVIDENCE,
        ),
        ("id",),
    ),
    Table(
        "profiles", "逐时曲线", "profiles", "8760 小时;load 为全年份额,其余为容量系数", "8,760 hours; load is the share of the year, the others capacity factors",
        (
            Column("hour", Kind.INTEGER, "小时", "hour", low=0, high=HOURS - 1),
            _number("load", "负荷份额", "load, share of the year", low=0, high=1),
            *(
                Column(name, Kind.NUMBER, f"{zh}容量系数", f"{name}, capacity factor", required=False, optional=True, low=0, high=1)
                for name, zh in (("wind", "风电"), ("solar", "光伏"), ("hydro", "水电"))
            ),
        ),
        ("hour",),
    ),
    Table(
        "profiles_meta", "曲线说明", "profile documentation", "每条曲线的方法、年份与来源", "method, years and source of each profile",
        (
            Column("profile", Kind.CHOICE, "曲线", "profile", choices=("load", "wind", "solar", "hydro")),
            _text("method", "方法", "method", required=True), _year("load_year", "负荷年", "load year", required=False),
            _year("weather_year", "气象年", "weather year", required=False), *_EVIDENCE,
        ),
        ("profile",),
    ),
    Table(
        "prices", "价格", "prices", "燃料、电力、碳等价格", "prices of fuels, electricity, carbon and more",
        (Column("item", Kind.ID, "项目", "item"), _REGION, _year(), _value(), *_range(), _UNIT, *_EVIDENCE),
        ("item", "region", "year", "source"),
    ),
    Table(
        "costs", "技术成本", "costs", "技术参数与成本", "parameters and costs of technologies",
        (
            Column("technology", Kind.ID, "技术", "technology"), Column("parameter", Kind.ID, "参数", "parameter"),
            _year(), _value(), *_range(), _UNIT, *_EVIDENCE,
        ),
        ("technology", "parameter", "year", "source"),
    ),
    Table(
        "drivers", "驱动因素", "drivers", "不随方案变化的轨迹:按年份的节点", "trajectories that the plan does not change: knots at years",
        (
            _id(), Column("parameter", Kind.ID, "模型参数", "model parameter"), _REGION, _year(), _figure(),
            *_range(), _choice("distribution", "分布", "distribution", DISTRIBUTIONS), _UNIT,
            Column(
                "dimension", Kind.INTEGER, "固定维号", "permanent dimension", "Sobol 维号,只增不改;fixed 时留空",
                "Sobol dimension, never changed; empty when fixed", required=False, low=0, high=21200,
            ),
            Column(
                "damping", Kind.NUMBER, "延续比例", "share carried on", "下降的年变化率延续的比例;留空取 parameters.csv(燃料 0.5,用电 0)",
                "share of a falling yearly rate that goes on; empty: that of parameters.csv (fuels 0.5, electricity 0)",
                required=False, optional=True, low=0, high=1,
            ),
            _text("basis", "依据", "basis"), *_EVIDENCE,
        ),
        ("id", "region", "year"),
    ),
    Table(
        "correlations", "相关系数", "correlations", "不确定驱动因素之间的相关(高斯联结)",
        "correlation between uncertain drivers (Gaussian copula)",
        (
            Column(
                "first", Kind.TEXT, "驱动因素", "driver", "drivers.csv 的 id 或参数,可用 * ,如 fuel_intensity.*",
                "an id or parameter of drivers.csv, * allowed, as fuel_intensity.*", required=True,
            ),
            Column("second", Kind.TEXT, "另一驱动因素", "other driver", "同上", "alike", required=True),
            _number("value", "相关系数", "correlation", low=-0.99, high=0.99),
            _text("basis", "依据", "basis"), *_EVIDENCE,
        ),
        ("first", "second"),
    ),
    Table(
        "measures", "措施", "measures", "方案任务对模型参数的作用:按年份的节点", "what a task of the plan does to a model parameter: knots at years",
        (
            _id(), _text("name_zh", "中文名", "Chinese name", required=True), _text("name_en", "英文名", "English name"),
            Column("task", Kind.LOCATOR, "任务编号", "task", "方案中的编号,如 三(一)2", "locator in the plan, as 三(一)2"),
            Column("parameter", Kind.ID, "模型参数", "model parameter", "effect 为 NE 时可空", "may be empty where effect is NE", required=False),
            _year(required=False), _figure(required=False),
            *(replace(column, optional=True) for column in _range()),
            Column(
                "start", Kind.YEAR, "开始年份", "start", "措施开始的年份;留空为 as_of 之后", "the year in which the measure began; empty: after as_of",
                required=False, optional=True, low=FIRST_YEAR, high=LAST_YEAR,
            ),
            Column(
                "delivered_to_date", Kind.NUMBER, "已落实比例", "delivered to date", "到 as_of 已落实的比例(0–1),已包含在趋势中;无台账或统计时为假定,并写明等级",
                "the part delivered by as_of (0-1), which the trends contain; an assumption with its grade where no register or statistic gives it",
                required=False, optional=True, low=0, high=1,
            ),
            Column("unit", Kind.UNIT, "单位", "unit", required=False),
            _choice("operation", "作用方式", "operation", OPERATIONS, required=False),
            _choice("effect", "效果", "effect", ("quantified", "NE")), _text("controlled_by", "主导方", "controlled by"),
            _number("cost", "成本", "cost", required=False, keys=True), _choice("basis", "依据", "basis", ("plan", "estimate")),
            _text("reason", "理由", "reason"), *_EVIDENCE,
        ),
        ("id", "parameter", "year"),
    ),
    Table(
        "overlaps", "措施重叠", "overlaps of measures", "互斥组:组内措施不重复计算同一减排量",
        "exclusive groups: measures of a group do not save the same twice",
        (
            Column("group", Kind.ID, "组", "group"), Column("measure", Kind.ID, "措施", "measure", refers="measures"),
            Column("rank", Kind.INTEGER, "次序", "rank", "先计入的为 1", "1 counts first", low=1, high=99),
            _number("share", "重叠比例", "share that overlaps", low=0, high=1, help_zh="与组内先计入措施重叠的比例", help_en="with the measures that count before it"),
            _text("reason", "理由", "reason"), *_EVIDENCE,
        ),
        ("group", "measure"),
    ),
    Table(
        "answers", "目标的回答", "answers", "哪个统计、登记指标或模型量回答哪个目标;下达值和基准值", "which statistic, register indicator or model quantity answers which target; issued and base values",
        (
            Column("target", Kind.TEXT, "目标指标", "indicator of the target", "方案中的指标名", "as the plan names it", required=True),
            Column("locator", Kind.LOCATOR, "编号", "locator", "只指该编号的目标", "only the target there", required=False),
            _year(required=False, zh="目标年", en="year of the target"),
            Column("measure", Kind.ID, "措施", "measure", "role 为 delivery 时", "where role is delivery", required=False, refers="measures"),
            Column("role", Kind.CHOICE, "作用", "role", "observation 实际值,model 模型量,coverage 覆盖率,base 基准值,issued 下达值,delivery 落实度", "", choices=ANSWER_ROLES),
            _text("answer", "回答", "answer"),
            _number("value", "数值", "value", required=False, help_zh="下达值、基准值或覆盖率门槛", help_en="issued or base value, or the threshold of coverage"),
            Column("unit", Kind.UNIT, "单位", "unit", required=False),
            _choice("comparator", "比较", "comparator", ("=", ">=", "<=", "~", "+", "-"), required=False),
            _year("baseline_year", "基准年", "base year", required=False),
            _text("document", "文件", "document"), _text("issued_on", "下达日期", "issued on"), *_EVIDENCE,
        ),
        ("target", "locator", "year", "measure", "role", "answer", "issued_on"),
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
"""Table name → its definition; the file is `<name>.csv`, the sheet `<name>`."""
