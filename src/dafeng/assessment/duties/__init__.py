"""Follow-up of duties (调度): a sub-room of its own, as it depends on the record store of registers."""

from dafeng.assessment.duties.departures import in_office, left_with_open_duties
from dafeng.assessment.duties.follow_up import (
    FollowUp,
    duty_lines,
    follow_up,
    last_round,
    request_replies,
    stale_tasks,
    suggested_status,
)
from dafeng.assessment.duties.frozen import frozen_follow_up

__all__ = [
    "FollowUp",
    "duty_lines",
    "follow_up",
    "frozen_follow_up",
    "in_office",
    "last_round",
    "left_with_open_duties",
    "request_replies",
    "stale_tasks",
    "suggested_status",
]
