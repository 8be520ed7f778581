"""Settings of `make test-services`: the same tests on MySQL or MariaDB and Redis.

``FACEPLATFORM_TEST_DATABASE`` and ``FACEPLATFORM_TEST_REDIS`` are the addresses. Redis databases
from 8 on are used, a cache and a queue for each of four pytest processes: emptying one must not
empty another. ``FACEPLATFORM_TEST_COLLATION`` is for MySQL (`make test-mysql`), where the collation
has another name.
"""

import os

from faceplatform import env
from faceplatform.settings import mysql
from faceplatform.settings.test import *

_FIRST_CACHE, _FIRST_QUEUE = 8, 12

DATABASES = {
    "default": mysql.database(
        "FACEPLATFORM_TEST_DATABASE",
        env.text("FACEPLATFORM_TEST_DATABASE", "mysql://root@127.0.0.1:3306/test"),
    )
}
DATABASES["default"]["TEST"] = {
    "CHARSET": "utf8mb4",
    "COLLATION": env.text("FACEPLATFORM_TEST_COLLATION", "utf8mb4_nopad_bin"),
}
_process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_redis = env.text("FACEPLATFORM_TEST_REDIS", "redis://127.0.0.1:6379")
CACHES = {
    "default": {
        "BACKEND": "faceplatform.cache.CountingRedisCache",
        "LOCATION": f"{_redis}/{_FIRST_CACHE + _process}",
    }
}
CELERY_BROKER_URL = f"{_redis}/{_FIRST_QUEUE + _process}"
