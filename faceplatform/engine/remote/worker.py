"""The life of a worker: it tries the models before the pool starts, loads them in each forked
process, reports its presence once they are warm, and withdraws it at the end."""

import gc
import logging
import multiprocessing
import sys

from faceplatform import tracing
from faceplatform.engine import registry
from faceplatform.engine.remote.presence import presence
from faceplatform.errors import FaceplatformError

log = logging.getLogger(__name__)


def begin() -> None:
    """Load every model, then report presence. Called in a process of the pool, just forked.

    Raises:
        faceplatform.errors.FaceplatformError: a model is missing or cannot be loaded.
    """
    tracing.start("faceplatform-worker")
    _load_engine()
    # All this stays for good: spare the garbage collector from scanning it.
    gc.freeze()
    presence().begin()


def end() -> None:
    """Withdraw presence. Called in a process of the pool when it ends for good.

    Raises:
        redis.RedisError: Redis does not answer; the process keeps counting for some seconds.
    """
    tracing.stop()
    presence().leave()


def _load_engine() -> None:
    engine = registry.build("FACEPLATFORM_WORKER_ENGINE")
    registry.set_engine(engine)
    engine.warm_up()


def require_engine() -> None:
    """Exit if the engine cannot be loaded. Called in the worker's main process, before the pool.

    The models are loaded in a short-lived process: the main process must not hold anything that
    does not survive a fork.
    """
    trial = multiprocessing.get_context("fork").Process(target=_try_engine)
    trial.start()
    trial.join()
    if trial.exitcode != 0:
        sys.exit(1)


def _try_engine() -> None:
    try:
        tracing.require()
        _load_engine()
    except FaceplatformError as e:
        log.critical("Cannot start: %s", e.detail)
        sys.exit(1)
