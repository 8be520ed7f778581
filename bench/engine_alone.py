"""Throughput of one engine process by itself (python -m bench.engine_alone SECONDS).

Prints frames per second.
"""

import os
import sys
from time import perf_counter

# One thread for every library, as in a worker, before any of them is imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")


def main() -> None:
    import django

    django.setup()
    from bench import pictures
    from faceplatform.engine.decoding.decode import decode
    from faceplatform.engine.local import OneLaneEngine
    from faceplatform.engine.types import Wants

    engine = OneLaneEngine()
    engine.warm_up()
    frames = pictures.views(8)
    for data in frames:
        engine.analyze(decode(data), wants=Wants())
    print("ready", flush=True)
    sys.stdin.readline()  # so that all processes start at the same moment
    measured, start = 0, perf_counter()
    while perf_counter() < start + float(sys.argv[1]):
        engine.analyze(decode(frames[measured % len(frames)]), wants=Wants())
        measured += 1
    print(measured / (perf_counter() - start))


if __name__ == "__main__":
    main()
