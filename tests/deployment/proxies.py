"""nginx and Caddy with the files of ``deploy/``, on free ports in front of a test's server.

Only the machine-specific parts of the files are replaced: host, ports, certificate, folders.
"""

import os
from pathlib import Path

from tests.deployment.authority import Authority
from tests.deployment.processes import ROOT, Process, free_port, listens

_HOST = "faces.example.com"
_UPSTREAM = "127.0.0.1:8000"


class Proxy(Process):
    """A proxy that terminates TLS at ``port``. ``authority`` signs its certificate.

    Args:
        name: the program's name.
        command: the command that starts it.
    """

    def __init__(self, folder: Path, name: str, command: list[str]) -> None:
        self.port, self.plain_port = free_port(), free_port()
        self.authority = Authority(folder, "authority")
        self.certificate, self.key = self.authority.sign("127.0.0.1")
        super().__init__(
            name,
            command,
            environment=os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)},
            folder=folder,
            is_ready=lambda _: listens(self.port),
        )


class Nginx(Proxy):
    """A proxy to the server at the port ``upstream``."""

    def __init__(self, folder: Path, upstream: int) -> None:
        main = folder / "nginx.conf"
        super().__init__(folder, "nginx", ["nginx", "-c", str(main), "-e", "stderr"])
        site = _replaced(
            "nginx.conf",
            {
                _HOST: "127.0.0.1",
                _UPSTREAM: f"127.0.0.1:{upstream}",
                "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
                "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
                "/etc/ssl/127.0.0.1.pem": str(self.certificate),
                "/etc/ssl/private/127.0.0.1.key": str(self.key),
                "/var/log/nginx/faceplatform.log": str(folder / "errors.log"),
                "/run/faceplatform-bodies": str(folder / "bodies"),
            },
        )
        (folder / "site.conf").write_text(site)
        temporary = "".join(
            f"{name}_temp_path {folder}/{name};\n" for name in ("proxy", "fastcgi", "uwsgi", "scgi")
        )
        main.write_text(
            f"daemon off; pid {folder}/nginx.pid; user root;\nevents {{}}\n"
            f"http {{\n{temporary}include {folder}/site.conf;\n}}\n"
        )


class Caddy(Proxy):
    """A proxy to the server at the port ``upstream``."""

    def __init__(self, folder: Path, upstream: int) -> None:
        file = folder / "Caddyfile"
        super().__init__(
            folder, "caddy", ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
        )
        alone = f"\n{{\n\tadmin off\n\thttp_port {self.plain_port}\n\thttps_port {self.port}\n"
        file.write_text(
            _replaced(
                "Caddyfile",
                {
                    _UPSTREAM: f"127.0.0.1:{upstream}",
                    "\n{\n": alone,
                    f"\n{_HOST} {{\n": f"\n127.0.0.1 {{\n\ttls {self.certificate} {self.key}\n",
                },
            )
        )


def _replaced(name: str, changes: dict[str, str]) -> str:
    text = (ROOT / "deploy" / name).read_text()
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"deploy/{name} has no {old!r}")
        text = text.replace(old, new)
    return text
