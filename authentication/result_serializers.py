"""The request and the answer of the exchange for a signed result."""

from typing import Any

from rest_framework import serializers

from authentication.results import TOKEN_TYPE


class ExchangeSerializer(serializers.Serializer[Any]):
    session_token = serializers.CharField(
        max_length=128, help_text="The token of an authentication that ended with success."
    )


class SignedResultSerializer(serializers.Serializer[Any]):
    result_token = serializers.CharField(
        help_text="A JWT, signed with a key of `/.well-known/jwks.json`."
    )
    token_type = serializers.ChoiceField(
        choices=[TOKEN_TYPE], help_text="The header `typ` of the JWT."
    )
    expires_at = serializers.DateTimeField()
