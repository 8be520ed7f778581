"""What measures faces."""

import os

# ONNX Runtime's packages send their maker what they run, how often and on which machine, and keep
# an identifier in the home folder. It looks for this when it is imported, which only modules of
# this package do. Not a default: nobody can have it on by accident.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
