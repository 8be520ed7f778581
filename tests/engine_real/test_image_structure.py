"""Bytes around the pixels of an image are cut off, bounded, or refused before decoding."""

import re
import struct
import zlib
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from faceplatform import errors
from faceplatform.engine.decoding import decode as decoding
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Wants
from tests import photographs, pictures

WIDTH, HEIGHT = 160, 128
MEGABYTE = 1024**2


def photo(file_format="JPEG", **options) -> bytes:
    """Return an image whose last pixels need the last bytes of its file."""
    buffer = BytesIO()
    Image.fromarray(pictures.noise(WIDTH, HEIGHT)).save(buffer, file_format, **options)
    return buffer.getvalue()


def same(data: bytes, as_data: bytes) -> bool:
    return bool((decode(data).pixels == decode(as_data).pixels).all())


@pytest.fixture
def nothing_is_decoded(monkeypatch):
    def decoded(*_, **__):
        raise AssertionError("a decoder was called")

    monkeypatch.setattr(decoding, "decode_frame", decoded)


# JPEG: behind its end, and without one --------------------------------------------------------


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("tail", [b"\xff\xda\0\x08", b"\xff\xd8\xff\xd9", b"\0\0\0\x18ftypmp42"])
def test_what_lies_behind_the_end_is_no_part_of_the_picture(progressive, tail):
    data = photo(progressive=progressive)
    assert same(data + tail * (8 * MEGABYTE // len(tail)), data)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"restart_marker_blocks": 1},
        {"restart_marker_rows": 1},
        {"restart_marker_blocks": 7, "progressive": True},
    ],
    ids=["baseline", "progressive", "restarts", "restarts by rows", "progressive restarts"],
)
def test_only_the_end_marker_may_be_missing(options):
    data = photo(quality=85, **options)
    assert data.endswith(b"\xff\xd9")
    assert same(data[:-2], data)
    assert same(data[:-1], data)
    for lost in range(6, 600, 33):
        with pytest.raises(errors.ImageTruncated):
            decode(data[:-lost])


def portrait(mode: str = "RGB", side: int = 225, **options) -> bytes:
    """Return a photograph as JPEG; most of its last blocks lie beyond its edge at a side of 225."""
    pixels = pictures.read(photographs.photo("obama.jpg"))
    buffer = BytesIO()
    Image.fromarray(pixels).resize((side, side)).convert(mode).save(
        buffer, "JPEG", quality=85, **options
    )
    return buffer.getvalue()


def is_changed(data: bytes, whole: bytes) -> bool:
    """Return True if the decoder, which fills in missing data, makes other pixels of it."""
    filled_in, pixels = (
        np.asarray(Image.open(BytesIO(each)).convert("RGB")) for each in (data, whole)
    )
    return bool((filled_in != pixels).any())


KINDS = [
    {},
    {"side": 240},
    {"subsampling": 0},
    {"mode": "L"},
    {"mode": "CMYK"},
    {"optimize": True},
    {"restart_marker_blocks": 3},
    {"restart_marker_rows": 1},
    {"progressive": True},
]


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_a_cut_that_changes_a_pixel_is_refused(options):
    data = portrait(**options)
    assert same(data[:-2], data)
    cuts = [data[:-lost] for lost in range(1, 201)]
    losing = [cut for cut in cuts if is_changed(cut + b"\xff\xd9", data)]
    assert len(losing) > 190
    for cut in losing:
        with pytest.raises(errors.ImageTruncated):
            decode(cut)


@pytest.mark.parametrize("options", KINDS[:-1], ids=str)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_an_end_marker_after_a_cut_hides_nothing(share, options):
    data = portrait(**options)
    with pytest.raises(errors.ImageTruncated):
        decode(data[: int(len(data) * share)] + b"\xff\xd9")


@pytest.mark.parametrize("side", [0, 2], ids=["height", "width"])
def test_a_header_that_declares_more_than_the_data_holds(side):
    data = bytearray(portrait())
    place = data.index(b"\xff\xc0") + 5 + side
    data[place : place + 2] = (300).to_bytes(2)
    with pytest.raises(errors.ImageTruncated):
        decode(bytes(data))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_grey_pixels_at_the_end_are_no_missing_ones(mode, progressive):
    pixels = pictures.noise(WIDTH, HEIGHT)
    pixels[HEIGHT // 2 :] = 128
    buffer = BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, "JPEG", progressive=progressive)
    assert (decode(buffer.getvalue()).pixels[-1] == 128).all()


def restarts(data: bytes) -> list[int]:
    return [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]


