"""How good a number is, and why there may be none."""

from enum import StrEnum


class Grade(StrEnum):
    """Quality of a datum, best first (architecture: A official … E assumption)."""

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
        """0 for A … 4 for E."""
        return "ABCDE".index(self.value)

    @classmethod
    def worst(cls, *grades: "Grade") -> "Grade":
        """The grade of a number that rests on all of `grades`."""
        return max(grades, key=lambda grade: grade.rank)


_GRADE_TEXT = {
    Grade.A: ("官方公布或实测", "official or measured"),
    Grade.B: ("公开数据集或文献", "published data set or paper"),
    Grade.C: ("由官方数据推算,方法有据", "derived from official data by a documented split"),
    Grade.D: ("代理指标估算或二手来源", "proxy estimate or second-hand source"),
    Grade.E: ("假定(专家判断)", "assumption, expert judgement"),
}


class NotationKey(StrEnum):
    """Why a cell holds no number (IPCC 2006 Guidelines, vol. 1 ch. 8; used alike by GPC).

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
