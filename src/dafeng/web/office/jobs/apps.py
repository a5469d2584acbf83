"""Django app of the office: jobs."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Configuration of the app."""

    name = "dafeng.web.office.jobs"
    label = "jobs"
