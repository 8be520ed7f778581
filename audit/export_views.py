"""The file and the signed head with which a client checks its audit log."""

from typing import Any

from django.conf import settings
from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit import examples, parts
from audit.errors import AuditChainBroken, AuditPartNotFound
from audit.models import chain_name
from faceplatform import signing
from faceplatform.api.callers import client_of
from faceplatform.api.exports import ExportInProgress, ExportsBusy, turns, written
from faceplatform.api.fields import WholeNumberField
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.api.views import AlwaysJson, MainView

_TAG = "Analytics"
_MEDIA_TYPE = "application/octet-stream"  # generated clients take `application/jsonl` for no file
_MOST = 2**63 - 1
TOKEN_TYPE = "faceplatform-audit-head+jwt"  # noqa: S105  (a type, no secret)


class _PartSerializer(serializers.Serializer[Any]):
    after = WholeNumberField(min_value=0, max_value=_MOST, default=0)


class AuditHeadSerializer(serializers.Serializer[Any]):
    chain = serializers.CharField(help_text="The chain's name, as in exports.")
    sequence = serializers.IntegerField(help_text="The number of the last sealed entry.")
    hash = serializers.CharField(help_text="The hash of that entry.")
    at = serializers.DateTimeField()
    proof = serializers.CharField(
        help_text="A JWT with `chain`, `sequence` and `hash`, signed as results are: verify it "
        f"with `/.well-known/jwks.json`. Its header `typ` is `{TOKEN_TYPE}`; it does not expire."
    )


class AuditExportView(MainView):
    """A part of the client's audit log as a file."""

    scopes = (Scope.ANALYTICS,)
    content_negotiation_class = AlwaysJson  # of errors
    query_parameters = frozenset({"after"})
    documented_errors = {
        "GET": (AuditPartNotFound, AuditChainBroken, ExportInProgress, ExportsBusy)
    }

    @extend_schema(
        operation_id="audit_log_export",
        tags=[_TAG],
        summary="Export the audit log with the proof of its chain",
        description=(
            f"A file of JSON Lines with {parts.MOST_ENTRIES:,} sealed entries at most, the oldest "
            "first. It was checked while it was written, and `manage.py verify_audit --file FILE "
            "--without-keys` checks it on any machine. If its last line but one is a `part`, the "
            "chain goes on: call again with `after`, its `sequence`. Names of the operator's staff "
            "are withheld. One at a time."
        ),
        parameters=[
            OpenApiParameter(
                "after",
                {"type": "integer", "minimum": 0, "maximum": _MOST, "default": 0},
                description="The number of the last entry that you have.",
            )
        ],
        responses={(200, _MEDIA_TYPE): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> FileResponse:
        after = validated(_PartSerializer, request.query_params.dict())["after"]
        client_pk = client_of(request).pk
        with turns.held(client_pk):
            file = written(lambda text: parts.write_part(client_pk, text, after=after))
        return FileResponse(
            file, as_attachment=True, filename="audit-log.jsonl", content_type=_MEDIA_TYPE
        )


class AuditHeadView(MainView):
    """The head of the client's chain."""

    scopes = (Scope.ANALYTICS,)
    documented_errors = {"GET": (AuditChainBroken,)}

    @extend_schema(
        operation_id="audit_log_head",
        tags=[_TAG],
        summary="Read the signed head of the audit log",
        description=(
            "The number and hash of the newest sealed entry, with a signature of the service. The "
            "head is checked, not the entries before it: an export proves those. Keep it: "
            "every later export must contain it (`verify_audit --expect CHAIN:SEQUENCE:HASH`), so "
            "nobody can change what the log said until then without your noticing."
        ),
        responses=AuditHeadSerializer,
        examples=examples.HEAD,
    )
    def get(self, request: Request) -> Response:
        client, now = client_of(request), timezone.now()
        head = parts.head_of(client.pk)
        claims = {"chain": chain_name(client.pk), "sequence": head.sequence, "hash": head.hash}
        context = {
            "iss": settings.FACEPLATFORM_RESULT_ISSUER,
            "aud": str(client.public_id),
            "iat": int(now.timestamp()),
        }
        proof = signing.sign(context | claims, token_type=TOKEN_TYPE)
        return Response(AuditHeadSerializer({**claims, "at": now, "proof": proof}).data)
