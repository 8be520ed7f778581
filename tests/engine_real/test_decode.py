"""Bytes to Frame: every format, every fault, no model needed."""

import hashlib
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from faceplatform import errors
from faceplatform.engine.decoding import decode as decoding
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.decoding.fingerprint import NEAR_DUPLICATE_BITS, fingerprint_distance
from tests import pictures
from tests.photographs import photo, shared

WIDTH, HEIGHT = 96, 72
COLOUR = (200, 100, 50)


def _picture(mode="RGB", colour=COLOUR):
    return Image.new("RGB", (WIDTH, HEIGHT), colour).convert(mode)


def _bytes(image, file_format, **options):
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def _near(pixels, colour, tolerance=4):
    return np.abs(pixels.astype(int) - np.array(colour)).max() <= tolerance


def _png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_with_chunk(kind, body):
    """Return a valid PNG with one more chunk after its header."""
    data = _bytes(_picture(), "PNG")
    header_end = 8 + 25
    return data[:header_end] + _png_chunk(kind, body) + data[header_end:]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "AVIF"])
def test_every_format(file_format):
    data = _bytes(_picture(), file_format)
    frame = decode(data)
    assert frame.pixels.shape == (HEIGHT, WIDTH, 3)
    assert frame.pixels.dtype == np.uint8
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)
    assert _near(frame.pixels, COLOUR)
    assert frame.digest == hashlib.sha256(data).hexdigest()
    assert len(frame.fingerprint) == 32


def test_progressive_jpeg():
    assert _near(decode(_bytes(_picture(), "JPEG", progressive=True)).pixels, COLOUR)


def test_a_multi_picture_jpeg_gives_its_primary_picture():
    other = _picture(colour=(0, 0, 255))
    data = _bytes(_picture(), "MPO", save_all=True, append_images=[other])
    assert _near(decode(data).pixels, COLOUR)


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("L", "JPEG"), ("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("P", "BMP"), ("CMYK", "JPEG")],
)
def test_other_colour_modes(mode, file_format):
    source = _picture(mode)
    frame = decode(_bytes(source, file_format))
    assert frame.pixels.shape == (HEIGHT, WIDTH, 3)
    assert _near(frame.pixels, np.asarray(source.convert("RGB")), tolerance=6)


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (32768, 128), (65535, 255), (771, 3)])
def test_16_bit_grey_is_scaled(value, expected):
    source = Image.fromarray(np.full((HEIGHT, WIDTH), value, dtype=np.uint16))
    assert (decode(_bytes(source, "PNG")).pixels == expected).all()


def test_16_bit_colour_is_scaled():
    row = b"\0" + struct.pack(">3H", 65535, 32768, 0) * WIDTH
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(row * HEIGHT))
        + _png_chunk(b"IEND", b"")
    )
    assert _near(decode(data).pixels, (255, 128, 0), tolerance=1)


@pytest.mark.parametrize(
    ("file_format", "mode"),
    [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA"), ("AVIF", "RGBA")],
)
def test_transparent_pixels_are_white(file_format, mode):
    source = _picture().convert(mode)
    source.putalpha(0)
    options = {"exact": True} if file_format == "WEBP" else {}
    assert _near(decode(_bytes(source, file_format, **options)).pixels, (255, 255, 255))


def test_a_transparent_palette_colour_is_white():
    source = Image.new("P", (WIDTH, HEIGHT), 3)
    source.putpalette([10, 20, 30] * 256)
    frame = decode(_bytes(source, "PNG", transparency=3))
    assert _near(frame.pixels, (255, 255, 255))


def test_half_transparent_is_half_white():
    source = _picture(colour=(0, 0, 0)).convert("RGBA")
    source.putalpha(128)
    assert _near(decode(_bytes(source, "PNG")).pixels, (127, 127, 127))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(file_format, orientation):
    # The upright picture: red top left, green top right, blue bottom left, white bottom right.
    upright = np.zeros((64, 96, 3), dtype=np.uint8)
    upright[:32, :48], upright[:32, 48:] = (250, 0, 0), (0, 250, 0)
    upright[32:, :48], upright[32:, 48:] = (0, 0, 250), (250, 250, 250)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = pictures.encode(np.ascontiguousarray(stored), file_format, exif=exif, quality=95)
    pixels = decode(data).pixels
    assert pixels.shape == upright.shape
    corners = ([5, 5, -6, -6], [5, -6, 5, -6])
    assert _near(pixels[corners], upright[corners], tolerance=40)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_in_strips_it_is_what_it_is_at_once(file_format, orientation, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = pictures.encode(pictures.noise(WIDTH, HEIGHT), file_format, exif=exif)
    at_once = decode(data)
    monkeypatch.setattr(decoding, "_STRIP_PIXELS", 5 * WIDTH)  # the last strip has fewer rows
    in_strips = decode(data)
    assert (in_strips.pixels == at_once.pixels).all()
    assert in_strips.fingerprint == at_once.fingerprint


@pytest.mark.parametrize("value", [0, 9, 255])
def test_a_meaningless_orientation_is_upright(value):
    exif = Image.Exif()
    exif[0x0112] = value
    assert decode(_bytes(_picture(), "JPEG", exif=exif)).pixels.shape == (HEIGHT, WIDTH, 3)


def test_broken_exif_is_no_broken_picture():
    data = _bytes(_picture(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\xff\xff")
    assert _near(decode(data).pixels, COLOUR)


def test_a_broken_colour_profile_is_no_broken_picture():
    data = _bytes(_picture(), "JPEG", icc_profile=b"no profile at all")
    assert _near(decode(data).pixels, COLOUR)


def test_no_bytes():
    with pytest.raises(errors.ImageEmpty):
        decode(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"hello, this is text",
        b"\0" * 4096,
        b"\0\0\0\x18ftypmp42" + bytes(12),
        _bytes(_picture(), "PPM"),
    ],
    ids=["zero", "text", "zeros", "film", "ppm"],
)
def test_other_data_is_unreadable(data):
    with pytest.raises(errors.ImageUnreadable):
        decode(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (_bytes(_picture(), "GIF"), "GIF"),
        (_bytes(_picture(), "TIFF"), "TIFF"),
        (_bytes(_picture(), "JPEG2000"), "JPEG 2000"),
    ],
    ids=["svg", "pdf", "gif", "tiff", "jpeg2000"],
)
def test_a_format_that_is_not_taken_is_named(data, name):
    with pytest.raises(errors.ImageFormatUnsupported, match=f"format {name};"):
        decode(data)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated(file_format, share):
    data = pictures.encode(pictures.noise(WIDTH, HEIGHT), file_format)
    with pytest.raises(errors.ImageTruncated):
        decode(data[: int(len(data) * share)])


def test_a_damaged_checksum():
    data = bytearray(pictures.to_png(pictures.noise(WIDTH, HEIGHT)))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(errors.ImageTruncated):
        decode(bytes(data))


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "AVIF"])
def test_an_animation(file_format):
    frames = [Image.fromarray(pictures.noise(WIDTH, HEIGHT, seed)) for seed in range(3)]
    data = _bytes(frames[0], file_format, save_all=True, append_images=frames[1:])
    with pytest.raises(errors.ImageAnimated):
        decode(data)


