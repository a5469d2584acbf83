"""Map `counties.geojson`: one polygon a county, by its code, in degrees."""

import json
from pathlib import Path
from typing import Any

from dafeng.case.city import City
from dafeng.evidence import Problems
from dafeng.tables import SHOWN

FILE = "counties.geojson"
_MEND = "export it again"
_AREAS = ("Polygon", "MultiPolygon")


def check_shapes(text: str, city: City | None, problems: Problems) -> None:
    """Check that `text` is a map of the counties of `city`.

    Any county counts where the city is not available.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{FILE}:{error.lineno}:{error.colno}"
        problems.add(where, error.msg[:1].lower() + error.msg[1:], "well-formed GeoJSON", _MEND)
        return
    except (RecursionError, ValueError):
        problems.add(FILE, "lists nested too deep, or a number too long", "well-formed GeoJSON", _MEND)
        return
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features or content.get("type") != "FeatureCollection":
        problems.add(FILE, "no FeatureCollection with features", "one feature a county", _MEND)
        return
    known = {county.code for county in city.counties} | {city.code} if city is not None else set()
    before = len(problems)
    for number, feature in enumerate(features):
        if len(problems) - before >= SHOWN:
            problems.add(FILE, f"{len(features) - number} features more", "checked once these are mended")
            return
        _check_feature(f"{FILE}:features:{number}", feature, known, problems)


def _check_feature(where: str, feature: Any, codes: set[str], problems: Problems) -> None:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        problems.add(where, "no feature with properties", "a Feature with adcode and a polygon", _MEND)
        return
    code = str(feature["properties"].get("adcode", ""))
    if codes and code not in codes:
        expected = "adcode of a county of city.yaml"
        problems.add(
            f"{where}:adcode", code or "nothing", expected, "correct the code, or name the county there"
        )
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in _AREAS:
        problems.add(f"{where}:geometry", str(kind), "a Polygon or MultiPolygon", _MEND)
        return
    rings = geometry.get("coordinates")
    parts = rings if kind == "MultiPolygon" else [rings]
    if not isinstance(parts, list) or not parts or not all(_is_area(part) for part in parts):
        expected = "closed rings of [longitude, latitude] in degrees"
        problems.add(f"{where}:geometry", "coordinates that draw no area", expected, _MEND)


def _is_area(rings: Any) -> bool:
    return isinstance(rings, list) and bool(rings) and all(_is_ring(ring) for ring in rings)


def _is_ring(ring: Any) -> bool:
    if not isinstance(ring, list) or len(ring) < 4 or ring[0] != ring[-1]:
        return False
    return all(
        isinstance(point, list)
        and len(point) >= 2
        and all(isinstance(degree, int | float) and not isinstance(degree, bool) for degree in point[:2])
        and -180 <= point[0] <= 180
        and -90 <= point[1] <= 90
        for point in ring
    )


def county_shapes(folder: Path) -> dict[str, list[list[list[tuple[float, float]]]]]:
    """Read the map of a case that loads.

    Returns
    -------
    Areas by code of the county, each its outer ring and its holes, of (longitude, latitude) [°]; none where the case has no map.
    """
    file = folder / FILE
    if not file.is_file():
        return {}
    found: dict[str, list[list[list[tuple[float, float]]]]] = {}
    for feature in json.loads(file.read_text(encoding="utf-8"))["features"]:
        geometry = feature["geometry"]
        areas = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        drawn = [[[(point[0], point[1]) for point in ring] for ring in rings] for rings in areas]
        found.setdefault(str(feature["properties"]["adcode"]), []).extend(drawn)
    return found
