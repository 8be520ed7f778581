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


class AccessSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
