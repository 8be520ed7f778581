"""The `webhooks` of the main API's OpenAPI document, from the published catalogue."""

from typing import Any

from faceplatform.api.schema_documents import MainGenerator
from webhooks.reference import REFERENCES, Reference, components

_TAG = "Webhooks"


def describe_webhooks(result: Any, generator: Any, **_: Any) -> Any:
    """Add the webhooks to the document of the main API: a hook of the generator."""
    if isinstance(generator, MainGenerator):
        result["components"]["schemas"] |= components()
        result["webhooks"] = {each.type: {"post": _operation(each)} for each in REFERENCES}
    return result


def _operation(each: Reference) -> dict[str, Any]:
    return {
        "operationId": f"webhook_{each.type.replace('.', '_')}",
        "tags": [_TAG],
        "summary": each.event_type.label,
        "description": each.description,
        "security": [],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{each.component}"},
                    "examples": {"Event": {"value": each.example}},
                }
            },
        },
        "responses": {
            "204": {"description": "Taken: any 2xx, within 15 seconds."},
            "410": {"description": "The endpoint is gone: it is disabled."},
        },
    }
