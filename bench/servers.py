"""What the production deployment is measured beside: a bare DRF view, DeepFace's own API server."""

import os
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

from tests.deployment import Deployment, Process, free_port


class Server:
    """A web server of two processes on a port of its own; posts to it over one open connection.

    Args:
        application: what gunicorn serves.
        environment: on top of this process's.
        worker: gunicorn's worker class.
        processes, threads: of the web server.
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
                # Not the product's own configuration, which lies in the folder it is started in.
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
        """Sends a body of a content type to a path, and returns the status of the answer."""
        http = HTTPConnection("127.0.0.1", self.port, timeout=120)

        def post(path: str, body: bytes, content_type: str) -> int:
            http.request("POST", path, body, {"Content-Type": content_type})
            response = http.getresponse()
            response.read()
            return response.status

        return post


def bare_view(deployment: Deployment) -> Server:
    """`bench.bare` on the deployment's database and Redis, served as the product is."""
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
    """DeepFace's API server on its onnx engine; one thread a process, since it shares its models.

    Args:
        home: holds its weights.
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
