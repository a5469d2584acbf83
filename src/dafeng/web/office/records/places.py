"""Names of places by their codes, in the language of the request."""

from dafeng.case import names_within
from dafeng.web.office.results.cases import current_case
from dafeng.web.office.words import in_words


def place_names() -> dict[str, str]:
    """Return the names of the counties and the city by their codes."""
    return {code: in_words(name) for code, name in names_within(current_case().city).items()}