@pytest.mark.parametrize("marker", [0, 2])
def test_data_that_ends_at_a_restart_is_not_all_there(marker):
    data = photo(quality=85, restart_marker_blocks=3)
    for place in restarts(data)[5:]:
        with pytest.raises(errors.ImageTruncated):
            decode(data[: place + marker])


def test_a_progressive_picture_that_ends_between_two_scans_is_not_all_there():
    data = photo(progressive=True)
    for scan in re.finditer(rb"\xff\xc4", data):
        with pytest.raises(errors.ImageTruncated):
            decode(data[: scan.start()])


@pytest.mark.usefixtures("nothing_is_decoded")
def test_a_bomb_of_scans_is_refused_undecoded():
    data = photo(progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(errors.ImageTooComplex):
        decode(data[:-2] + last_scan * 1000 + b"\xff\xd9")


@pytest.mark.usefixtures("nothing_is_decoded")
def test_a_large_picture_may_have_fewer_scans():
    buffer = BytesIO()
    Image.new("L", (5000, 4990)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(errors.ImageTooComplex):
        decode(data[:-2] + last_scan * 15 + b"\xff\xd9")


@pytest.mark.usefixtures("nothing_is_decoded")
def test_a_bomb_of_segments_is_refused_undecoded():
    data = photo()
    with pytest.raises(errors.ImageTooComplex):
        decode(data[:2] + b"\xff\xfe\0\2" * 100_000 + data[2:])


@pytest.mark.parametrize("place", [2, -2])
def test_padding_is_left_out(place):
    data = photo()
    padded = data[:place] + b"\xff" * 9 * MEGABYTE + data[place:]
    assert len(decoding.read(padded).decoder_input) < len(data) + 100
    assert same(padded, data)


def test_padding_within_a_scan_is_left_out():
    data = photo(restart_marker_rows=1)
    place = restarts(data)[3]
    padded = data[:place] + b"\xff" * MEGABYTE + data[place:]
    assert len(decoding.read(padded).decoder_input) < len(data) + 100
    assert same(padded, data)


def test_metadata_does_not_reach_the_decoder():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    data = photo(exif=exif, icc_profile=b"a profile" * 9000, comment=b"a comment")
    kept = decoding.read(data).decoder_input
    assert not [word for word in (b"taken at", b"a profile", b"a comment") if word in kept]
    assert same(data, photo())


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_may_come_from_xmp(file_format):
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    if file_format == "PNG":
        data = png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp))
    else:
        data = photo(file_format, xmp=xmp)
    assert decode(data).pixels.shape == (WIDTH, HEIGHT, 3)


@pytest.mark.parametrize(
    "broken",
    [
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0",
        b"\xff\xd8\xff\xe0\0\0" * 4,
        b"\xff\xd8\xff\xc0\0\x0b\x08\0\x80\0\x80\x01\x01\0\0\xff\xd9",
        b"\xff\xd8\xff\xc0\0\x05\x08\0\x80\xff\xd9",
        b"\xff\xd8\xff\xda\0\x02\xff\xd9",
        b"\xff\xd8\xff\xda\0\x03\x01\xff\xd9",
        b"\xff\xd8\xff\x01\xff\xf7\xff\xd8",
    ],
)
def test_headers_that_are_none(broken):
    with pytest.raises(errors.ImageTruncated):
        decode(broken)


# PNG ------------------------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(more: bytes = b"") -> bytes:
    """Return a PNG with further chunks after its header."""
    data = photo("PNG")
    return data[:33] + more + data[33:]


@pytest.mark.usefixtures("nothing_is_decoded")
@pytest.mark.parametrize("kind", [b"tEXt", b"IDAT", b"abCd"])
def test_a_bomb_of_chunks_is_refused_undecoded(kind):
    with pytest.raises(errors.ImageTooComplex):
        decode(png(chunk(kind, b"") * 650_000))


def test_texts_do_not_reach_the_decoder():
    data = png(chunk(b"tEXt", b"Comment\0taken at home") * 100)
    assert b"taken at home" not in decoding.read(data).decoder_input
    assert same(data, png())


def test_a_png_without_its_last_chunk_is_all_there():
    assert same(png()[:-12], png())
    assert same(png()[:-3], png())
    with pytest.raises(errors.ImageTruncated):
        decode(png()[:-13])


@pytest.mark.parametrize("end", [8, 33])
def test_a_png_without_pixels(end):
    with pytest.raises(errors.ImageTruncated):
        decode(png()[:end])
    with pytest.raises(errors.ImageTruncated):
        decode(png()[:end] + png()[-12:])


def test_a_wrong_checksum_of_pixels_is_damage():
    data = bytearray(png())
    data[-16] ^= 1  # the checksum of the last chunk of pixels
    with pytest.raises(errors.ImageTruncated):
        decode(bytes(data))


