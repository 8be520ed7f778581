"""Requests and answers about groups."""

from typing import Any

from rest_framework import serializers

from clients.models import Subject, SubjectGroup
from clients.users.addresses import path_of
from faceplatform.api.fields import IdentifierField

MOST_AT_ONCE = 500


class CreateGroupSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, trim_whitespace=False)


class GroupSerializer(serializers.ModelSerializer[SubjectGroup]):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = SubjectGroup
        fields = ["id", "name"]
        read_only_fields = fields


class AddMembersSerializer(serializers.Serializer[Any]):
    user_ids = serializers.ListField(
        child=IdentifierField(),
        min_length=1,
        max_length=MOST_AT_ONCE,
        help_text="Your own ids of users. All become members, or none.",
    )


class MembersAddedSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField(help_text="Number of users that were no members before.")


class MemberSerializer(serializers.ModelSerializer[Subject]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    path = serializers.SerializerMethodField(help_text="The user's address, ready to be called.")

    class Meta:
        model = Subject
        fields = ["id", "user_id", "path", "display_name", "is_active"]
        read_only_fields = fields

    def get_path(self, subject: Subject) -> str:
        return path_of(subject)
