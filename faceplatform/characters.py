"""The characters that new names may have.

As in RFC 8264, these exclude control characters (C0, C1), format characters (bidi controls, zero
width), line separators, and characters that Unicode has not assigned. Nothing is normalized: two
names that look alike may still be two names.
"""

import unicodedata

# Format characters that are needed in Persian, in Hindi and in joined emoji.
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
RULE = "Control, invisible and unassigned characters are not allowed."


def has_invisible(text: str) -> bool:
    """Return True if the text has a character that a new name may not have."""
    return any(
        unicodedata.category(character) in _UNSEEN and character not in _JOINERS
        for character in text
    )
