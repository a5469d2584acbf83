"""Error types: problems of an input with place, expected content and correction."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dafeng.evidence.texts import Text, in_language
from dafeng.evidence.translation import chinese

PARTS = ("where", "found", "expected", "mend")


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem of an input.

    `where` is a place that a person can go to: file, then row and column where they apply
    (`energy.csv:7:fuel`, row 1 being the header line; `sheet!B12` in a workbook). The other fields are
    `Text`s of a catalogue, or plain English that the catalogue translates.
    """

    where: str
    found: str
    expected: str
    mend: str = ""

    def __str__(self) -> str:
        """Return the Chinese sentence, then the English one."""
        return f"{self.sentence('zh')} {self.sentence('en')}"

    def sentence(self, language: str) -> str:
        """Return the problem as one sentence in `zh` or `en`."""
        if language == "en":
            where, found, expected, mend = self._english()
            return _ended(f"{where}: found {found}; expected {expected}{'; ' if mend else ''}{mend}", ".")
        where = getattr(self.where, "zh", self.where)
        told = f"{where}：读到“{chinese(self.found)}”，应为{chinese(self.expected)}"
        return _ended(f"{told}；{chinese(self.mend)}" if self.mend else told, "。")

    def as_dict(self) -> dict[str, str]:
        """Return the parts in English, and the sentences `zh` and `en`."""
        parts = dict(zip(PARTS, self._english(), strict=True))
        return parts | {"zh": self.sentence("zh"), "en": self.sentence("en")}

    @classmethod
    def from_dict(cls, parts: Mapping[str, str]) -> "Problem":
        """Return the problem that `as_dict` wrote; the catalogue gives its Chinese again."""
        return cls(*(parts[name] for name in PARTS))

    def _english(self) -> tuple[str, ...]:
        return tuple(str(in_language(getattr(self, name), "en")) for name in PARTS)


def _ended(sentence: str, stop: str) -> str:
    return sentence if sentence.endswith((".", "。", "?", "？", "!", "！")) else sentence + stop


class DafengError(Exception):
    """Error of invalid input or an impossible request, with all its problems at once.

    Raised for what a user can mend. A defect of dafeng itself is any other exception.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not self.problems:
            raise ValueError("a DafengError needs at least one problem")
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    @classmethod
    def at(cls, where: str, found: str, expected: str, mend: str = "") -> "DafengError":
        """Return an error with a single problem."""
        return cls(Problem(where, found, expected, mend))

    def __reduce__(self) -> tuple[type["DafengError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class Problems:
    """Collector of problems, so that a user sees all of them and not the first one only."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, where: str, found: object, expected: str, mend: str = "") -> None:
        self._problems.append(
            Problem(where, found if isinstance(found, Text) else str(found), expected, mend)
        )

    def extend(self, problems: Iterable[Problem]) -> None:
        self._problems.extend(problems)

    def raise_if_any(self) -> None:
        """Raise DafengError with all problems collected so far, if any."""
        if self._problems:
            raise DafengError(self._problems)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)
