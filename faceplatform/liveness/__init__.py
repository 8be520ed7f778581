"""Presentation attack detection over the frames of a session: pure, without models or HTTP."""
