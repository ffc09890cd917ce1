"""Django settings, all in this file. What differs between installations is in the environment (docs/settings.md)."""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from habitue import environment

PACKAGE = Path(__file__).resolve().parent
env = environment.Environment()
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGES = environment.languages(PACKAGE / "locale")
LANGUAGE_CODES = [code for code, _name in LANGUAGES]

HOME = env.read("HABITUE_HOME", lambda text: Path(text).expanduser().resolve(), Path("var").resolve(), "a folder")
DEBUG = env.read("HABITUE_DEBUG", environment.yes_or_no, False, "yes or no")
HOSTS = env.read("HABITUE_HOSTS", environment.names, ["127.0.0.1", "localhost", "[::1]"], "host names with commas")
ADDRESS = env.read("HABITUE_ADDRESS", str, "127.0.0.1", "an address to listen on")
PORT = env.read("HABITUE_PORT", environment.between(1, 65_535), 8000, "a port number")
WORKERS = env.read("HABITUE_WORKERS", environment.between(1, 64), 2, "a number of web processes")
HTTPS = env.read("HABITUE_HTTPS", environment.yes_or_no, False, "yes (behind a proxy that speaks HTTPS) or no")
LANGUAGE_CODE = env.read("HABITUE_LANGUAGE", environment.one_of(*LANGUAGE_CODES), "en", " or ".join(LANGUAGE_CODES))
TIME_ZONE = env.read("HABITUE_TIME_ZONE", environment.zone, "Europe/Paris", "a time zone such as Europe/Paris")
COUNTRY = env.read("HABITUE_COUNTRY", environment.country, "FR", "a country code such as FR")
CURRENCY = env.read("HABITUE_CURRENCY", environment.currency, "EUR", "a currency code such as EUR")

# The life cycle, docs/stages.md: a silence longer than this share of the gaps to be expected is slowing; at risk is who
# has at most this share left of the chance to buy again; lost, of whom at most this share should come back.
STAGE_SLOWING = env.read("HABITUE_STAGE_SLOWING", environment.share, 0.80, "a share between 0 and 1")
STAGE_AT_RISK = env.read("HABITUE_STAGE_AT_RISK", environment.share, 0.90, "a share between 0 and 1")
STAGE_LOST = env.read("HABITUE_STAGE_LOST", environment.share, 0.25, "a share between 0 and 1")
DISCOUNT_RATE = env.read("HABITUE_DISCOUNT_RATE", environment.rate, 0.10, "a yearly rate such as 0.10")

LARGEST_UPLOAD = env.read("HABITUE_LARGEST_UPLOAD", environment.between(1, 100_000), 1_000, "a number of megabytes")

DATABASE = env.read("DATABASE_URL", environment.database, None, "postgresql://user:password@host/name")
env.check()

SECRET_KEY = environment.secret_key(HOME)
ALLOWED_HOSTS = HOSTS
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in HOSTS] if HTTPS else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SESSION_COOKIE_NAME = "habitue"
SECURE_REFERRER_POLICY = "same-origin"

INSTALLED_APPS = [
    "habitue.apps.Habitue",
    "habitue.queue.apps.Queue",
    "habitue.team.apps.Team",
    "habitue.events.apps.Events",
    "habitue.customers.apps.Customers",
    "habitue.segments.apps.Segments",
    "habitue.purchases.apps.Purchases",
    "habitue.portraits.apps.Portraits",
    "habitue.imports.apps.Imports",
    "habitue.desk.apps.Desk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_q",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "habitue.desk.shell.errors.PrivatePages",
    "habitue.desk.shell.errors.HabitueErrorMiddleware",
]

ROOT_URLCONF = "habitue.urls"
WSGI_APPLICATION = "habitue.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "desk", PACKAGE / "desk/shell/templates"],  # a page's folder; ours come before allauth's
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "habitue.desk.shell.context.desk",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": DATABASE
    or {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / "habitue.sqlite3",
    }
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a writer waits for its turn at BEGIN instead of failing half-way
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
        " PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;",
    }
else:
    # On a flash disk, or in memory, a look-up costs little more than reading on: PostgreSQL takes it for four times as
    # much, and reads a million customers for some thousands. "?options=" in DATABASE_URL overrides this.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c random_page_cost=1.1")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "customers"
ACCOUNT_ADAPTER = "habitue.team.adapter.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True

USE_I18N = USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

Q_CLUSTER = {
    "name": "habitue",
    "orm": "default",
    "workers": 1,
    "timeout": 86_400,  # an import of a large file takes hours
    "retry": 90_000,  # who died is seen by its lock, not by the clock: see queue.leasing
    "max_attempts": 3,
    "catch_up": False,
    "save_limit": 200,
}
SILENCED_SYSTEM_CHECKS = ["models.W040"]  # what an index holds besides is for PostgreSQL; SQLite has it without
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
