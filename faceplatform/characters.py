"""Which characters a new name may have: those that are seen, or join what is seen.

As RFC 8264 has it: no control characters (C0 and C1), none that turn the direction of the text or
are not seen at all, no line ends, none that Unicode has not assigned yet. Two names that look alike
may still be two names: nothing is normalized.
"""

import unicodedata

# Other than format characters they are in words: Persian, Hindi, and joined emoji.
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
RULE = "Control, invisible and unassigned characters are not allowed."


def has_unseen(text: str) -> bool:
    """Whether any character is none that a new name may have."""
    return any(
        unicodedata.category(character) in _UNSEEN and character not in _JOINERS
        for character in text
    )
