"""Django app of the office: shell."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """Configuration of the app."""

    name = "dafeng.web.office.shell"
    label = "shell"
