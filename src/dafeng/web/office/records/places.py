"""Names of places by their codes, in the language of the request."""

from dafeng.web.office.results.cases import current_case
from dafeng.web.office.words import plain


def place_names() -> dict[str, str]:
    """Return the names of the counties and the city by their codes."""
    city = current_case().city
    named = {county.code: plain(county.name_zh, county.name_en or "") for county in city.counties}
    return named | {city.code: plain(city.name_zh, city.name_en)}
