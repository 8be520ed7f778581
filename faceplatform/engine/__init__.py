"""The engine: an image in, measurements of faces out."""

import os

# ONNX Runtime reports to its maker what it runs, how often and on which machine, and keeps an
# identifier in the home folder. It reads this variable when it is imported, which only modules of
# this package do. Assigned, not a default: telemetry cannot be on by accident.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
