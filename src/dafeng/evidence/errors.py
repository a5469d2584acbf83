"""One family of errors: what is wrong, where, what would be right, and how to mend it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    `where` is a place that a person can go to: file, then row and column where they apply
    (`energy.csv:7:fuel`, row 1 being the header line; `sheet!B12` in a workbook).
    """

    where: str
    found: str
    expected: str
    mend: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: found {self.found}; expected {self.expected}"
        return f"{text}; {self.mend}" if self.mend else text

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class DafengError(Exception):
    """Bad input or an impossible request, with all its problems at once.

    Raised for what a user can mend. A defect of dafeng itself is any other exception.
    """

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not self.problems:
            raise ValueError("a DafengError needs at least one problem")
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def at(cls, where: str, found: str, expected: str, mend: str = "") -> "DafengError":
        """An error with a single problem."""
        return cls(Problem(where, found, expected, mend))

    def __reduce__(self) -> tuple[type["DafengError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class Problems:
    """Collects problems, so that a user sees all of them and not the first one only."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, where: str, found: object, expected: str, mend: str = "") -> None:
        self._problems.append(Problem(where, str(found), expected, mend))

    def extend(self, problems: Iterable[Problem]) -> None:
        self._problems.extend(problems)

    def raise_if_any(self) -> None:
        """Raises: DafengError with everything collected so far."""
        if self._problems:
            raise DafengError(self._problems)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)
