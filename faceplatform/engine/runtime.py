"""Loading of ONNX files for this product: one thread, no spinning, on the CPU."""

from pathlib import Path

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnx_errors

from faceplatform.errors import ModelCorrupted

_ERRORS_ONLY = 3  # onnxruntime's severity levels: 0 verbose, 1 info, 2 warning, 3 error, 4 fatal


def load_onnx_session(path: Path) -> onnxruntime.InferenceSession:
    """Load a net. The session may be shared between threads.

    One thread per net: a second one gains little on an idle machine, and costs several times as
    much on one that is busy with other frames. Spinning would hold a core with nothing to do, and
    doubles the median time of a frame.

    Raises:
        faceplatform.errors.ModelCorrupted: the file is no ONNX file that can be run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # The arena holds 10 MB per process more than is used, and saves no measurable time.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except (
        onnx_errors.Fail,
        onnx_errors.InvalidArgument,
        onnx_errors.InvalidGraph,
        onnx_errors.InvalidProtobuf,
        onnx_errors.NotImplemented,
    ) as e:
        raise ModelCorrupted(f"{path.name} is not an ONNX file that can be run") from e
