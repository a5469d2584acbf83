"""Django app of the office: desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Configuration of the app."""

    name = "dafeng.web.office.desk"
    label = "desk"
