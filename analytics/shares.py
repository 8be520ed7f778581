"""Rates and means, which are null where nothing was counted."""


def rate(part: int, whole: int) -> float | None:
    """Return a share 0..1, rounded to four digits; None of nothing."""
    return round(part / whole, 4) if whole else None


def mean(total: float, count: int) -> float | None:
    """Return a mean, rounded to one digit; None of nothing."""
    return round(total / count, 1) if count else None


def mean_score(millionths: int, count: int) -> float | None:
    """Return the mean of scores 0..1, rounded to four digits; None of nothing."""
    return round(millionths / count / 1_000_000, 4) if count else None
