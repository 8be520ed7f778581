"""A production deployment on this machine: real database, Redis, web, workers and beat.

On free ports, with all it writes below one folder. Every part can be stopped, killed, paused and
started again by itself; whatever happens, all of them are gone in the end::

    with Deployment(folder, workers=2) as deployment:
        caller = deployment.caller(deployment.create_client("acme"))
        token = caller.enrollment("alice")
        answer = caller.frame(token, picture)

Knows no pytest: `make chaos` and the benchmark share it.
"""

from tests.deployment.caller import Answer, Caller, Key, as_form
from tests.deployment.database import PASSWORD, USER, Database
from tests.deployment.deployment import Deployment, is_healthy, models_folder
from tests.deployment.processes import ROOT, Process, free_port, wait_until

__all__ = [
    "PASSWORD",
    "ROOT",
    "USER",
    "Answer",
    "Caller",
    "Database",
    "Deployment",
    "Key",
    "Process",
    "as_form",
    "free_port",
    "is_healthy",
    "models_folder",
    "wait_until",
]
