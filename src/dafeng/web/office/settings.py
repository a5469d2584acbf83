"""Django settings of the office: from the workspace, its `office.toml` and the environment."""

import os
import socket
from pathlib import Path
from typing import Any

from dafeng.evidence import Language
from dafeng.web.office.configuration import read_configuration
from dafeng.web.office.postgresql import settings_of
from dafeng.web.office.words import texts
from dafeng.web.office.workspace import Workspace

WORKSPACE = Workspace(Path(os.environ.get("DAFENG_WORKSPACE", ".")).resolve())
WORKSPACE.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
CONFIGURATION = read_configuration(WORKSPACE.settings, os.environ)

SECRET_KEY = WORKSPACE.secret("office_secret_key")
DEBUG = False
BEHIND_TLS = CONFIGURATION.tls == "proxy"
OWN_NAMES = ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
ALLOWED_HOSTS = [*OWN_NAMES, *CONFIGURATION.hosts]
CSRF_TRUSTED_ORIGINS = list(CONFIGURATION.origins)
CSRF_FAILURE_VIEW = "dafeng.web.office.shell.errors.forged"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rules",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "dafeng.web.office.shell.apps.ShellConfig",
    "dafeng.web.office.people.apps.PeopleConfig",
    "dafeng.web.office.jobs.apps.JobsConfig",
    "dafeng.web.office.audit.apps.AuditConfig",
    "dafeng.web.office.desk.apps.DeskConfig",
    "dafeng.web.office.public",
    "dafeng.web.office.records",
    "dafeng.web.office.results",
    "dafeng.web.office.energy",
    "dafeng.web.office.scenarios",
    "dafeng.web.office.evaluation",
    "dafeng.web.office.operations",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dafeng.web.office.shell.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dafeng.web.office.shell.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dafeng.web.office.audit.middleware.AuditMiddleware",
    "dafeng.web.office.people.middleware.SessionsMiddleware",
    "dafeng.web.office.shell.refusals.RefusalsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "dafeng.web.office.urls"
WSGI_APPLICATION = "dafeng.web.office.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "dafeng.web.office.shell.context.shell",
            ],
            "builtins": ["dafeng.web.office.shell.templatetags.office"],
        },
    }
]
_FILE = {
    "ENGINE": "django.db.backends.sqlite3", "NAME": str(WORKSPACE.office), "CONN_MAX_AGE": None,
    "OPTIONS": {
        "timeout": 20, "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    },
}  # fmt: skip
DATABASES: dict[str, dict[str, Any]] = {"default": settings_of(CONFIGURATION.database) if CONFIGURATION.database else _FILE}  # fmt: skip
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
]
if CONFIGURATION.oidc_issuer:
    AUTHENTICATION_BACKENDS.append("dafeng.web.office.people.single_sign_on.IssuerBackend")
OIDC_RP_CLIENT_ID, OIDC_RP_CLIENT_SECRET = (
    CONFIGURATION.oidc_client,
    WORKSPACE.given_secret("oidc_secret", "DAFENG_OIDC_SECRET"),
)
OIDC_RP_SIGN_ALGO, OIDC_RP_SCOPES = "RS256", "openid profile"
OIDC_USE_PKCE, OIDC_CREATE_USER, OIDC_TIMEOUT = True, False, 10
OIDC_AUTHENTICATION_CALLBACK_URL = "sso_callback"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("username", "name", "email")}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "/signin", "/", "/signin"
OTP_TOTP_ISSUER = texts().text("issuer")
OTP_TOTP_THROTTLE_FACTOR = 1

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
# a stranger who knows a name cannot lock its owner out from elsewhere
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "dafeng.web.office.shell.errors.locked_out"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS: list[str] = ["password"]

SESSION_COOKIE_AGE = CONFIGURATION.session_hours * 3600
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-office", "__Host-csrf") if BEHIND_TLS else ("office", "csrf")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# the list of names that browsers preload is for public sites; an intranet is none
SILENCED_SYSTEM_CHECKS = ["security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600

EMAIL_HOST, EMAIL_PORT, EMAIL_TIMEOUT = CONFIGURATION.mail_host, CONFIGURATION.mail_port, 10
EMAIL_USE_TLS, EMAIL_USE_SSL = CONFIGURATION.mail_tls == "starttls", CONFIGURATION.mail_tls == "tls"
EMAIL_HOST_USER = CONFIGURATION.mail_user
EMAIL_HOST_PASSWORD = (
    WORKSPACE.given_secret("mail_password", "DAFENG_MAIL_PASSWORD") if CONFIGURATION.mail_user else ""
)
DEFAULT_FROM_EMAIL = CONFIGURATION.mail_from or "dafeng@localhost"

USE_TZ, TIME_ZONE, USE_I18N = True, "Asia/Shanghai", True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", texts().text("language_name")), ("en", texts().text("language_name", Language.EN))]
STATIC_URL = "/static/"
# files are served from their packages: nothing is collected, nothing can be out of date
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django.request": {"level": "ERROR"}, "waitress.queue": {"level": "ERROR"}, "axes": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}  # fmt: skip
