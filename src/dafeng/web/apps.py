"""The Django app of the web faces."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Holds keys and the audit log."""

    name = "dafeng.web"
    label = "dafeng_web"
    verbose_name = "达峰"
