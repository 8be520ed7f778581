"""All parts of one deployment, configured by environment variables as in docs/operations.md."""

import base64
import os
import secrets
from pathlib import Path

import redis

from tests.deployment import migrated
from tests.deployment.database import Database
from tests.deployment.processes import ROOT, Process, free_port
from tests.deployment.server import Server, installed


class Deployment(Server):
    """A database, Redis, web, ``workers`` workers of one process each, housekeeping and beat.

    Args:
        folder: takes everything it writes; must be empty or absent.
        housekeeping: False to start neither that worker nor beat.
        webhooks: True to start their worker, too.
        database, redis: those of another deployment, to share them; by default own ones.
        environment: variables in addition to every deployment's, or replacing them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        housekeeping: bool = True,
        webhooks: bool = False,
        database: Database | None = None,
        redis: "Redis | None" = None,
        **environment: str,
    ) -> None:
        super().__init__(folder)
        self.database = database or Database(folder)
        self.redis = redis or Redis(folder)
        self._own_services = [
            service
            for service, given in ((self.database, database), (self.redis, redis))
            if given is None
        ]
        self.environment = self._variables() | environment
        self.web = self.web_server()
        self.workers = [self.worker(f"worker-{number}") for number in range(1, workers + 1)]
        self.housekeeping = self._celery(
            "housekeeping", "worker", "--queues", "housekeeping", "--concurrency", "1"
        )
        self.webhooks = self._celery(
            "webhooks",
            "worker",
            "--queues",
            "webhooks",
            "--pool",
            "solo",
            "--hostname",
            "webhooks@%h",
        )
        self.beat = self._celery("beat", "beat", words="beat: Starting")
        self._scheduled = [self.housekeeping, self.beat] if housekeeping else []
        if webhooks:
            self._scheduled.append(self.webhooks)
        self._others: list[Process] = []

    def begin(self) -> None:
        for service in self._own_services:
            service.start()
        self._migrate()
        for part in self.parts():
            part.launch()
        for part in self.parts():
            part.await_ready()

    def _migrate(self) -> None:
        make = self.database.make
        with migrated.template(f"{make.name}.sql") as made:
            is_empty = not self.database.run("SHOW TABLES")
            if is_empty and made.exists():
                self.database.pipe(make.restore, made.read_bytes())
            else:
                self.manage("migrate", "--no-input", "--verbosity", "0")
            if is_empty and not made.exists():
                made.write_bytes(self.database.pipe(make.dump))

    def end(self) -> None:
        for part in (*self._others, *self.parts(), *self._own_services):
            part.kill()

    def keep_to(self, *, workers: set[int], others: set[int]) -> None:
        """Run the measuring workers on the first cores only, everything else on the others."""
        for part in (*self.parts(), *self._own_services):
            part.keep_to(workers if part in self.workers else others)

    def worker(self, name: str, **environment: str) -> Process:
        """Return a measuring worker, not started."""
        command = ("worker", "--queues", "frames", "--concurrency", "1", "--hostname", f"{name}@%h")
        return self._celery(name, *command, words="This process measures frames", **environment)

    def add_worker(self, name: str, **environment: str) -> Process:
        """Start and return one more measuring worker. It ends with the deployment."""
        worker = self.worker(name, **environment)
        self._others.append(worker)
        worker.start()
        return worker

    def celery(self, *arguments: str) -> str:
        """Run ``celery --app faceplatform`` with these arguments; as `manage`."""
        return self.run(
            [installed("celery"), "--app", "faceplatform", *arguments], self.environment
        )

    def parts(self) -> list[Process]:
        return [self.web, *self.workers, *self._scheduled]

    def _variables(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "faceplatform.settings.production",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FACEPLATFORM_TEMPLATE_KEYS": template_key("first"),
            "FACEPLATFORM_RESULT_KEYS": template_key("signs"),  # of the same form
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.redis.url,
            "FACEPLATFORM_DATA_DIR": str(self.folder),
            "FACEPLATFORM_MODELS_DIR": str(models_folder()),
            "PORT": str(self.port),
            "FACEPLATFORM_HTTPS_REDIRECT": "false",  # plain http, on loopback alone
            "FACEPLATFORM_THROTTLE_CALLER": "1000000/min",
            "FACEPLATFORM_THROTTLE_CREDENTIALS": "1000/min",
        }

    def _celery(
        self, name: str, *arguments: str, words: str = " ready.", **environment: str
    ) -> Process:
        """Return a Celery process, not started. ``words`` are in its log once it is ready."""
        return Process(
            name,
            [installed("celery"), "--app", "faceplatform", *arguments],
            environment=self.environment | environment,
            folder=self.folder,
            is_ready=lambda process: words in process.said(),
        )


class Redis(Process):
    """A Redis that keeps nothing on disk: each start is an empty one."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        super().__init__(
            "redis",
            [
                *("redis-server", "--bind", "127.0.0.1", "--port", str(self.port)),
                *("--save", "", "--appendonly", "no", "--dir", str(folder)),
            ],
            environment=os.environ,
            folder=folder,
            is_ready=lambda _: self._answers(),
        )

    def connect(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_connect_timeout=2, socket_timeout=5)

    def _answers(self) -> bool:
        with self.connect() as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


def template_key(name: str) -> str:
    """Return a new template key of that id, in the form of FACEPLATFORM_TEMPLATE_KEYS."""
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def models_folder() -> Path:
    """Return the folder of `manage.py models prepare` for this process's environment."""
    data = Path(os.environ.get("FACEPLATFORM_DATA_DIR") or ROOT / "var")
    return Path(os.environ.get("FACEPLATFORM_MODELS_DIR") or data / "models").resolve()
