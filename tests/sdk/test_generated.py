"""The sync client is that which `make sdk` writes from the async one.

`make sdk-check` compares the models, whose generator has an environment of its own.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_sync_client_is_up_to_date():
    done = subprocess.run(
        [sys.executable, "sdk/python/generate_sync.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
