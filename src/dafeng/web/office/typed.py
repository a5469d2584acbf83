"""Texts that a person typed into a form: taken whole, or refused where they are too long; never cut."""

from django.http import HttpRequest

from dafeng.evidence import DafengError, Text
from dafeng.web.office.words import both

LONGEST_REASON = 500


def typed_text(
    request: HttpRequest, name: str, longest: int = LONGEST_REASON, where: Text | None = None
) -> str:
    """Return a text of the form, "" where it is missing.

    Parameters
    ----------
    name
        Name of the field.
    longest
        Most characters.
    where
        What the field is called in an error; None calls it the reason.

    Raises
    ------
    DafengError
        Where the text is longer.
    """
    text = str(request.POST.get(name, "")).strip()
    if len(text) > longest:
        raise DafengError.at(
            where or both("problem.reason"), both("problem.n_characters", count=len(text)), both("problem.a_text_of_at_most_n", count=longest),
            both("problem.shorten"),
        )  # fmt: skip
    return text
