"""The embedded default's server: one process that holds the engine, threads that wait for it."""

import os

from faceplatform.engine.registry import get_engine

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
# One process: its cache holds the throttles, its memory the models. The measuring itself runs
# outside of Python's lock, on as many cores as there are.
workers = 1
threads = int(os.environ.get("WEB_THREADS", "16"))
timeout = 60
graceful_timeout = 30
# Paths can hold session tokens: no access log. The application logs what matters.
accesslog = None
control_socket_disable = True
limit_request_line = 4094
limit_request_fields = 60


def post_worker_init(worker: object) -> None:
    """Load the models before the first request, so that a broken installation does not start."""
    get_engine().warm_up()
