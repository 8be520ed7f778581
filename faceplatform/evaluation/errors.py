"""Errors in the data of an evaluation."""


class EvaluationError(Exception):
    """The images or pairs cannot be measured. The message says which, and why."""
