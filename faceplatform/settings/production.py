"""Production: MySQL and Redis, secrets from the environment, HTTPS. Refuses to start otherwise.

Asserts and composes; docs/operations.md explains each variable.
"""

import re
from typing import Any

from faceplatform import env
from faceplatform.errors import ConfigurationError
from faceplatform.settings import mysql, secret_rules


def _secret_key() -> None:
    secret_rules.require_secret_key(env.text("SECRET_KEY"))


def _template_keys() -> None:
    keys = env.strings("FACEPLATFORM_TEMPLATE_KEYS")
    secret_rules.require_template_keys(keys, env.text("SECRET_KEY", ""))


def _result_keys() -> None:
    others = [env.text("SECRET_KEY", ""), *env.strings("FACEPLATFORM_TEMPLATE_KEYS")]
    secret_rules.require_result_keys(env.strings("FACEPLATFORM_RESULT_KEYS"), others)


def _no_debug() -> None:
    if env.boolean("DEBUG", default=False):
        raise ConfigurationError("DEBUG must be off in production: it shows settings to strangers")


def _no_try_page() -> None:
    if env.boolean("FACEPLATFORM_TRY_IT", default=False):
        raise ConfigurationError("FACEPLATFORM_TRY_IT is for `make run`, and off in production")


def _hosts() -> list[str]:
    hosts = env.strings("ALLOWED_HOSTS")
    if not hosts or "*" in hosts:
        raise ConfigurationError("ALLOWED_HOSTS must list the names that the service is reached by")
    return hosts


def _database() -> dict[str, Any]:
    return mysql.database("DATABASE_URL", env.text("DATABASE_URL"))


def _redis_url() -> str:
    url = env.text("REDIS_URL")
    if not url.startswith(("redis://", "rediss://")):
        raise ConfigurationError("REDIS_URL must be redis://[user:password@]host:port/number")
    return url


# Before the base settings, which would create missing keys.
env.require_all(
    _secret_key,
    _template_keys,
    _result_keys,
    _no_debug,
    _no_try_page,
    _hosts,
    _database,
    _redis_url,
)

from faceplatform.settings.base import *
from faceplatform.settings.base import (
    FACEPLATFORM_MACHINE_ADDRESSES,
    FORCE_SCRIPT_NAME,
    LOG_FORMATS,
    LOGGING,
)

ALLOWED_HOSTS = _hosts()
DATABASES = {"default": _database()}
REDIS_URL = _redis_url()
CACHES = {
    "default": {
        "BACKEND": "faceplatform.cache.CountingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "faceplatform",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}
CELERY_BROKER_URL = REDIS_URL
FACEPLATFORM_HOUSEKEEPING_IN_WEB = False  # beat runs here
FACEPLATFORM_IMPORTS_BY = "beat"
FACEPLATFORM_WEBHOOKS_BY = "worker"
FACEPLATFORM_ENGINE = env.choice("FACEPLATFORM_ENGINE", "remote", ("remote", "local"))

SECURE_SSL_REDIRECT = env.boolean("FACEPLATFORM_HTTPS_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [
    f"^{re.escape(f'{FORCE_SCRIPT_NAME}/{address}'.lstrip('/'))}$"
    for address in FACEPLATFORM_MACHINE_ADDRESSES
]
SECURE_HSTS_SECONDS = env.integer(
    "FACEPLATFORM_HSTS_SECONDS", 31_536_000, minimum=0, maximum=63_072_000
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.boolean("FACEPLATFORM_HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.boolean("FACEPLATFORM_HSTS_PRELOAD", default=False)
# Subdomains and browsers' preload lists affect a company's other services too: its own decision.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
FACEPLATFORM_LEGACY_COOKIE_SECURE = True
LOGGING["handlers"]["console"]["formatter"] = env.choice(
    "FACEPLATFORM_LOG_FORMAT", "json", LOG_FORMATS
)
