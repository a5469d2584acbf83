"""Rows of the CEADs energy inventory, their NBS and GB/T 4754 counterparts, and the plan's branches."""

from case_sources import Sources
from shared_tables import Row

SECTORS = ("row", "row_zh", "branch", "sector", "kind", "gbt4754", "source", "grade", "note")
SECTOR_OF = {
    "power": "energy",
    "heat": "energy",
    "refining": "energy",
    "construction": "buildings",
    "transport": "transport",
    "buildings_urban": "buildings",
    "buildings_rural": "buildings",
    "buildings_public": "buildings",
    "agriculture": "agriculture",
}
# row, Chinese name, branch, kind, division of GB/T 4754
ROWS = [
    ("Farming, Forestry, Animal Husbandry, Fishery & Water Conservancy", "农、林、牧、渔业", "agriculture", "final", "A"),
    ("Coal Mining and Dressing", "煤炭开采和洗选业", "mining", "final", "06"),
    ("Petroleum and Naturl Gas Extraction", "石油和天然气开采业", "mining", "final", "07"),
    ("Ferrous Metals Mining and Dressing", "黑色金属矿采选业", "mining", "final", "08"),
    ("Nonferrous Metals Mining and Dressing", "有色金属矿采选业", "mining", "final", "09"),
    ("Nonmetal Minerals Mining and Dressing", "非金属矿采选业", "mining", "final", "10"),
    ("Other Minerals Mining and Dressing", "其他采矿业", "mining", "final", "12"),
    ("Food Processing", "农副食品加工业", "food", "final", "13"),
    ("Food Production", "食品制造业", "food", "final", "14"),
    ("Beverage Production", "酒、饮料和精制茶制造业", "food", "final", "15"),
    ("Tobacco Processing", "烟草制品业", "food", "final", "16"),
    ("Textile Industry", "纺织业", "textiles", "final", "17"),
    ("Garments and Other Fiber Products", "纺织服装、服饰业", "textiles", "final", "18"),
    ("Leather, Furs, Down and Related Products", "皮革、毛皮、羽毛及其制品和制鞋业", "textiles", "final", "19"),
    ("Timber Processing, Bamboo, Cane, Palm & Straw Products", "木材加工和木、竹、藤、棕、草制品业", "other_industry", "final", "20"),
    ("Furniture Manufacturing", "家具制造业", "other_industry", "final", "21"),
    ("Papermaking and Paper Products", "造纸和纸制品业", "other_industry", "final", "22"),
    ("Printing and Record Medium Reproduction", "印刷和记录媒介复制业", "other_industry", "final", "23"),
    ("Cultural, Educational and Sports Articles", "文教、工美、体育和娱乐用品制造业", "other_industry", "final", "24"),
    ("Petroleum Processing and Coking", "石油、煤炭及其他燃料加工业", "petrochemicals", "final", "25"),
    ("Raw Chemical Materials and Chemical Products", "化学原料和化学制品制造业", "chemicals", "final", "26"),
    ("Medical and Pharmaceutical Products", "医药制造业", "other_industry", "final", "27"),
    ("Chemical Fiber", "化学纤维制造业", "textiles", "final", "28"),
    ("Rubber Products", "橡胶制品业", "other_industry", "final", "29"),
    ("Plastic Products", "塑料制品业", "other_industry", "final", "29"),
    ("Nonmetal Mineral Products", "非金属矿物制品业", "building_materials", "final", "30"),
    ("Smelting and Pressing of Ferrous Metals", "黑色金属冶炼和压延加工业", "steel", "final", "31"),
    ("Smelting and Pressing of Nonferrous Metals", "有色金属冶炼和压延加工业", "non_ferrous", "final", "32"),
    ("Metal Products", "金属制品业", "other_industry", "final", "33"),
    ("Ordinary Machinery", "通用设备制造业", "other_industry", "final", "34"),
    ("Equipment for Special Purpose", "专用设备制造业", "other_industry", "final", "35"),
    ("Transportation Equipment", "交通运输设备制造业", "other_industry", "final", "36;37"),
    ("Electric Equipment and Machinery", "电气机械和器材制造业", "electronics", "final", "38"),
    ("Electronic and Telecommunications Equipment", "计算机、通信和其他电子设备制造业", "electronics", "final", "39"),
    ("Instruments, Meters Cultural and Office Machinery", "仪器仪表制造业", "electronics", "final", "40"),
    ("Other Manufacturing Industry", "其他制造业", "other_industry", "final", "41"),
    ("Scrap and waste", "废弃资源综合利用业", "other_industry", "final", "42"),
    ("Electric Power, Steam and Hot Water Production and Supply", "电力、热力生产和供应业", "power", "final", "44"),
    ("Gas Production and Supply", "燃气生产和供应业", "other_industry", "final", "45"),
    ("Tap Water Production and Supply", "水的生产和供应业", "other_industry", "final", "46"),
    ("Construction", "建筑业", "construction", "final", "E"),
    ("Transport, Storage, Postal & Telecommunications Services", "交通运输、仓储和邮政业", "transport", "final", "G"),
    ("Wholesale, Retail Trade and Catering Service", "批发和零售业、住宿和餐饮业", "buildings_public", "final", "F;H"),
    ("Other", "其他", "buildings_public", "final", "I–T"),
    ("Urban", "居民生活(城镇)", "buildings_urban", "final", ""),
    ("Rural", "居民生活(乡村)", "buildings_rural", "final", ""),
    ("Thermal Power", "火力发电", "power", "transformation", "44"),
    ("Heating Supply", "供热", "heat", "transformation", "44"),
    ("Coal Washing", "煤炭洗选", "mining", "transformation", "06"),
    ("Coking", "炼焦", "coking", "transformation", "25"),
    ("Petroleum Refineries", "炼油", "refining", "transformation", "25"),
    ("Gas Works", "制气", "other_industry", "transformation", "45"),
    ("Briquettes", "煤制品加工", "mining", "transformation", "06"),
    ("Loss", "损失量", "", "loss", ""),
    ("Inputs(+) outputs(-)", "加工转换投入产出", "", "total", ""),
    ("Total Final Consumption", "终端消费量", "", "total", ""),
    ("Total Consumption", "消费量合计", "", "total", ""),
    ("Non-Energy Use", "用作原料、材料", "chemicals", "non_energy", ""),
]  # fmt: skip
NOTES = {
    "Petroleum Processing and Coking": "own use of refineries and coke ovens in one row",
    "Total Consumption": "for electricity not the amount used: take final consumption and loss",
    "Thermal Power": "inputs positive, output negative",
    "Construction": "building sites; counted with the plan's building sector",
}


def sectors(sources: Sources) -> list[Row]:
    """The 58 rows of the inventory."""
    source = sources.add(
        "sector-map",
        "CEADs row names; NBS balance rows; GB/T 4754-2017 divisions; branches by this project",
        note="grouping into branches is this project's choice",
    )
    return [
        {
            "row": row,
            "row_zh": zh,
            "branch": branch,
            "sector": SECTOR_OF.get(branch, "industry") if branch else "",
            "kind": kind,
            "gbt4754": division,
            "source": source,
            "grade": "C",
            "note": NOTES.get(row, ""),
        }
        for row, zh, branch, kind, division in ROWS
    ]
