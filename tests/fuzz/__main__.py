"""`make fuzz`: Schemathesis calls all operations of both OpenAPI documents on a running server.

    python -m tests.fuzz PATH_OF_SCHEMATHESIS

A 5xx is a failure, and so is an answer whose status, content type, headers or body its document
does not describe. The engine is scripted: what is tested is the API. FUZZ_SECONDS (40) bounds the
run for each document; FUZZ_LOG names a file for the server's log.
"""

import json
import os
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.deployment.scripted import ScriptedServer

SECONDS = int(os.environ.get("FUZZ_SECONDS", "40"))
SEED = os.environ.get("FUZZ_SEED", "14")
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_UNLIMITED = {
    "FACEPLATFORM_THROTTLE_CALLER": "10000000/min",
    "FACEPLATFORM_THROTTLE_CREDENTIALS": "10000000/min",
    "FACEPLATFORM_THROTTLE_STRANGERS": "10000000/min",
    "FACEPLATFORM_ACCESS_TOKEN_MINUTES": "60",
}
_OLDER_APIS = {
    "FACEPLATFORM_LEGACY_DIALECTS": "000=older,001=older,003=older,004=older",
    "FACEPLATFORM_LEGACY_ANONYMOUS": "true",
    "FACEPLATFORM_LEGACY_RESET": "true",
    "FACEPLATFORM_LEGACY_COOKIE_SECURE": "false",
}


def post(port: int, path: str, body: object, **headers: str) -> Any:
    http = HTTPConnection("127.0.0.1", port, timeout=30)
    kinds = {"Content-Type": "application/json"}
    http.request("POST", path, json.dumps(body), {**kinds, **headers})
    answer: Any = json.load(http.getresponse())
    http.close()
    return answer


def headers_of(server: ScriptedServer) -> list[str]:
    """Return the headers of a client that has an enrolled user and an open session."""
    policy = json.dumps({"max_enrollment_frames": 500})
    issued = json.loads(server.manage("create_client", "fuzz", "--json", "--policy", policy))
    pair = {name: issued[name] for name in ("api_key", "api_secret")}
    access = f"Bearer {post(server.port, '/api/core/auth/client/', pair)['access']}"
    opening = {"user_id": "ada", "session_type": "api"}
    opened = post(server.port, "/api/auth/enrollment/", opening, Authorization=access)
    return [f"Authorization: {access}", f"X-Session-Token: {opened['session_token']}"]


def fuzz(program: str, server: ScriptedServer, document: str, headers: list[str]) -> bool:
    """Run Schemathesis on the document of that path. Return True if nothing was found."""
    sent = [part for header in headers for part in ("--header", header)]
    done = subprocess.run(
        [
            program,
            "run",
            f"http://127.0.0.1:{server.port}{document}",
            *sent,
            *("--checks", ",".join(_CHECKS), "--max-time", str(SECONDS), "--seed", SEED),
            *("--phases", "examples,coverage,fuzzing", "--workers", "1", "--no-color"),
            *("--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"),
            *("--request-timeout", "30", "--generation-database", "none"),
        ],
        cwd=server.folder,
        check=False,
    )
    return done.returncode == 0


def main(program: str) -> int:
    with TemporaryDirectory() as folder:
        server = ScriptedServer(Path(folder), **_UNLIMITED, **_OLDER_APIS)
        server.migrate()
        server.manage("create_client", "older")
        try:
            server.start()
            sound = [
                fuzz(program, server, "/api/schema/", headers_of(server)),
                fuzz(program, server, "/api/schema/legacy/", []),
            ]
        finally:
            server.kill()
            if "FUZZ_LOG" in os.environ:
                Path(os.environ["FUZZ_LOG"]).write_text(server.said())
    return 0 if all(sound) else 1


sys.exit(main(sys.argv[1]))
