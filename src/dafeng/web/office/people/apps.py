"""Django app of the office: people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Configuration of the app."""

    name = "dafeng.web.office.people"
    label = "people"

    def ready(self) -> None:
        from dafeng.web.office.people import middleware, rights  # noqa: F401 - signals and permissions
