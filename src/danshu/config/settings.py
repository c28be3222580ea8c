"""Danshu's settings. What an installation may change comes from the environment through `env` (typed, refused by name when
bad, listed in `docs/operate/settings.md`); all else is decided here."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from danshu.config import env
from danshu.core import keys

PACKAGE = Path(__file__).resolve().parent.parent

DATA = env.folder("DANSHU_DATA", Path.cwd() / ".danshu" / "data")
DATA.mkdir(parents=True, exist_ok=True)
DEBUG = env.flag("DANSHU_DEBUG", default=False)
DEMO = env.flag("DANSHU_DEMO", default=False)
BIND = env.bind("DANSHU_BIND", "127.0.0.1:8000")
ALLOWED_HOSTS = env.words("DANSHU_HOSTS", ["127.0.0.1", "localhost", "[::1]", *([] if BIND[0] in {"127.0.0.1", "::1"} else ["*"])])
PUBLIC_URL = env.text("DANSHU_PUBLIC_URL", f"http://{BIND[0]}:{BIND[1]}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
BEHIND_TLS = PUBLIC_URL.startswith("https://")
WEB_THREADS = env.integer("DANSHU_WEB_THREADS", 48, least=4, most=512)
WORKER_THREADS = env.integer("DANSHU_WORKER_THREADS", 4, least=1, most=64)
LIVE_STREAMS = env.integer("DANSHU_LIVE_STREAMS", max(2, WEB_THREADS - 16), least=0, most=500)
DAY_CUT_HOUR = env.integer("DANSHU_DAY_CUT_HOUR", 0, least=0, most=23)
PAYLOAD_DAYS = env.integer("DANSHU_PAYLOAD_DAYS", 90, least=1, most=3650)
WATCH_FOLDER = env.folder("DANSHU_WATCH_FOLDER", DATA / "inbox")
API_RATE = env.integer("DANSHU_API_RATE", 20, least=1, most=1000)
WEBHOOKS_PRIVATE = env.flag("DANSHU_WEBHOOKS_PRIVATE", default=False)
SIMULATOR_PORT = env.integer("DANSHU_SIMULATOR_PORT", 8099, least=1024, most=65535)
METRICS_TOKEN = env.text("DANSHU_METRICS_TOKEN", "")

# One key file outside the database: field encryption, blind index and sessions are derived from it.
KEYRING = keys.load(DATA / "secret.key")
SECRET_KEY = KEYRING.derive_text("django")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "danshu.core",
    "danshu.accounts",
    "danshu.audit",
    "danshu.fields",
    "danshu.notify",
    "danshu.channels",
    "danshu.catalogue",
    "danshu.stock",
    "danshu.orders",
    "danshu.fulfilment",
    "danshu.boards",
    "danshu.insights",
    "danshu.flows",
    "danshu.cli",
    "danshu.web",
]

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DANSHU_DATABASE_URL", DATA / "danshu.sqlite3")}
ON_POSTGRES = DATABASES["default"]["ENGINE"].endswith("postgresql")
if ON_POSTGRES:
    INSTALLED_APPS.insert(0, "procrastinate.contrib.django")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "danshu.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "danshu.web.errors.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "danshu.config.urls"
WSGI_APPLICATION = "danshu.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "danshu.web.shell.context",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "danshu.web.templatetags.ds"],
            **({} if DEBUG else {"loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])]}),
        },
    }
]

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "people-sign-in"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "danshu.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "danshu.web.people.signing.locked_out"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

# What a browser may do with our pages
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Languages and time: everything is stored in UTC, shown in the seller's zone, platforms speak Asia/Shanghai.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英文"))]
LOCALE_PATHS = sorted([*PACKAGE.glob("*/locale"), *PACKAGE.glob("web/*/locale")])
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("DANSHU_STATIC_ROOT", "") or DATA / "static")
STATICFILES_DIRS = [folder for folder in [PACKAGE / "static"] if folder.exists()]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA / "files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "danshu.core.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("DANSHU_LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # it would write whole addresses, and secrets stand in their queries
    },
}
