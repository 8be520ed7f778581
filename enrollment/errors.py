"""Errors of enrollments."""

from faceplatform.errors import FaceplatformError


class EnrollmentNotFound(FaceplatformError):
    code = "enrollment_not_found"
    status = 404
    title = "This client has no such enrollment"


class TargetSamplesOutOfBounds(FaceplatformError):
    code = "target_samples_out_of_bounds"
    status = 400
    title = "target_samples is outside of what the client's policy allows"
