"""Primitives of which the async and the sync client each have their own."""

import threading
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized

import anyio

from faceplatform_sdk.frames import Frame, is_frame

Frames = Frame | Iterable[Frame]
AsyncFrames = Frame | Iterable[Frame] | AsyncIterable[Frame]

AsyncLock = anyio.Lock
Lock = threading.Lock
async_sleep = anyio.sleep
sync_sleep = time.sleep


async def async_each(frames: AsyncFrames) -> AsyncIterator[Frame]:
    """Yield the frames one by one; a single one is a frame of its own."""
    if is_frame(frames):
        yield frames
    elif isinstance(frames, AsyncIterable):
        async for frame in frames:
            yield frame
    else:
        for frame in frames:
            yield frame


def sync_each(frames: Frames) -> Iterator[Frame]:
    """Yield the frames one by one; a single one is a frame of its own."""
    if is_frame(frames):
        yield frames
    else:
        yield from frames


def require_some(frames: AsyncFrames) -> None:
    """Raise an error before a session is opened for an empty list.

    Raises:
        ValueError: there is no frame.
    """
    if not is_frame(frames) and isinstance(frames, Sized) and len(frames) == 0:
        raise ValueError("there is no frame")
