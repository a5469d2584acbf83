"""Names of components and kinds of cost for people."""

COMPONENT_NAMES = {
    "generators": "机组 generator",
    "links": "转换设备 link",
    "lines": "线路 line",
    "storage_units": "储能 storage unit",
    "stores": "储罐 store",
}
COST_NAMES = {
    "running": "运行 running",
    "storing": "存储 storing",
    "spilling": "弃水 spilling",
    "moving": "启停 starts and stops",
    "fixed": "固定 fixed",
}
