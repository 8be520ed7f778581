"""A production deployment on this machine: real database, Redis, web, workers and beat; and the
embedded default.

They use free ports and write below one folder. Every part can be stopped, killed, paused and
started again by itself; all of them are gone in the end, whatever happens::

    with Deployment(folder, workers=2) as deployment:
        caller = deployment.caller(deployment.create_client("acme"))
        token = caller.enrollment("alice")
        answer = caller.frame(token, image)

Independent of pytest: `make chaos`, `make attack` and the benchmark share it.
"""

from tests.deployment.caller import Answer, Caller, Key, as_form
from tests.deployment.database import PASSWORD, USER, Database
from tests.deployment.deployment import Deployment, models_folder
from tests.deployment.embedded import Embedded
from tests.deployment.processes import ROOT, Process, free_port, wait_until
from tests.deployment.server import Server

__all__ = [
    "PASSWORD",
    "ROOT",
    "USER",
    "Answer",
    "Caller",
    "Database",
    "Deployment",
    "Embedded",
    "Key",
    "Process",
    "Server",
    "as_form",
    "free_port",
    "models_folder",
    "wait_until",
]
