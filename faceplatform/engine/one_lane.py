"""The local engine of a worker's process."""

from faceplatform.engine.local import LocalEngine


class OneLaneEngine(LocalEngine):
    """For a process that measures one frame at a time: loads one of everything."""

    def __init__(self) -> None:
        super().__init__(lanes=1)
