"""Django app of the office: audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Configuration of the app."""

    name = "dafeng.web.office.audit"
    label = "audit"
