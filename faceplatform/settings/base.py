"""Every setting, read from the environment, with defaults that run on a laptop.

The embedded default is SQLite, a cache in a file and the engine in the web processes. It writes
only below ``FACEPLATFORM_DATA_DIR`` (default ``var/``), including its keys, which the first start
creates. Production takes its keys from the environment. No other system user can read that folder,
or any file that a process with these settings writes.
"""

import os
from datetime import timedelta
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any

from faceplatform import env, keyfile, limits, private_files, suspicion
from faceplatform.settings.lockout import *
from faceplatform.settings.openapi import *
from faceplatform.settings.webhooks import *

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = env.path("FACEPLATFORM_DATA_DIR", BASE_DIR / "var")
private_files.claim(DATA_DIR, program=BASE_DIR)

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", "") or keyfile.secret_key(DATA_DIR / "keys" / "secret_key")
ALLOWED_HOSTS = env.strings("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.strings("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "faceplatform",  # its templates go before the admin's own
    "faceplatform.system.admin_app.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "faceplatform.api",
    "faceplatform.engine",
    "faceplatform.evaluation",
    "faceplatform.leases",
    "faceplatform.sessions",
    "faceplatform.system",
    "clients",
    "capture",
    "enrollment",
    "authentication",
    "imports",
    "tryit",
    "legacy",
    "webhooks",
    "audit",
    "analytics",
]

MIDDLEWARE = [
    "faceplatform.api.request_id.RequestIdMiddleware",
    "faceplatform.api.response_headers.ResponseHeadersMiddleware",
    "faceplatform.api.observed.ObservedMiddleware",
    "faceplatform.api.path_prefix.PathPrefixMiddleware",
    "faceplatform.api.https_only.HttpsOnlyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "faceplatform.api.hosts.AllowedHostMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "faceplatform.api.page_bodies.PageBodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "faceplatform.acting.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# The path under which a proxy serves the product. Always set, so that Django never takes it from
# SCRIPT_NAME, which gunicorn may take from a header.
FORCE_SCRIPT_NAME = env.path_prefix("FACEPLATFORM_PATH_PREFIX")
# For machines on the inside: served without the prefix and over plain http.
FACEPLATFORM_MACHINE_ADDRESSES = ("api/core/health/", "api/core/ready/", "metrics")

ROOT_URLCONF = "faceplatform.urls"
WSGI_APPLICATION = "faceplatform.wsgi.application"
APPEND_SLASH = False  # a redirect would turn a POST without its slash into a GET

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "db.sqlite3",
        "OPTIONS": {
            # Writers queue at BEGIN instead of failing when they write after a read.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Overwrite deleted rows, whose bytes would stay in the file's free pages.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;"
            ),
        },
        "CONN_MAX_AGE": None,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# ATOMIC_REQUESTS stays off: it would hold a transaction open while a frame is measured.

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "faceplatform.cache.MachineCache",
        "LOCATION": DATA_DIR / "cache.sqlite3",
    }
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "faceplatform.formats"

