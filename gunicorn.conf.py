"""The web server: by default one process that holds the engine, and threads that wait for it."""

import os
import sys

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from faceplatform import server
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.errors import FaceplatformError

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
# With the local engine one process: its cache holds the throttles, its memory the models. The
# measuring itself runs outside of Python's lock, on as many cores as there are. With Redis and
# workers that measure there may be several.
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "16"))
timeout = 60
graceful_timeout = 30
# Paths can hold session tokens: no access log. The application logs what matters.
accesslog = None
control_socket_disable = True
limit_request_line = 4094
limit_request_fields = 60
server.install()


def post_worker_init(worker: Worker) -> None:
    """Load the models before the first request, so that a broken installation does not start."""
    # Not at the top: gunicorn reads this file before Django is set up.
    from enrollment.compatibility import check_templates
    from faceplatform.collation import require_exact_text
    from legacy.binding import check_bindings
    from legacy.checks import anonymous_calls

    try:
        server.require_shared_cache(workers)
        engine = get_engine()
        get_calibration()
        require_exact_text()
        check_templates(engine.model)
        check_bindings()
        for warning in anonymous_calls(None):
            worker.log.warning("%s. %s", warning.msg, warning.hint)
        engine.warm_up()
    except FaceplatformError as e:
        worker.log.critical("Cannot start: %s", e.detail)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
