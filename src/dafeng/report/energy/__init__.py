"""Pictures of metered energy for the office: drawn on the server, without script."""

from dafeng.report.energy.pictures import (
    NARROW,
    WIDE,
    Look,
    course_picture,
    flow_picture,
    heat_picture,
    load_picture,
    picture_file,
    ranking_picture,
)

__all__ = ["NARROW", "WIDE", "Look", "course_picture", "flow_picture", "heat_picture", "load_picture", "picture_file", "ranking_picture"]  # fmt: skip