# BMP and WebP ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_is_decoded")
@pytest.mark.parametrize("compression", [1, 2, 4, 5])
def test_a_compressed_bmp_is_refused_undecoded(compression):
    data = bytearray(photo("BMP"))
    data[30] = compression
    with pytest.raises(errors.ImageFormatUnsupported, match="compressed BMP"):
        decode(bytes(data))


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "WEBP"])
def test_bytes_behind_the_end_are_cut_off(file_format):
    data = photo(file_format)
    assert len(decoding.read(data + b"\1" * MEGABYTE).decoder_input) <= len(data)
    assert same(data + b"\1" * MEGABYTE, data)


@pytest.mark.usefixtures("nothing_is_decoded")
def test_a_webp_of_many_chunks_is_refused_undecoded():
    data = photo("WEBP")
    body = data[8:] + struct.pack("<4sI", b"abcd", 0) * 100_000
    with pytest.raises(errors.ImageTooComplex):
        decode(b"RIFF" + struct.pack("<I", len(body)) + body)


def test_a_webp_without_width():
    buffer = BytesIO()
    Image.new("RGBA", (WIDTH, HEIGHT), (9, 9, 9, 9)).save(buffer, "WEBP")
    data = buffer.getvalue()
    place = data.index(b"\x9d\x01\x2a") + 3
    with pytest.raises(errors.ImageTruncated):
        decode(data[:place] + b"\0\0" + data[place + 2 :])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_has_the_colours_that_pillow_reads(mode, lossless):
    source = Image.fromarray(pictures.noise(WIDTH, HEIGHT)).convert(mode)
    if mode.endswith("A"):
        source.putalpha(Image.linear_gradient("L").resize(source.size))
    buffer = BytesIO()
    source.save(buffer, "WEBP", lossless=lossless, exact=True)
    read = Image.open(BytesIO(buffer.getvalue())).convert("RGBA")
    white = Image.new("RGBA", read.size, "white")
    expected = np.asarray(Image.alpha_composite(white, read).convert("RGB"))
    assert np.abs(decode(buffer.getvalue()).pixels.astype(int) - expected).max() <= 1


# Any format -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "restart_marker_rows": 1}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
    ],
)
def test_damage_anywhere_is_a_picture_or_an_image_error(file_format, options):
    data = photo(file_format, **options)
    rng = np.random.default_rng(7)
    for _ in range(150):
        broken = bytearray(data)
        for place in rng.integers(0, min(len(data), 700), 3):
            broken[place] = rng.integers(0, 256)
        try:
            assert decode(bytes(broken)).pixels.shape[2] == 3
        except errors.ImageError as e:
            assert e.code.startswith("image_")  # noqa: PT017


def built(*chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def header(width: int, height: int, colours: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0)


_ROW = b"\0" + bytes(range(200, 250)) * 2
_PIXELS = (b"IDAT", zlib.compress(_ROW * 100))
_END = (b"IEND", b"")


@pytest.mark.parametrize(
    "chunks",
    [
        (header(100, 100, 3), _PIXELS, _END),
        (header(100, 100, 3), header(60_000, 60_000, 3), _PIXELS, _END),
        (header(100, 100, 3), (b"PLTE", bytes(9)), (b"tRNS", bytes(300)), _PIXELS, _END),
        (header(100, 100, 3), (b"PLTE", bytes(9)), (b"tRNS", bytes(3)), _PIXELS, _END),
    ],
    ids=["no palette", "a second header", "more transparency than colours", "colours that lack"],
)
def test_a_png_with_a_palette_that_lies(chunks):
    """It is decoded or refused, and breaks nothing."""
    with suppress(errors.ImageError):
        decode(built(*chunks))


def test_a_second_header_is_refused():
    with pytest.raises(errors.ImageTruncated):
        decode(built(header(100, 100, 3), header(60_000, 60_000, 3), _PIXELS, _END))


@pytest.mark.parametrize("size", [(64, 33_000), (33_000, 64), (100, 65_500), (64, 1921)])
def test_a_strip_is_no_picture_of_a_face(size):
    buffer = BytesIO()
    Image.new("L", size).save(buffer, "PNG")
    with pytest.raises(errors.ImageTooSmall, match="30 times"):
        decode(buffer.getvalue())


def test_a_long_picture_is_measured():
    analysis = LocalEngine(lanes=1).analyze(decode(strip(64, 1920)), wants=Wants())
    assert analysis.face is None


def strip(width: int, height: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (width, height), "grey").save(buffer, "PNG")
    return buffer.getvalue()
