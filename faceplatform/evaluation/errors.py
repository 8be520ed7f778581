"""What can be wrong with the data of a measurement."""


class EvaluationError(Exception):
    """The pictures or pairs cannot be measured; the message says which and why."""
