"""Decoding of images sent as text: base64 in all its spellings, or a data URL.

Any unambiguous spelling is accepted; the refusal of other text names the cause. The text is only
decoded, never used as a path or a URL.
"""

import binascii
import re
import string

from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.errors import ImageEmpty, ImageTooLarge

_HEAD_OF_URL = 256
_HEAD_OF_FILE = 16
_MAX_CHARACTERS = (MAX_IMAGE_BYTES + 2) // 3 * 4
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://", re.IGNORECASE)
_ALPHABET = (string.ascii_letters + string.digits + "+/").encode()
_BREAKS = b"\t\n\v\f\r"
_TO_PLUS = bytes.maketrans(b" ", b"+")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class NotBase64(Exception):
    """The text is not base64. The message names the cause and repeats nothing of the text."""


def decode(text: str) -> bytes:
    """Return the image.

    Raises:
        NotBase64
        faceplatform.errors.ImageEmpty: a data URL without data, as an empty canvas produces.
        faceplatform.errors.ImageTooLarge
    """
    text = text.lstrip()
    encoded = _of_data_url(text) if text[:5].lower() == "data:" else text
    if len(encoded) <= _MAX_CHARACTERS:
        try:
            return binascii.a2b_base64(encoded, strict_mode=True)
        except ValueError:  # another spelling
            pass
    return _decode_other_spelling(encoded)


def decode_file(content: bytes) -> bytes:
    """Return the image in a file, also if a client uploaded it as text.

    No image begins like text: JPEG and PNG begin with other bytes, and the header of WebP and BMP
    has a zero. A file that is neither is returned unchanged.

    Raises:
        faceplatform.errors.ImageEmpty, faceplatform.errors.ImageTooLarge: see `decode`.
    """
    head = content[:_HEAD_OF_FILE]
    if not head or not head.isascii() or b"\0" in head:
        return content
    try:
        return decode(content.decode("ascii"))
    except (NotBase64, UnicodeDecodeError):
        return content


def _of_data_url(text: str) -> str:
    head, comma, _ = text[:_HEAD_OF_URL].partition(",")
    if not comma:
        raise NotBase64("The data URL has no comma before its data.")
    data = text[len(head) + 1 :]
    if not data.strip():
        raise ImageEmpty
    if head.rpartition(";")[2].strip().lower() != "base64":
        raise NotBase64("The data URL is not base64: write data:image/...;base64,...")
    return data


def _decode_other_spelling(encoded: str) -> bytes:
    characters = encoded.encode().translate(_FROM_URL_SAFE, _BREAKS)
    spelled = _without_spaces(characters)
    data = spelled.rstrip(b"=")
    foreign = data.translate(None, _ALPHABET)
    if foreign or len(spelled) - len(data) > 2:
        raise NotBase64(_cause(encoded, foreign))
    if len(data) > _MAX_CHARACTERS:
        raise ImageTooLarge
    if len(data) % 4 == 1:
        raise NotBase64("The base64 is cut off: its length is not possible.")
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4), strict_mode=True)


def _without_spaces(text: bytes) -> bytes:
    """Remove the spaces, or replace them by plus signs, which a form turns into spaces.

    The length of base64 is a multiple of four, which distinguishes the two. If both are possible,
    spaces at regular distances are line breaks. The base64 of no image begins with a plus sign.
    """
    text = text.lstrip(b" ")
    inner = text.rstrip(b" ")
    as_lines, as_pluses = inner.translate(None, b" "), inner.translate(_TO_PLUS)
    readings = (as_lines, as_pluses, text.translate(_TO_PLUS))
    whole = [reading for reading in readings if len(reading) % 4 == 0]
    if b" " not in inner:
        return whole[0] if whole else inner
    if not whole:
        raise NotBase64("The base64 has spaces, and its length does not show what they stand for.")
    both = as_lines in whole and as_pluses in whole
    return as_pluses if both and not _are_lines(inner) else whole[0]


def _are_lines(text: bytes) -> bool:
    """Return True if the spaces stand at regular distances."""
    width = text.index(b" ")
    spaces = len(text[width :: width + 1])
    return text[width :: width + 1] == b" " * spaces and text.count(b" ") == spaces


def _cause(encoded: str, foreign: bytes) -> str:
    if _ADDRESS.match(encoded):
        return "URLs are not fetched: send the image itself."
    if b"%" in foreign:
        return "The text is percent-encoded: send the base64 as it is, escaped at most once."
    if not foreign.strip(b"="):
        return "The base64 continues after its padding, or has too much padding."
    return "The text has characters that do not occur in base64."
