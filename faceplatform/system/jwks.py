"""The public keys that signed results are verified with."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from faceplatform import signing
from faceplatform.api.views import MainView

# Seconds that verifiers may keep the keys: a new key is published this long before it signs.
_KEPT_SECONDS = 300


class PublicKeySerializer(serializers.Serializer[Any]):
    kty = serializers.ChoiceField(choices=["OKP"])
    crv = serializers.ChoiceField(choices=["Ed25519"])
    x = serializers.CharField(help_text="The public key, base64url.")
    kid = serializers.CharField(help_text="The key's id, as in the header of a result.")
    alg = serializers.ChoiceField(choices=[signing.ALGORITHM])
    use = serializers.ChoiceField(choices=["sig"])


class PublicKeysSerializer(serializers.Serializer[Any]):
    keys = PublicKeySerializer(many=True)


class PublicKeysView(MainView):
    """The keys of signed results, for everybody. Reads no database."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @extend_schema(
        operation_id="jwks",
        tags=["System"],
        summary="Read the public keys of signed results",
        description=(
            "A JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037). The first signs; the others "
            "are about to sign, or signed results that may still be valid."
        ),
        responses=PublicKeysSerializer,
        examples=[
            OpenApiExample(
                "Keys",
                value={
                    "keys": [
                        {
                            "kty": "OKP",
                            "crv": "Ed25519",
                            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                            "kid": "r5f0c9a52",
                            "alg": "EdDSA",
                            "use": "sig",
                        }
                    ]
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        headers = {"Cache-Control": f"public, max-age={_KEPT_SECONDS}"}
        return Response(signing.public_keys(), headers=headers)
