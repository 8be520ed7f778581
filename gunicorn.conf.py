"""The web server: by default one process per core, each with an engine that its threads share."""

import gc
import os
import sys

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from faceplatform import env, server, tracing
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.errors import ConfigurationError, FaceplatformError
from faceplatform.web import limits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")

try:
    server.require_variables()
    limits.allow_files(limits.from_environment().connections)
    workers = server.processes()
    os.environ["FACEPLATFORM_ENGINE_LANES"] = server.lanes_of_each(workers)
    logconfig_dict = server.logging_config()  # loads the settings
except ConfigurationError as e:  # gunicorn would print a traceback
    sys.exit(e.detail)

bind = server.address()
worker_class = "faceplatform.web.worker.Worker"
threads = server.threads()
timeout = 60
graceful_timeout = 30
# Longer than a proxy in front keeps idle connections (nginx: 60): the server must not close first,
# as a request may be in transit.
keepalive = 75
# gunicorn would believe any peer on loopback about scheme and path. Django reads a proxy's headers,
# as FACEPLATFORM_TRUSTED_PROXIES, FACEPLATFORM_HTTPS_PROXY_HEADER and FACEPLATFORM_PATH_PREFIX say.
forwarded_allow_ips = ""
forwarder_headers = ""
logger_class = server.Logger
control_socket_disable = True
limit_request_line = 4094
limit_request_fields = 60


def on_starting(arbiter: Arbiter) -> None:
    """Run in the main process, before any module with metrics is imported."""
    for warning in env.name_warnings():
        arbiter.log.warning(warning)
    if workers > 1:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = server.metrics_folder()


def on_exit(_: Arbiter) -> None:
    """Run in the main process, after the others have ended."""
    if workers > 1:
        server.remove_metrics_folder()


def worker_exit(_: Arbiter, worker: Worker) -> None:
    """Write what the process has counted since the last write; a worker that never came up has
    counted nothing. The webhooks under way end."""
    from django.db import Error

    from audit import counting
    from clients import usage
    from webhooks.launching import stop_in_web

    stop_in_web()
    for counts, flush in {"Usage": usage.flush, "Security events": counting.flush}.items():
        try:
            flush()
        except Error as e:
            text = "%s of the last seconds could not be written: %s"
            worker.log.error(text, counts, e)  # noqa: TRY400


def post_worker_init(worker: Worker) -> None:
    """Load the models before the first request, so that a broken installation does not start."""
    # Imported here, as gunicorn reads this file before Django is set up.
    from django.conf import settings

    from audit import sealing
    from enrollment.compatibility import check_templates
    from faceplatform import housekeeping
    from faceplatform.checks import private_data
    from faceplatform.collation import require_exact_text
    from imports.launching import ensure_runner
    from legacy.binding import check_bindings
    from legacy.checks import anonymous_calls
    from webhooks.launching import start_in_web

    try:
        server.require_shared_cache(workers)
        tracing.start("faceplatform-web")
        engine = get_engine()
        get_calibration()
        require_exact_text()
        check_templates(engine.model)
        check_bindings()
        for warning in (*anonymous_calls(None), *private_data(None)):
            worker.log.warning("%s. %s", warning.msg, warning.hint)
        engine.warm_up()
    except FaceplatformError as e:
        worker.log.critical("Cannot start: %s", e.detail)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
    if settings.FACEPLATFORM_HOUSEKEEPING_IN_WEB:  # no scheduler does it
        housekeeping.clean_up_regularly(seconds=60)
        housekeeping.repeat(sealing.seal_all, seconds=sealing.EVERY_SECONDS)
    ensure_runner()  # of imports that a stop interrupted
    start_in_web()  # the delivery of webhooks
    # Objects that exist by now stay: the garbage collector need not scan them again.
    gc.freeze()
