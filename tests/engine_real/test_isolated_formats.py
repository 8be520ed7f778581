"""AVIF, HEIC if its package is installed, and large WebP files are decoded in a process that can be
stopped."""

import signal
import struct
from io import BytesIO
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from faceplatform import errors
from faceplatform.engine.decoding import formats, isolated
from faceplatform.engine.decoding.decode import (
    MAX_PIXELS,
    decode,
    decode_frame,
    decode_here,
    read,
)
from tests import pictures
from tests.photographs import photo

WIDTH, HEIGHT = 160, 128


def file(file_format: str, **options) -> bytes:
    if file_format == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    buffer = BytesIO()
    Image.fromarray(smooth()).save(buffer, file_format, **options)
    return buffer.getvalue()


def smooth() -> pictures.Pixels:
    return pictures.resize(pictures.read(photo("obama.jpg")), 0.2)[:HEIGHT, :WIDTH]


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_it_is_decoded(file_format):
    pixels = decode(file(file_format, quality=95)).pixels
    assert np.abs(pixels.astype(int) - smooth()).mean() < 4


def test_a_process_that_does_not_start_is_no_fault_of_the_picture(monkeypatch, tmp_path):
    monkeypatch.setattr(isolated, "_ROOT", tmp_path)
    with pytest.raises(errors.EngineError, match="ended with status 1"):
        decode(file("AVIF"))


@pytest.mark.parametrize("orientation", [3, 6])
def test_avif_is_turned_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(file("AVIF", quality=95, exif=exif)).pixels
    turned = np.rot90(smooth(), {3: 2, 6: -1}[orientation])
    assert pixels.shape == turned.shape
    assert np.abs(pixels.astype(int) - turned).mean() < 4


