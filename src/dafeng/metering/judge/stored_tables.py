"""Tables of the store as every engine has them."""

import ibis
import ibis.expr.types as ir

SCHEMAS: dict[str, dict[str, str]] = {
    "point": {
        "number": "int32", "id": "string", "owner": "string", "medium": "string", "county": "string",
        "sector": "string", "to_medium": "float64", "sign": "int32", "period": "int32", "counted": "boolean",
        "kind": "string", "valid_from": "timestamp", "valid_to": "timestamp", "tariff": "string",
    },
    "day_sum": {
        "point": "int32", "period": "int32", "day": "date", "count": "int32", "value": "float64",
        "estimated": "int32", "synthetic": "int32", "quarantined": "int32", "spread": "int32", "batch": "int32",
    },
    "readings": {
        "point": "int32", "period": "int32", "start": "timestamp", "value": "float64", "origin": "int32",
        "flags": "int32", "batch": "int32",
    },
    "rate": {
        "point": "int32", "since": "date", "until": "date", "tce": "float64", "tce_equivalent": "float64",
        "tco2": "float64", "scope": "int32",
    },
    "term": {"virtual": "int32", "part": "int32", "sign": "int32", "since": "date", "until": "date"},
    "calendar": {"number": "int32", "day": "date"},
}  # fmt: skip


def table(name: str) -> ir.Table:
    """Return a table of the store as every engine has it."""
    return ibis.table(SCHEMAS[name], name=name)
