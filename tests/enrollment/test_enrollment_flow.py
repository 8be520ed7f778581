"""An enrollment from opening to template, with the scripted engine."""

import pytest

from enrollment.models import EnrollmentSample, FaceTemplate

pytestmark = pytest.mark.django_db


def test_completes_with_the_guides_answers(api, stage):
    opened = api.open_enrollment("alice", metadata={"device_info": "Chrome"})
    assert opened.status_code == 201
    session = opened.json()
    assert session["status"] == "pending"
    assert session["target_samples"] == 3
    assert session["message"] == "Enrollment session created. Stream frames to continue."

    first = api.post_frame(session["session_token"], stage.frame()).json()
    assert first["success"] is True
    assert first["session_status"] == "processing"
    assert first["enrollment_progress"] == 33.3
    assert first["requires_more_frames"] is True
    assert first["frame_accepted"] is True
    assert first["message"] == "Frame processed. Continue streaming..."
    assert first["samples_collected"] == 1
    assert set(first["face"]) == {"box", "pose", "quality"}

    api.post_frame(session["session_token"], stage.frame())
    last = api.post_frame(session["session_token"], stage.frame()).json()
    assert last["success"] is True
    assert last["session_status"] == "completed"
    assert last["enrollment_complete"] is True
    assert last["message"] == "Enrollment completed successfully."
    assert FaceTemplate.objects.get().sample_count == 3
    assert not EnrollmentSample.objects.exists()
