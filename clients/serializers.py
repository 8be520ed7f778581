from typing import Any

from rest_framework import serializers


class CredentialsSerializer(serializers.Serializer[Any]):
    api_key = serializers.CharField(max_length=128)
    api_secret = serializers.CharField(max_length=256, trim_whitespace=False)


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4096)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=4096)


class VerifiedTokenSerializer(serializers.Serializer[Any]):
    """A token that is valid now."""

    valid = serializers.BooleanField(help_text="Always true: a token that is not valid is 401.")
    token_type = serializers.ChoiceField(choices=["access", "refresh"])
    expires_at = serializers.DateTimeField()
    client_id = serializers.UUIDField()
    scopes = serializers.ListField(child=serializers.CharField())
