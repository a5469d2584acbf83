"""Data quality grades, and notation keys for absent numbers."""

from enum import StrEnum


class Grade(StrEnum):
    """Data quality grade, best first (architecture: A official … E assumption)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def zh(self) -> str:
        return _GRADE_TEXT[self][0]

    @property
    def en(self) -> str:
        return _GRADE_TEXT[self][1]

    @property
    def rank(self) -> int:
        """Return the rank of the grade, 0 for A … 4 for E."""
        return "ABCDE".index(self.value)

    @classmethod
    def worst(cls, *grades: "Grade") -> "Grade":
        """Return the worst of `grades`: the grade of a number that depends on all of them."""
        return max(grades, key=lambda grade: grade.rank)


_GRADE_TEXT = {
    Grade.A: ("官方公布或实测", "official or measured"),
    Grade.B: ("公开数据集或文献", "published data set or paper"),
    Grade.C: ("由官方数据推算,方法有据", "derived from official data by a documented split"),
    Grade.D: ("代理指标估算或二手来源", "proxy estimate or second-hand source"),
    Grade.E: ("假定(专家判断)", "assumption, expert judgement"),
}


class NotationKey(StrEnum):
    """Notation key: reason why a cell holds no number.

    Source: IPCC 2006 Guidelines, vol. 1 ch. 8; used alike by GPC.

    Missing is not zero: a key is a value of its own and stays visible in every table.
    """

    NO = "NO"
    NE = "NE"
    IE = "IE"
    C = "C"

    @property
    def zh(self) -> str:
        return _KEY_TEXT[self][0]

    @property
    def en(self) -> str:
        return _KEY_TEXT[self][1]


_KEY_TEXT = {
    NotationKey.NO: ("未发生", "not occurring"),
    NotationKey.NE: ("未估算", "not estimated"),
    NotationKey.IE: ("已计入他处", "included elsewhere"),
    NotationKey.C: ("保密", "confidential"),
}
