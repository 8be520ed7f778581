"""Servers to compare the production deployment with: a bare DRF view, DeepFace's API server."""

import os
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from tests.deployment import Deployment, Process, free_port


class Server:
    """A gunicorn server on a free port.

    Args:
        application: the WSGI application, as gunicorn names it.
        environment: added to that of this process.
        worker: gunicorn's worker class.
        processes, threads: their numbers.
    """

    def __init__(
        self,
        name: str,
        application: str,
        *,
        folder: Path,
        environment: dict[str, str],
        worker: str,
        processes: int,
        threads: int,
    ) -> None:
        self.port = free_port()
        self.process = Process(
            name,
            [
                *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}"),
                *("--worker-class", worker, "--timeout", "120"),
                *("--workers", str(processes), "--threads", str(threads)),
                # Not the product's configuration, which gunicorn would find in the current folder.
                *("--keep-alive", "75", "--config", os.devnull),
                application,
            ],
            environment=os.environ | environment,
            folder=folder,
            is_ready=lambda process: process.said().count("Booting worker") == processes,
        )

    def __enter__(self) -> "Server":
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def poster(self) -> Callable[[str, bytes, str], int]:
        """Return a function that posts (path, body, content type) and returns the status.

        It uses one open connection.
        """
        http = HTTPConnection("127.0.0.1", self.port, timeout=120)

        def post(path: str, body: bytes, content_type: str) -> int:
            http.request("POST", path, body, {"Content-Type": content_type})
            response = http.getresponse()
            response.read()
            return response.status

        return post


def bare_view(deployment: Deployment) -> Server:
    """Return `bench.bare` on the deployment's database and Redis, served like the product."""
    environment = deployment.environment | {"DJANGO_SETTINGS_MODULE": "bench.bare_settings"}
    return Server(
        "bare",
        "faceplatform.wsgi",
        folder=deployment.folder,
        environment=environment,
        worker="faceplatform.web.worker.Worker",
        processes=1,
        threads=16,
    )


def deepface_api(folder: Path, home: Path) -> Server:
    """Return DeepFace's API server on its ONNX engine, with one thread per process.

    Its threads would share models.

    Args:
        home: the folder of its weights.
    """
    environment = {"DEEPFACE_HOME": str(home), "DEEPFACE_BACKEND_ENGINE": "onnx"}
    return Server(
        "deepface",
        "deepface.api.src.app:create_app()",
        folder=folder,
        environment=environment,
        worker="gthread",
        processes=2,
        threads=1,
    )
