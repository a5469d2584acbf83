"""Follow-up as a freeze holds it, so that its papers are written again unchanged."""

from datetime import date

from dafeng.assessment.duties.follow_up import REGISTER, FollowUp, follow_up_of
from dafeng.assessment.records.freezes import Freeze
from dafeng.assessment.records.frozen import frozen_rows


def frozen_follow_up(freeze: Freeze, period: str, on: date) -> tuple[list[FollowUp], str]:
    """Return the follow-up of a period on a day from the records of a freeze, and the period.

    Parameters
    ----------
    freeze : Freeze
    period : str
        Period of the follow-up; the one due last without it.
    on : date
        Day of judgement.

    Raises
    ------
    DafengError
        Where the freeze holds no request of the period.
    """
    asked = [row for row in freeze.content["registers"][REGISTER] if row["state"] != "cancelled"]
    last = max(asked, key=lambda row: (str(row["due"]), int(row["id"])), default={"round": ""})
    chosen = period or str(last["round"])
    rows = [row for row in frozen_rows(freeze, REGISTER, chosen) if row["state"] != "cancelled"]
    return follow_up_of(rows, on), chosen
