"""Django settings of the web interface: no external network, no cookies on the routes of readings."""

import secrets
from typing import Any

SECRET_KEY = secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS = [
    "*"
]  # the door is reached by whatever name the bureau gives it; no link is ever built from it
INSTALLED_APPS = ["dafeng.web.ledger.apps.WebConfig"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "dafeng.web.ledger.auditing.AuditMiddleware"]
ROOT_URLCONF = "dafeng.web.ledger.urls"
DATABASES: dict[str, dict[str, Any]] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
# sent over TLS only: a browser that came that way keeps to it for a year
SECURE_HSTS_SECONDS = 31_536_000
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # the door bounds bodies itself, with an answer that says so
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # refused requests are in the audit log with their reason
    "loggers": {"django.request": {"level": "ERROR"}, "waitress.queue": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
