"""Every setting: the operator's knobs once, at the top, then what follows from them.

A knob is read from the environment, from `.env` beside manage.py, or from the file
that `<NAME>_FILE` names. `.env.example` lists the same knobs; a test compares them.
"""

import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

KNOBS: dict[str, object] = {
    # Secrets: no default, all three different; `make run` writes them into .env once.
    "SECRET_KEY": str,  # Django's signing key, 32 characters or more
    "VAULT_KEYS": list,  # sealing keys, newest first: id:base64-of-32-bytes,…
    "TOKEN_PEPPER": str,  # keys the HMAC of Link tokens, 32 characters or more
    # Where the site lives.
    "DEBUG": (bool, False),
    "SITE_URL": (str, "http://127.0.0.1:8000"),  # used in mails and Link URLs
    "ALLOWED_HOSTS": (list, []),  # empty: the host of SITE_URL
    "TRUST_PROXY": (bool, False),  # a TLS proxy sets X-Forwarded-Proto
    "ADMIN_PATH": (str, "admin/"),
    # What it runs on.
    "DATABASE_URL": (str, "sqlite:///data/linksite.sqlite3"),
    "LEASE_SECONDS": (int, 60),  # after this, a dead worker's run is taken over
    "EMAIL_URL": (str, "consolemail://"),
    "DEFAULT_FROM_EMAIL": (str, "Linksite <no-reply@linksite.example>"),
    "LOG_LEVEL": (str, "INFO"),
    # Sage Intacct.
    "GATEWAY_URL": (str, "https://api.intacct.com/ia/xml/xmlgw.phtml"),
    "GATEWAY_TEST_HOSTS": (list, []),  # host:port of a Sandbox; only with DEBUG
    "PAGE_CALLS": (int, 1),  # pages of a web process that wait for it, of each kind
    "LIVE_WATCH": (bool, True),  # look, as a made-up user, whether a step is done
    # What people see.
    "BRAND_NAME": (str, "Codat"),  # the word beside "Portal"
    "SUPPORT_EMAIL": (str, "support@linksite.example"),
    "LINK_DAYS": (int, 7),  # how long a Link URL works
    "SETTLE_SECONDS": (int, 30),  # a shorter visit may be a mail filter's
    "TIME_ZONE": (str, "UTC"),  # of mails, and of hours where the reader's is not known
}

env = environ.FileAwareEnv(**KNOBS)
environ.Env.read_env(BASE_DIR / ".env")

try:
    SECRET_KEY = env("SECRET_KEY")
    VAULT_KEYS = env("VAULT_KEYS")
    TOKEN_PEPPER = env("TOKEN_PEPPER")
except ImproperlyConfigured as missing:
    sys.exit(f"linksite: {missing}. See .env.example; `make run` writes a .env.")

DEBUG = env("DEBUG")
SITE_URL = env("SITE_URL").rstrip("/")
SITE_HOST = environ.urlparse(SITE_URL).hostname or ""
SITE_IS_SECURE = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env("ALLOWED_HOSTS") or [SITE_HOST]
ADMIN_PATH = env("ADMIN_PATH")
LEASE_SECONDS = env("LEASE_SECONDS")
GATEWAY_URL = env("GATEWAY_URL")
GATEWAY_TEST_HOSTS = frozenset(env("GATEWAY_TEST_HOSTS"))
PAGE_CALLS = max(1, env("PAGE_CALLS"))
LIVE_WATCH = env("LIVE_WATCH")
BRAND_NAME = env("BRAND_NAME")
SUPPORT_EMAIL = env("SUPPORT_EMAIL")
LINK_DAYS = env("LINK_DAYS")
SETTLE_SECONDS = env("SETTLE_SECONDS")

# --- the site --------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "linksite",
    "onboarding",
    "portal",
]
MIDDLEWARE = [
    # Pages shrink to a third; random padding keeps their length from telling secrets.
    # `collectstatic` has compressed the static files already.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "linksite.middleware.headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "linksite.middleware.language",
    "linksite.middleware.zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "linksite.urls"
WSGI_APPLICATION = "linksite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linksite.middleware.site",
            ],
            "builtins": ["linksite.templatetags.hours"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- data and background work ----------------------------------------------------
DATABASES = {"default": env.db_url_config(env("DATABASE_URL"))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _path = Path(DATABASES["default"]["NAME"])
    DATABASES["default"]["NAME"] = BASE_DIR / _path
    # Two writers otherwise fail with "database is locked": measured, see
    # docs/decisions/0004.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA secure_delete=ON;"
            # A page of Records must fit into the cache, a few of them into the log.
            "PRAGMA cache_size=-4096;PRAGMA wal_autocheckpoint=4096;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# What says where a customer is: the Steps are Link's own affair.
LINK_PLACE = "onboarding.software.place"

# --- people ----------------------------------------------------------------------
AUTH_USER_MODEL = "linksite.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_ADAPTER = "portal.sign_in.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
# Nobody signs up: a stranger who asks for a new password gets no mail.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {"login": "portal.forms.LoginForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_ADAPTER = "portal.sign_in.SecondFactorAdapter"
# Addresses come from a Solutions Engineer; nobody can sign up with another's.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_NAME = "__Host-session" if SITE_IS_SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SITE_IS_SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "linksite.errors.csrf_failure"

# --- languages -------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
# Ours, then allauth's words as our pages say them.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale/allauth"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("TIME_ZONE")

# --- what a browser may do -------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "serial")
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SITE_IS_SECURE
SECURE_REDIRECT_EXEMPT = [r"^livez$"]
SECURE_HSTS_SECONDS = 63072000 if SITE_IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SITE_IS_SECURE
if env("TRUST_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# A logo is the one file that is ever sent; it never touches the disk. A request
# that is larger than this loses its file.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 300_000

# --- mail and logs ---------------------------------------------------------------
vars().update(env.email_url_config(env("EMAIL_URL")))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL")
DEFAULT_EXCEPTION_REPORTER_FILTER = "linksite.errors.ReporterFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "linksite.errors.LineFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL")},
    "loggers": {
        # These would print addresses of ours, and mail tracebacks to nobody.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "django": {"handlers": [], "level": env("LOG_LEVEL"), "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
