"""Django app of the web interface."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Configuration of the app with keys and audit log."""

    name = "dafeng.web.ledger"
    label = "dafeng_web"
