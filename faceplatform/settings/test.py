"""Settings of the tests: SQLite in a file, fixed keys, no throttle in the way."""

import os

os.environ.setdefault("SECRET_KEY", "a-key-for-tests-only-0123456789-0123456789-0123456789")
os.environ.setdefault(
    "FACEPLATFORM_TEMPLATE_KEYS", "test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)
os.environ.setdefault(
    "FACEPLATFORM_RESULT_KEYS", "test:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
)

from faceplatform import env, limits
from faceplatform.settings.base import *
from faceplatform.settings.base import DATA_DIR, REST_FRAMEWORK, STATIC_ROOT

# A file, so that threads share it; Django makes one per pytest-xdist worker.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "test.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA secure_delete=ON;"
            ),
        },
        "TEST": {"NAME": str(DATA_DIR / "test_database.sqlite3")},
    }
}
_process = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
CACHES = {
    "default": {
        "BACKEND": "faceplatform.cache.MachineCache",
        "LOCATION": DATA_DIR / f"test_cache_{_process}.sqlite3",
    }
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": {
        "caller": "100000/min",
        "credentials": "10/min",
        "strangers": "100000/min",
    },
}
FACEPLATFORM_ENGINE = env.text("FACEPLATFORM_ENGINE", "local")
FACEPLATFORM_TIERS = limits.tiers("{}", caller_rate="100000/min")
FACEPLATFORM_USAGE_SECONDS = 0  # no thread writes while a test runs: tests call `usage.flush`
FACEPLATFORM_IMPORTS_BY = "nobody"  # tests run the runner
FACEPLATFORM_WEBHOOKS_BY = "nobody"  # tests run the loop
