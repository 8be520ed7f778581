"""A worker's life: the models are tried before it starts, built after it forked, warm before it
says that it is there, gone when it says so."""

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
    """In a process of the pool, just forked: load every model, then tell that it measures.

    Raises:
        faceplatform.errors.FaceplatformError: a model is missing or cannot be loaded.
    """
    tracing.start("faceplatform-worker")
    _load_engine()
    # What is there by now stays: the garbage collector need not look through it again and again.
    gc.freeze()
    presence().begin()


def end() -> None:
    """In such a process, when it ends for good: it takes no frame any more.

    Raises:
        redis.RedisError: Redis does not hear of it; the process counts for some seconds yet.
    """
    tracing.stop()
    presence().leave()


def _load_engine() -> None:
    engine = registry.build("FACEPLATFORM_WORKER_ENGINE")
    registry.set_engine(engine)
    engine.warm_up()


def try_engine() -> None:
    """In the worker's main process, before the pool: end it when its processes could not measure.

    The models are loaded in a process of their own that ends at once: the main process must not
    hold what does not survive a fork.
    """
    trial = multiprocessing.get_context("fork").Process(target=_trial)
    trial.start()
    trial.join()
    if trial.exitcode != 0:
        sys.exit(1)


def _trial() -> None:
    try:
        tracing.require()
        _load_engine()
    except FaceplatformError as e:
        log.critical("Cannot start: %s", e.detail)
        sys.exit(1)
