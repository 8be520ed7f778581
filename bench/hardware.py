"""Description of the machine and the packages behind the numbers."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

_PACKAGES = (
    "django",
    "numpy",
    "onnxruntime",
    "ai-edge-litert",
    "opencv-contrib-python-headless",
    "pillow",
    "deepface",
    "dlib-bin",
)


def describe() -> str:
    lines = [
        f"Processor: {_processor()}, {os.cpu_count()} cores",
        f"Memory: {_memory_gb():.1f} GB",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        f"Load average before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}",
    ]
    return "\n".join(lines)


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