def large_webp(width: int, height: int, **options) -> bytes:
    """A WebP with transparency, whose size decides where it is decoded."""
    image = Image.fromarray(smooth()).resize((width, height))
    image.putalpha(Image.linear_gradient("L").resize((width, height)))
    buffer = BytesIO()
    image.save(buffer, "WEBP", method=0, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("options", [{"quality": 80}, {"lossless": True, "quality": 0}])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_webp_is_the_same_there_as_here(options, orientation, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = orientation
    encoded = read(large_webp(4001, 2000, exif=exif, **options))
    spy = Mock(wraps=isolated.decode)
    monkeypatch.setattr(isolated, "decode", spy)
    there = decode_frame(encoded, digest="").pixels
    spy.assert_called_once_with(encoded)
    assert there.shape == ((2000, 4001, 3) if orientation == 1 else (4001, 2000, 3))
    assert np.array_equal(there, decode_here(encoded))


def test_a_webp_without_much_to_hold_is_decoded_here(monkeypatch):
    monkeypatch.setattr(isolated, "decode", lambda encoded: pytest.fail("a process was started"))
    assert decode(large_webp(4000, 2000, quality=80)).pixels.shape == (2000, 4000, 3)


def test_a_damaged_large_webp():
    data = bytearray(large_webp(4001, 2000, lossless=True, quality=0))
    data[200 : len(data) // 2] = bytes(len(data) // 2 - 200)
    with pytest.raises(errors.ImageTruncated):
        decode(bytes(data))


def test_without_its_package_heic_is_named(monkeypatch):
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    for brand in (b"heic", b"heix", b"mif1\0\0\0\0heic"):
        body = b"ftyp" + brand + bytes(16)
        with pytest.raises(errors.ImageFormatUnsupported, match="format HEIC;"):
            decode(struct.pack(">I", len(body) + 4) + body)


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_a_file_that_is_cut_off(file_format):
    data = file(file_format)
    for share in (0.02, 0.3, 0.6, 0.95):
        with pytest.raises(errors.ImageTruncated):
            decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
def test_its_limits_hold_before_it_is_decoded(file_format, monkeypatch):
    monkeypatch.setattr(isolated, "decode", lambda picture: pytest.fail("it was decoded"))
    data = file(file_format)
    with pytest.raises(errors.ImageTooManyPixels):
        decode(data, max_pixels=WIDTH * HEIGHT - 1)
    with pytest.raises(errors.ImageTooSmall):
        decode(data, min_side=HEIGHT + 1)


def sizes_rewritten(data: bytes, width: int, height: int) -> bytes:
    """Return the file with a declared size that differs from that of its pixels."""
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", width, height) + data[place + 8 :]


@pytest.mark.parametrize("file_format", ["AVIF", "HEIF"])
@pytest.mark.parametrize("size", [(64, 64), (5000, 5000)])
def test_a_size_that_is_not_that_of_the_pixels(file_format, size):
    """The result is an image within its declared size or an error, nothing else."""
    data = sizes_rewritten(file(file_format), *size)
    assert read(data).pixels <= MAX_PIXELS
    try:
        pixels = decode(data).pixels
    except errors.ImageError:
        return
    assert pixels.shape[0] * pixels.shape[1] <= size[0] * size[1]


def test_more_pixels_than_declared_are_not_decoded():
    """A decoder scales whatever the file holds to the declared size: 144 megapixels in 2 kB."""
    buffer = BytesIO()
    Image.new("RGB", (12_000, 12_000), (120, 100, 90)).save(buffer, "AVIF", speed=10, quality=20)
    with pytest.raises(errors.ImageTruncated):
        decode(sizes_rewritten(buffer.getvalue(), 640, 480))


@pytest.mark.parametrize(
    ("width", "height", "megabytes", "seconds"),
    [(640, 480, 391, 1), (4000, 3000, 684, 3), (5000, 5000, 1009, 5)],
)
def test_the_decoder_may_take_what_the_declared_pixels_need(width, height, megabytes, seconds):
    data = sizes_rewritten(file("AVIF"), width, height)
    bounds = isolated.bounds_of(read(data))
    assert bounds.memory_bytes // 1024**2 == megabytes
    assert bounds.cpu_seconds == seconds


@pytest.mark.parametrize(
    ("file_format", "size"),
    [("AVIF", (640, 480)), ("AVIF", (5000, 5000)), ("HEIF", (640, 480))],
    ids=["AVIF", "largest AVIF", "HEIF"],
)
def test_an_image_of_noise_is_within_its_bounds(file_format, size):
    """The largest HEIC takes too long to encode for a test."""
    if file_format == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    options = {"speed": 10} if file_format == "AVIF" else {}
    data = pictures.encode(pictures.noise(*size), file_format, quality=20, **options)
    assert decode(data).pixels.shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    ("limit", "value", "error"),
    [
        ("_LEAST_MEMORY_BYTES", 64 * 1024**2, errors.ImageTruncated),
        ("_LEAST_CPU_SECONDS", -0.5, errors.ImageTruncated),
        # The machine's fault, not that of the image.
        ("WALL_SECONDS", 0.0, errors.EngineBusy),
    ],
)
def test_a_decoder_that_takes_too_much_is_stopped(limit, value, error, monkeypatch):
    monkeypatch.setattr(isolated, limit, value)
    with pytest.raises(error):
        decode(file("AVIF"))


def test_a_decoder_that_dies_is_an_answer(monkeypatch, tmp_path):
    dying = tmp_path / "python"
    dying.write_text(f"#!/bin/sh\nkill -{int(signal.SIGSEGV)} $$\n")
    dying.chmod(0o700)
    monkeypatch.setattr(isolated.sys, "executable", str(dying))
    with pytest.raises(errors.ImageTruncated):
        decode(file("AVIF"))


def test_the_decoder_gets_no_secrets(monkeypatch, tmp_path):
    seen = tmp_path / "seen"
    spy = tmp_path / "python"
    spy.write_text(f"#!/bin/sh\nenv > {seen}\n")
    spy.chmod(0o700)
    monkeypatch.setenv("SECRET_KEY", "not to be passed on")
    monkeypatch.setattr(isolated.sys, "executable", str(spy))
    with pytest.raises(errors.EngineError):
        decode(file("AVIF"))
    assert "PATH=" in seen.read_text()
    assert "not to be passed on" not in seen.read_text()


def test_a_bomb_of_boxes_is_refused():
    data = file("AVIF")
    with pytest.raises(errors.ImageTooComplex):
        decode(data[:32] + struct.pack(">I4s", 8, b"free") * 100_000 + data[32:])
