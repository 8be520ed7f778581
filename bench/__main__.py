"""Print all tables, or those named; with BENCH_JSON=FILE also write their rows.

python -m bench [stages] [recognition] [liveness] [deepface] [http] [memory] [pixels] [search]
                [replays] [imports] [audit] [streams] [motion] [transport]
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from bench import table

# One thread for every library, before any of them is imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", DEEPFACE_LOG_LEVEL="40")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")


def main() -> None:
    start = perf_counter()
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as scratch:
        tables = _tables(Path(scratch))
    print(f"\nTook {perf_counter() - start:.0f} s.")
    table.write_json(tables)


def _tables(scratch: Path) -> list[table.Table]:
    from tests.photographs import fetch

    photographs = fetch()
    data = scratch / "data"
    data.mkdir(mode=0o700)  # as the product asks of a folder that holds more than data
    models_folder = scratch / "models"
    # The server gets its own database and models; those of the operator are not touched.
    shutil.copytree(photographs, data / "test-photos")
    os.environ.update(
        FACEPLATFORM_DATA_DIR=str(data),
        FACEPLATFORM_MODELS_DIR=str(models_folder),
        DEEPFACE_HOME=str(models_folder),
        DEEPFACE_BACKEND_ENGINE="onnx",
    )
    import django

    django.setup()
    from bench import (
        audit,
        frame,
        hardware,
        http,
        imports,
        liveness_checks,
        memory,
        models,
        motion,
        pixels,
        recognition,
        replay,
        search,
        streams,
        transport,
    )
    from faceplatform.engine.local import LocalEngine

    print(hardware.describe())
    models.prepare()
    engine = LocalEngine(lanes=1)
    engine.warm_up()
    makers: dict[str, Callable[[], table.Table]] = {
        "stages": lambda: frame.stages(engine),
        "recognition": recognition.costs,
        "liveness": lambda: liveness_checks.checks(engine),
        "deepface": lambda: frame.against_deepface(engine, models_folder),
        "http": lambda: http.over_http(engine, data),
        "memory": lambda: memory.memory(scratch),
        "pixels": lambda: pixels.pixels(data),
        "search": search.search,
        "replays": replay.replays,
        "imports": lambda: imports.imports(engine),
        "audit": audit.costs,
        "streams": lambda: streams.streams(engine),
        "motion": lambda: motion.motion(engine),
        "transport": lambda: transport.transport(data),
    }
    tables = []
    for name in sys.argv[1:] or makers:
        tables.append(makers[name]())
        print(tables[-1], flush=True)
    return tables


if __name__ == "__main__":
    main()
