"""Examples for the OpenAPI schema."""

from drf_spectacular.utils import OpenApiExample

_ENTRY = {
    "id": "0b9f5a39-4a29-4f0e-9a63-6a8f6b0f0c11",
    "at": "2026-11-28T09:14:07.120394Z",
    "action": "user.updated",
    "actor_type": "credential",
    "actor_id": "5b1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11",
    "object_type": "user",
    "object_id": "",
    "user_id": "u-1001",
    "address": "192.0.2.17",
    "request_id": "f0e7c1d2-9f0a-4a71-8a39-2a0b7c9d1e55",
    "facts": {"changed": ["display_name"]},
    "changes": {"before": {"display_name": "Ada"}, "after": {"display_name": "Ada L."}},
    "is_erased": False,
    "sequence": 1043,
    "hash": "9c1185a5c5e9fc54612808977ee8f548b2258d31d6a6c5d2a5a0a6f4a9b3c7de",
}
_EVENT = {
    "id": "3f0d8c6e-1c0e-4a53-9a70-0e0f4a8c2b77",
    "kind": "login_failed",
    "severity": "low",
    "address": "198.51.100.4",
    "user_id": None,
    "count": 12,
    "first_at": "2026-11-28T09:02:11Z",
    "last_at": "2026-11-28T09:14:40Z",
}
_HEAD = {
    "chain": "client:12",
    "sequence": 1043,
    "hash": "9c1185a5c5e9fc54612808977ee8f548b2258d31d6a6c5d2a5a0a6f4a9b3c7de",
    "at": "2026-11-28T09:15:00Z",
    "proof": "eyJhbGciOiJFZERTQSIsInR5cCI6ImZhY2VwbGF0Zm9ybS1hdWRpdC1oZWFkK2p3dCJ9…",
}

ENTRY = [OpenApiExample("A changed user", value=_ENTRY, response_only=True)]
EVENT = [OpenApiExample("Failed exchanges of an API key", value=_EVENT, response_only=True)]
HEAD = [OpenApiExample("The head", value=_HEAD, response_only=True)]
