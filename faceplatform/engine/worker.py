"""A worker's life: the models are tried before it starts, built after it forked, warm at once."""

import logging
import multiprocessing
import sys
from typing import Any

from faceplatform.engine import registry
from faceplatform.errors import FaceplatformError

log = logging.getLogger(__name__)


def load_engine(**_: Any) -> None:
    """In a process of the pool, just forked: build the engine and load every model.

    Raises:
        faceplatform.errors.FaceplatformError: a model is missing or cannot be loaded.
    """
    engine = registry.build("FACEPLATFORM_WORKER_ENGINE")
    registry.set_engine(engine)
    engine.warm_up()


def try_engine(**_: Any) -> None:
    """In the worker's main process, before the pool: end it when the models cannot be loaded.

    They are loaded in a process of their own that ends at once: the main process must not hold
    what does not survive a fork.
    """
    trial = multiprocessing.get_context("fork").Process(target=_trial)
    trial.start()
    trial.join()
    if trial.exitcode != 0:
        sys.exit(1)


def _trial() -> None:
    try:
        load_engine()
    except FaceplatformError as e:
        log.critical("Cannot start: %s", e.detail)
        sys.exit(1)
