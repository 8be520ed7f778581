"""Clips for tests: real ones, and hostile ones made from them box by box."""

import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faceplatform.engine.decoding import clip as decoding
from tests import pictures
from tests.legacy import cast

_PARENTS = (b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl")


def brightening(folder: Path, count: int = 8, **options: str) -> bytes:
    """Return a clip of pictures, five a second, each brighter than the one before."""
    frames = [pictures.plain(160, 120, (25 * i + 20,) * 3) for i in range(count)]
    return cast.video(frames, folder, **options)


def make_decoder_tell(monkeypatch: pytest.MonkeyPatch, **told: Any) -> None:
    """Have the decoder tell another time, or another status, of whatever it decodes."""
    run = decoding._run
    monkeypatch.setattr(decoding, "_run", lambda *args: replace(run(*args), **told))


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def rewritten(clip: bytes, kind: bytes, content: bytes) -> bytes:
    """Return an MP4 with another content of its first box of a kind, at whatever depth."""

    def rebuild(data: bytes) -> bytes:
        pieces, at = [], 0
        while at < len(data):
            size = struct.unpack(">I", data[at : at + 4])[0]
            name, inner = data[at + 4 : at + 8], data[at + 8 : at + size]
            if name == kind:
                inner = content
            elif name in _PARENTS:
                inner = rebuild(inner)
            pieces.append(box(name, inner))
            at += size
        return b"".join(pieces)

    return rebuild(clip)


def times(clip: bytes, *runs: tuple[int, int]) -> bytes:
    """Return an MP4 whose frames last as long as runs of (frames, ticks) say."""
    entries = b"".join(struct.pack(">II", *run) for run in runs)
    unedited = clip.replace(b"edts", b"free")  # an edit list would cut the clip to its old length
    return rewritten(unedited, b"stts", struct.pack(">II", 0, len(runs)) + entries)


def ticks(clip: bytes) -> int:
    """Return the ticks of a frame in a clip that `brightening` made."""
    at = clip.index(b"stts")
    return int(struct.unpack(">I", clip[at + 16 : at + 20])[0])


def begun_late(clip: bytes, frames: int) -> bytes:
    """Return an MP4 that `brightening` made, whose edit list leaves out so many frames."""
    begin = struct.pack(">IIIii", 0, 1, 100, frames * ticks(clip), 1 << 16)
    return rewritten(clip, b"elst", begin)


def audio_only(clip: bytes) -> bytes:
    return clip.replace(b"vide", b"soun")


def playlist() -> bytes:
    """Return the first bytes of an MP4, and then names of other files."""
    return b"\0\0\0\x20ftypisom#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"


def compressed_header() -> bytes:
    """Return a MOV whose header is a bomb: a kilobyte that declares and inflates to a gigabyte."""
    bomb = zlib.compress(bytes(2**20), 9)
    declared = struct.pack(">I", 2**30)
    header = box(b"dcom", b"zlib") + box(b"cmvd", declared + bomb)
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"cmov", header))


def many_samples(clip: bytes) -> bytes:
    """Return an MP4 that claims two thousand million frames."""
    return rewritten(clip, b"stsz", struct.pack(">III", 0, 1, 2**31 - 1))


def nested(depth: int = 100_000) -> bytes:
    """Return an MP4 of boxes inside of boxes."""
    sizes = range(8 * depth, 0, -8)
    boxes = b"".join(struct.pack(">I", size) + b"moov" for size in sizes)
    return box(b"ftyp", b"isom\0\0\0\0isom") + boxes


def large_metadata(clip: bytes) -> bytes:
    """Return an MP4 followed by ten megabytes of tags."""
    return clip + box(b"udta", box(b"meta", bytes(10 * 2**20)))