def test_a_polyglot_is_what_its_first_bytes_are():
    picture = _bytes(_picture(), "PNG")
    assert _near(decode(picture + b"PK\x03\x04 and a zip archive behind it").pixels, COLOUR)
    with pytest.raises(errors.ImageFormatUnsupported):
        decode(b"GIF89a" + picture)


def test_too_many_bytes():
    data = _bytes(_picture(), "PNG")
    assert decode(data, max_bytes=len(data))
    with pytest.raises(errors.ImageTooLarge):
        decode(data, max_bytes=len(data) - 1)


def test_too_many_pixels():
    data = _bytes(_picture(), "PNG")
    assert decode(data, max_pixels=WIDTH * HEIGHT)
    with pytest.raises(errors.ImageTooManyPixels):
        decode(data, max_pixels=WIDTH * HEIGHT - 1)


@pytest.mark.parametrize("size", [(63, 200), (200, 63)])
def test_too_small(size):
    with pytest.raises(errors.ImageTooSmall):
        decode(_bytes(Image.new("RGB", size), "PNG"))
    assert decode(_bytes(Image.new("RGB", size), "PNG"), min_side=63)


@pytest.mark.parametrize("side", [5_001, 12_000, 60_000])
def test_a_header_that_promises_too_much_is_refused_undecoded(side):
    """60,000 x 60,000 is beyond Pillow's own limit too, which raises instead of warning."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", b"")
    with pytest.raises(errors.ImageTooManyPixels):
        decode(data)


def test_a_compressed_text_is_never_inflated():
    bomb = b"Comment\0\0" + zlib.compress(b"\0" * (PngImagePlugin.MAX_TEXT_CHUNK * 50), 9)
    assert _near(decode(_png_with_chunk(b"zTXt", bomb)).pixels, COLOUR)


def test_a_compressed_profile_is_never_inflated():
    bomb = b"Profile\0\0" + zlib.compress(b"\0" * (PngImagePlugin.MAX_TEXT_CHUNK * 50), 9)
    assert _near(decode(_png_with_chunk(b"iCCP", bomb)).pixels, COLOUR)


def test_a_photograph_with_transparency():
    frame = decode(photo("32bit.png").read_bytes())
    assert frame.pixels.shape == (1200, 626, 3)


@pytest.mark.shared_photos
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("faces/odd/empty.png", errors.ImageUnreadable),
        ("faces/odd/corrupted.png", errors.ImageTruncated),
        # The last bits of its data are missing besides the end marker.
        ("faces/odd/truncated.jpg", errors.ImageTruncated),
    ],
)
def test_broken_files(name, error):
    with pytest.raises(error):
        decode(shared(name).read_bytes())


# The fingerprint ----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["obama.jpg", "biden.jpg", "astronaut.png"])
def original(request):
    return pictures.read(photo(request.param))


def _distance(a, b):
    a, b = (decode(pictures.to_png(pixels)).fingerprint for pixels in (a, b))
    return fingerprint_distance(a, b)


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels: np.asarray(Image.open(BytesIO(pictures.to_jpeg(pixels, 50)))),
        lambda pixels: pictures.resize(pixels, 0.5),
        lambda pixels: pictures.resize(pixels, 1.3),
        lambda pixels: pictures.darken(pixels, 0.9),
    ],
    ids=["jpeg", "half", "larger", "darker"],
)
def test_the_same_picture_saved_twice_is_near(original, change):
    assert _distance(original, change(original)) <= NEAR_DUPLICATE_BITS


@pytest.mark.parametrize(
    "change",
    [pictures.mirrored, lambda pixels: pictures.crop(pixels, 0.03, 0.03, 0.97, 0.97)],
    ids=["mirrored", "cropped"],
)
def test_another_picture_is_not_near(original, change):
    assert _distance(original, change(original)) > NEAR_DUPLICATE_BITS


def test_fingerprints_of_different_lengths_are_not_compared():
    with pytest.raises(ValueError, match="different lengths"):
        fingerprint_distance(b"\0" * 32, b"\0" * 8)
