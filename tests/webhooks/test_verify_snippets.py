"""The receivers of docs/webhooks.md, run as they stand there on real, forged and old deliveries."""

import base64
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.missing import missing
from webhooks import signing

DOCUMENT = Path(__file__).parents[2] / "docs" / "webhooks.md"
NEW, OLD, FOREIGN = (bytes([byte]) * 32 for byte in b"\x01\xfb\xff")
BODY = '{"type":"subject.created","data":{"name":"Zoë"}}'.encode()


def signed(*keys: bytes, body: bytes = BODY, age: timedelta = timedelta()) -> dict[str, str]:
    at = datetime.now(UTC) - age
    return signing.headers(message_id="msg_1", at=at, body=body, keys=keys)


def changed(name: str, value: str) -> dict[str, str]:
    return signed(NEW) | {name: value}


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in signed(NEW).items() if key != name}


def cases() -> dict[str, tuple[bool, dict[str, str], bytes]]:
    """Return the expected verdict, headers and body of each delivery, for the secret `NEW`."""
    good = signed(NEW)["webhook-signature"]
    return {
        "signed": (True, signed(NEW), BODY),
        "empty body": (True, signed(NEW, body=b""), b""),
        "bytes that are no text": (True, signed(NEW, body=b"\xff\x00\n"), b"\xff\x00\n"),
        "new secret first": (True, signed(NEW, OLD), BODY),
        "new secret last": (True, signed(OLD, NEW), BODY),
        "another version first": (True, changed("webhook-signature", f"v1a,AAAA {good}"), BODY),
        "almost too old": (True, signed(NEW, age=timedelta(minutes=4)), BODY),
        "a clock ahead": (True, signed(NEW, age=-timedelta(minutes=4)), BODY),
        "too old": (False, signed(NEW, age=timedelta(minutes=6)), BODY),
        "too new": (False, signed(NEW, age=-timedelta(minutes=6)), BODY),
        "another secret": (False, signed(FOREIGN), BODY),
        "two other secrets": (False, signed(OLD, FOREIGN), BODY),
        "another body": (False, signed(NEW), BODY.replace(b"created", b"deleted")),
        "a blank more": (False, signed(NEW), BODY + b" "),
        "another id": (False, changed("webhook-id", "msg_2"), BODY),
        "another time": (
            False,
            changed("webhook-timestamp", str(int(datetime.now(UTC).timestamp()) + 9)),
            BODY,
        ),
        "no time": (False, changed("webhook-timestamp", "now"), BODY),
        "an empty time": (False, changed("webhook-timestamp", ""), BODY),
        "a time without end": (False, changed("webhook-timestamp", "9" * 5000), BODY),
        "without an id": (False, without("webhook-id"), BODY),
        "without a time": (False, without("webhook-timestamp"), BODY),
        "without a signature": (False, without("webhook-signature"), BODY),
        "an empty signature": (False, changed("webhook-signature", ""), BODY),
        "a version alone": (False, changed("webhook-signature", "v1,"), BODY),
        "no version": (False, changed("webhook-signature", good.removeprefix("v1,")), BODY),
        "an unknown version": (False, changed("webhook-signature", f"v2{good[2:]}"), BODY),
        "half a signature": (False, changed("webhook-signature", good[:20]), BODY),
        "no base64": (False, changed("webhook-signature", "v1,ÿ\u2603"), BODY),
    }


def snippet(language: str) -> str:
    """Return the document's only block in that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S)
    return found


def python(folder: Path) -> list[str]:
    main = """
import json, sys
for case in json.load(sys.stdin):
    print(verify(case["secret"], case["headers"], base64.b64decode(case["body"])))
"""
    (folder / "receiver.py").write_text(snippet("python") + main)
    return [sys.executable, "receiver.py"]


def node(folder: Path) -> list[str]:
    main = """
for (const { secret, headers, body } of JSON.parse(require("node:fs").readFileSync(0))) {
  console.log(verify(secret, headers, Buffer.from(body, "base64")));
}
"""
    (folder / "receiver.js").write_text(snippet("js") + main)
    return ["node", "receiver.js"]


def php(folder: Path) -> list[str]:
    main = """
foreach (json_decode(file_get_contents('php://stdin'), true) as $case) {
    $valid = verify($case['secret'], $case['headers'], base64_decode($case['body']));
    echo $valid ? "true\\n" : "false\\n";
}
"""
    (folder / "receiver.php").write_text(snippet("php") + main)
    return ["php", "receiver.php"]


def go(folder: Path) -> list[str]:
    main = """package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"receiver/webhook"
)

func main() {
	var cases []struct {
		Secret  string
		Headers map[string]string
		Body    []byte
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	for _, one := range cases {
		headers := http.Header{}
		for name, value := range one.Headers {
			headers.Set(name, value)
		}
		fmt.Println(webhook.Verify(one.Secret, headers, one.Body))
	}
}
"""
    (folder / "go.mod").write_text("module receiver\n\ngo 1.19\n")
    (folder / "main.go").write_text(main)
    (folder / "webhook").mkdir()
    (folder / "webhook" / "verify.go").write_text(snippet("go"))
    return ["go", "run", "."]


@pytest.mark.parametrize("language", [python, node, php, go], ids=lambda made: made.__name__)
def test_the_documented_receiver(language, tmp_path):
    command = language(tmp_path)
    if shutil.which(command[0]) is None:
        missing(f"{command[0]} is not installed")
    table = cases()
    given = [
        {
            "secret": signing.secret_text(NEW),
            "headers": headers,
            "body": base64.b64encode(body).decode(),
        }
        for _, headers, body in table.values()
    ]
    done = subprocess.run(
        command, cwd=tmp_path, input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    verdicts = [line.lower() == "true" for line in done.stdout.splitlines()]
    assert dict(zip(table, verdicts, strict=True)) == {
        name: expected for name, (expected, *_) in table.items()
    }