STATIC_URL = f"{FORCE_SCRIPT_NAME}/static/"
STATIC_ROOT = DATA_DIR / "static"
# The capture page loads the very files of the JavaScript SDK.
STATICFILES_DIRS = [("sdk", BASE_DIR / "sdk" / "javascript" / "src")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

PASSWORD_HASHERS = [
    "faceplatform.passwords.BoundedArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# For a sign-in that names no page of this service to go on to.
LOGIN_REDIRECT_URL = "admin:index"
# A sign-in to the admin ends after this time, with the browser, or by signing out.
SESSION_COOKIE_AGE = 60 * env.integer(
    "FACEPLATFORM_ADMIN_SESSION_MINUTES", 60, minimum=1, maximum=1440
)
# Each account of the admin needs a second factor, and sets one up at its first sign-in.
FACEPLATFORM_ADMIN_SECOND_FACTOR = env.boolean("FACEPLATFORM_ADMIN_SECOND_FACTOR", default=False)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{FORCE_SCRIPT_NAME}/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# A longer body is refused unread: an image of 10 MB as base64 in JSON is 13.4 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 15 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE  # images stay in memory, never on disk
FILE_UPLOAD_PERMISSIONS = 0o600  # also of static files, whatever the umask
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50
DATA_UPLOAD_MAX_NUMBER_FILES = 2

FACEPLATFORM_TRUSTED_PROXIES = env.integer("FACEPLATFORM_TRUSTED_PROXIES", 0, minimum=0, maximum=10)
# The proxy in front terminates HTTPS and must overwrite this header.
if env.boolean("FACEPLATFORM_HTTPS_PROXY_HEADER", default=FACEPLATFORM_TRUSTED_PROXIES > 0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clients.authentication.ClientAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["faceplatform.api.callers.IsClient"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["faceplatform.api.parsers.JSONParser"],
    "URL_FORMAT_OVERRIDE": None,  # `format` is an unknown query parameter like any other
    "DEFAULT_SCHEMA_CLASS": "faceplatform.api.schema.ProblemAutoSchema",
    "DEFAULT_PAGINATION_CLASS": "faceplatform.api.pagination.NewestFirst",
    "DEFAULT_THROTTLE_CLASSES": ["faceplatform.api.throttles.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        # Holders of session tokens, and callers without a client; clients have limits by tier.
        "caller": env.rate("FACEPLATFORM_THROTTLE_CALLER", "1200/min"),
        "credentials": env.rate("FACEPLATFORM_THROTTLE_CREDENTIALS", "10/min"),
        "strangers": env.rate("FACEPLATFORM_THROTTLE_STRANGERS", "300/min"),
    },
    "NUM_PROXIES": FACEPLATFORM_TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "faceplatform.api.problems.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
}

# Pages of other origins: `faceplatform.api.origins`. No origin is allowed here: each client names
# those of its own pages.
CORS_URLS_REGEX = r"/api/auth/(process-image|sessions/current/frames)/\Z"
CORS_ALLOW_METHODS = ("POST",)
CORS_ALLOW_HEADERS = ("content-type", "x-session-token", "idempotency-key", "x-request-id")
CORS_EXPOSE_HEADERS = (
    *("Retry-After", "X-Request-ID", "Idempotency-Replayed"),
    *("RateLimit", "RateLimit-Policy"),
)
CORS_PREFLIGHT_MAX_AGE = 600

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": keyfile.derived(SECRET_KEY, "client-jwt"),
    "ISSUER": "faceplatform",
    "ACCESS_TOKEN_LIFETIME": timedelta(
        minutes=env.integer("FACEPLATFORM_ACCESS_TOKEN_MINUTES", 15, minimum=1, maximum=1440)
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(
        hours=env.integer("FACEPLATFORM_REFRESH_TOKEN_HOURS", 24, minimum=1, maximum=24 * 30)
    ),
    # A machine whose clock is ahead issues tokens in the future of another machine.
    "LEEWAY": timedelta(seconds=30),
}

# For this time, a refresh token that was just spent gets the same answer again. Off by default: the
# holder of a refresh token has the API key as well, and a thief profits from each second.
FACEPLATFORM_REFRESH_GRACE_SECONDS = env.integer(
    "FACEPLATFORM_REFRESH_GRACE_SECONDS", 0, minimum=0, maximum=60
)

# The product's own -----------------------------------------------------------------------

FACEPLATFORM_MODELS_DIR = env.path("FACEPLATFORM_MODELS_DIR", DATA_DIR / "models")
FACEPLATFORM_ENGINE = env.text("FACEPLATFORM_ENGINE", "local")
# Frames that a process measures at once; each lane has its own interpreters.
FACEPLATFORM_ENGINE_LANES = env.integer(
    "FACEPLATFORM_ENGINE_LANES", os.cpu_count() or 1, minimum=1, maximum=64
)
# For the engine "remote": the workers' engine, and the time for a whole frame. Frames are refused
# at once while that many wait for each measuring process, or one has waited that long.
FACEPLATFORM_WORKER_ENGINE = env.text("FACEPLATFORM_WORKER_ENGINE", "one-lane")
FACEPLATFORM_FRAME_SECONDS = env.integer("FACEPLATFORM_FRAME_SECONDS", 10, minimum=1, maximum=60)
FACEPLATFORM_QUEUE_PER_PROCESS = env.integer(
    "FACEPLATFORM_QUEUE_PER_PROCESS", 1, minimum=0, maximum=1000
)
FACEPLATFORM_QUEUE_SECONDS = env.integer("FACEPLATFORM_QUEUE_SECONDS", 3, minimum=1, maximum=60)
# Memory for the pixels of all frames in hand, in each process that decodes.
FACEPLATFORM_PIXEL_MEMORY_MB = env.integer(
    "FACEPLATFORM_PIXEL_MEMORY_MB", 80, minimum=50, maximum=65_536
)
FACEPLATFORM_DETECTOR = env.text("FACEPLATFORM_DETECTOR", "blazeface")
FACEPLATFORM_RECOGNITION_MODEL = env.text("FACEPLATFORM_RECOGNITION_MODEL", "dlib")
# The second net of passive liveness: unused; used on faces that it can judge; or required, so that
# faces that it cannot judge are refused.
FACEPLATFORM_DEEP_TREE = env.choice(
    "FACEPLATFORM_DEEP_TREE", "off", ("off", "where_possible", "required")
)
FACEPLATFORM_DEEPFACE_BACKEND = env.choice(
    "FACEPLATFORM_DEEPFACE_BACKEND", "onnx", ("onnx", "tensorflow")
)
# Start even if every stored template was made with another recognition model.
FACEPLATFORM_ALLOW_MODEL_CHANGE = env.boolean("FACEPLATFORM_ALLOW_MODEL_CHANGE", default=False)
FACEPLATFORM_CALIBRATION_DIR = BASE_DIR / "calibration"
# id:base64 pairs, the current key first; keep older ones until rotate_template_keys has run.
FACEPLATFORM_TEMPLATE_KEYS = env.strings("FACEPLATFORM_TEMPLATE_KEYS") or [
    keyfile.template_key(DATA_DIR / "keys" / "template_key")
]
# id:base64 pairs of Ed25519 keys. The first signs results; all are published.
FACEPLATFORM_RESULT_KEYS = env.strings("FACEPLATFORM_RESULT_KEYS") or [
    keyfile.result_key(DATA_DIR / "keys" / "result_key")
]
# The issuer that signed results name, their lifetime, and how old an authentication may be that is
# exchanged for one.
FACEPLATFORM_RESULT_ISSUER = env.text("FACEPLATFORM_RESULT_ISSUER", "faceplatform")
FACEPLATFORM_RESULT_SECONDS = env.integer(
    "FACEPLATFORM_RESULT_SECONDS", 300, minimum=10, maximum=3600
)
FACEPLATFORM_RESULT_EXCHANGE_SECONDS = env.integer(
    "FACEPLATFORM_RESULT_EXCHANGE_SECONDS", 300, minimum=10, maximum=3600
)
# The key that used frames are found by, and their number per client that refuses replays.
FACEPLATFORM_REPLAY_KEY = keyfile.derived(SECRET_KEY, "seen-frames")
FACEPLATFORM_REPLAY_FRAMES = env.integer(
    "FACEPLATFORM_REPLAY_FRAMES", 50_000, minimum=1_000, maximum=10_000_000
)

# The bearer token for /metrics; without one nobody may read them.
FACEPLATFORM_METRICS_TOKEN = env.secret("FACEPLATFORM_METRICS_TOKEN", least=20)
FACEPLATFORM_TRACING = env.choice("FACEPLATFORM_TRACING", "off", ("off", "otlp", "console"))

# Limits by tier: JSON that overrides those of `faceplatform.limits`.
FACEPLATFORM_TIERS = limits.tiers(
    env.text("FACEPLATFORM_TIERS", "{}"), caller_rate=env.rate("FACEPLATFORM_THROTTLE_CALLER", "")
)
# Seconds between two writes of a process's counts of usage, which a crash loses.
FACEPLATFORM_USAGE_SECONDS = env.integer("FACEPLATFORM_USAGE_SECONDS", 5, minimum=1, maximum=300)
FACEPLATFORM_USAGE_DAYS = env.integer("FACEPLATFORM_USAGE_DAYS", 800, minimum=31, maximum=3660)
# Days that single ended sessions and security alerts are kept for analytics. Daily totals stay.
FACEPLATFORM_ANALYTICS_DAYS = env.integer(
    "FACEPLATFORM_ANALYTICS_DAYS", 400, minimum=31, maximum=3660
)

# Days that the audit log and the security events are kept. Keys of the audit log: id:base64 pairs,
# the current one first; without any, one that is derived from SECRET_KEY.
FACEPLATFORM_AUDIT_DAYS = env.integer("FACEPLATFORM_AUDIT_DAYS", 730, minimum=30, maximum=3660)
FACEPLATFORM_SECURITY_EVENT_DAYS = env.integer(
    "FACEPLATFORM_SECURITY_EVENT_DAYS", 180, minimum=7, maximum=3660
)
FACEPLATFORM_AUDIT_KEYS = env.strings("FACEPLATFORM_AUDIT_KEYS") or [
    keyfile.derived_entry(SECRET_KEY, "audit")
]
# Security events of a kind, of one client within an hour, that raise an alert: `kind=number`; 0 for
# none. Kinds that are not named keep their default.
FACEPLATFORM_SECURITY_ALERTS = env.assignments(
    "FACEPLATFORM_SECURITY_ALERTS", tuple(suspicion.Hint)
)

# Readers of the OpenAPI schema and its pages.
FACEPLATFORM_SCHEMA_ACCESS = env.choice(
    "FACEPLATFORM_SCHEMA_ACCESS", "public", ("public", "clients", "off")
)

# The page /try/, which acts for the demo client, for whoever opens the link that `make run` prints.
FACEPLATFORM_TRY_IT = env.boolean("FACEPLATFORM_TRY_IT", default=False)

# The older APIs: the client each serves (its name or public id; without one the API is off), those
# that accept calls without credentials, and permission for 000's reset to erase its client's users.
_DIALECTS = ("000", "001", "003", "004")
FACEPLATFORM_LEGACY_DIALECTS = env.assignments("FACEPLATFORM_LEGACY_DIALECTS", _DIALECTS)
FACEPLATFORM_LEGACY_ANONYMOUS = env.subset("FACEPLATFORM_LEGACY_ANONYMOUS", _DIALECTS)
FACEPLATFORM_LEGACY_RESET = env.boolean("FACEPLATFORM_LEGACY_RESET", default=False)
FACEPLATFORM_LEGACY_LOGIN_HOURS = env.integer(
    "FACEPLATFORM_LEGACY_LOGIN_HOURS", 24, minimum=1, maximum=720
)
# Off only where 004 is served over plain http on loopback, as by `make run`.
FACEPLATFORM_LEGACY_COOKIE_SECURE = env.boolean(
    "FACEPLATFORM_LEGACY_COOKIE_SECURE", default=not DEBUG
)

# Bulk imports: most megabytes that an archive unpacks to, unfinished imports of a client at a time,
# and days after which ended ones are removed.
FACEPLATFORM_IMPORT_MB = env.integer("FACEPLATFORM_IMPORT_MB", 200, minimum=1, maximum=65_536)
FACEPLATFORM_IMPORTS = env.integer("FACEPLATFORM_IMPORTS", 2, minimum=1, maximum=100)
FACEPLATFORM_IMPORT_DAYS = env.integer("FACEPLATFORM_IMPORT_DAYS", 30, minimum=1, maximum=3650)
# A process of its own that a web process starts, or "beat".
FACEPLATFORM_IMPORTS_BY = "process"

# Celery: tasks are JSON and have no results. `engine.remote.mailbox` queues those of frames.
CELERY_BROKER_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    # A task runs once or not at all, so Redis need not remember which worker has it: that would be
    # two transactions per frame.
    "ack_emulation": False,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
FACEPLATFORM_FRAMES_QUEUE = "frames"
# A worker fetches the next frame for each of its processes while they measure. Otherwise a process
# is idle for 3 ms between two frames (one worker process: 57 frames a second, not 65).
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A frame leaves the queue before it is measured: if it kills its worker, the next one is spared.
CELERY_TASK_ACKS_LATE = False
# SIGTERM waits for frames in hand; SIGQUIT waits this long.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = FACEPLATFORM_FRAME_SECONDS
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 120  # a process of the pool loads models before it is up
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 1024 * env.integer(
    "FACEPLATFORM_WORKER_MEMORY_MB", 1024, minimum=200, maximum=65_536
)
# Processes of a worker that is not told its number (`--concurrency`).
CELERY_WORKER_CONCURRENCY = env.integer("FACEPLATFORM_WORKER_PROCESSES", 2, minimum=1, maximum=256)
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# Web processes run the housekeeping, unless beat does it.
FACEPLATFORM_HOUSEKEEPING_IN_WEB = True
CELERY_BEAT_SCHEDULE = {
    "expire-sessions": {
        "task": "faceplatform.expire_sessions",
        "schedule": 60.0,
        "options": {"expires": 55},  # after an absence, a worker makes up for it once
    },
    # `audit.sealing.EVERY_SECONDS`.
    "seal-audit": {
        "task": "faceplatform.seal_audit",
        "schedule": 5.0,
        "options": {"expires": 4},
    },
    # As often as a run lasts: the next one waits in the queue. Few of them do, as they expire.
    "run-imports": {
        "task": "faceplatform.run_imports",
        "schedule": 5.0,
        "options": {"expires": 15},
    },
}

LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _in_one_line(record: LogRecord) -> bool:
    """Drop the traceback of refusals that anybody can provoke: they are no defect."""
    if record.name.startswith("django.security"):
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = WARNING, "WARNING"
    return True


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "faceplatform.request_id.RequestIdFilter"},
        "in_one_line": {"()": "django.utils.log.CallbackFilter", "callback": _in_one_line},
        "security_limit": {
            "()": "faceplatform.log_limits.Limited",
            "prefix": "django.security",
            "per_minute": 60,
        },
        # The exception handler logs problem documents, and 503s are logged already.
        "unhandled": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: bool(record.exc_info) and record.status_code != 503,
        },
    },
    "formatters": {
        "json": {"()": "faceplatform.api.redaction.JSONRedactingFormatter"},
        "text": {
            "()": "faceplatform.api.redaction.RedactingFormatter",
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("FACEPLATFORM_LOG_FORMAT", "text", LOG_FORMATS),
            "filters": ["request_id", "in_one_line", "security_limit"],
        }
    },
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", "INFO", LOG_LEVELS)},
    "loggers": {
        "django": {"level": "WARNING"},
        "django.request": {"level": "ERROR", "filters": ["unhandled"]},
        # Warns on each HEAD that the server has to drop the body.
        "gunicorn.http.wsgi": {"level": "ERROR"},
        # Two lines per frame.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        # A line per request, with its URL, which may contain a receiver's secret.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
