"""Vocabulary of these tests: files to import, the import calls, and the runner in this process."""

import csv
import zipfile
from io import BytesIO, StringIO
from typing import Any

from imports import running
from tests.stage import Api, upload

PATH = "/api/clients/users/import/"
JOBS = "/api/clients/imports/"


def archive(files: dict[str, bytes], *, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip archive with these files."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return buffer.getvalue()


def table(*rows: tuple[str, ...], header: tuple[str, ...] = ("user_id",)) -> bytes:
    """Return a CSV file with these rows."""
    text = StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def start(api: Api, content: bytes, **fields: Any):
    """Post a file to import."""
    body = {"file": upload(content, "users"), **fields}
    return api.http.post(PATH, body, format="multipart")


def started(api: Api, content: bytes, **fields: Any) -> str:
    """Post a file to import; return the import's id."""
    answer = start(api, content, **fields)
    assert answer.status_code == 202, answer.json()
    return str(answer.json()["id"])


def read(api: Api, job: str) -> dict[str, Any]:
    answer: dict[str, Any] = api.http.get(f"{JOBS}{job}/").json()
    return answer


def items(api: Api, job: str, query: str = "") -> dict[str | None, tuple[str | None, str | None]]:
    """Return result and reason of each item, by user id."""
    results = api.http.get(f"{JOBS}{job}/items/{query}").json()["results"]
    return {item["user_id"]: (item["result"], item["reason"]) for item in results}


def cancel(api: Api, job: str):
    return api.http.post(f"{JOBS}{job}/cancel/")


def run() -> int:
    """Run until nothing is ready; return the number of items processed."""
    return running.run(running.Turn())


def imported(api: Api, content: bytes, **fields: Any) -> dict[str | None, Any]:
    """Import a file to its end; return result and reason of each item."""
    job = started(api, content, **fields)
    run()
    assert read(api, job)["status"] == "completed"
    return items(api, job)
