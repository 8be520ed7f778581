"""A client's groups of users."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clients.groups import services
from clients.groups.serializers import (
    AddMembersSerializer,
    CreateGroupSerializer,
    GroupSerializer,
    MembersAddedSerializer,
    MemberSerializer,
)
from clients.groups.services import GroupExists, GroupNotFound, MemberNotFound, UsersNotFound
from clients.models import Subject, SubjectGroup
from clients.quotas import GroupLimitReached
from clients.users.parameters import USER
from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import LIST_ERRORS, ListView
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated

_TAGS = ["Client Management"]
_GROUP: dict[str, Any] = {"id": "0b6a2c0e-64a4-4e7f-9a55-8b7d2f7d3c11", "name": "night shift"}
_EXAMPLE = OpenApiExample("Group", value=_GROUP, response_only=True)


class GroupListView(ListView):
    """A client's groups."""

    scopes = (Scope.MANAGE,)
    queryset = SubjectGroup.objects.none()
    serializer_class = GroupSerializer
    ordering_fields = ("name",)
    documented_errors = {"GET": LIST_ERRORS, "POST": (GroupExists, GroupLimitReached)}

    @extend_schema(
        operation_id="client_group_list",
        tags=_TAGS,
        summary="List groups",
        responses=GroupSerializer(many=True),
        description="Those that 001 made for its galleries are among them.",
        examples=[_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        return self.listed(SubjectGroup.objects.filter(client=client_of(request).pk), request)

    @extend_schema(
        operation_id="client_group_create",
        tags=_TAGS,
        summary="Create a group",
        request=CreateGroupSerializer,
        responses={201: GroupSerializer},
        examples=[
            OpenApiExample("New group", value={"name": "day shift"}, request_only=True),
            OpenApiExample(
                "Group",
                value={**_GROUP, "name": "day shift"},
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        asked = validated(CreateGroupSerializer, request.data)
        group = services.create(client_of(request), asked["name"])
        return Response(GroupSerializer(group).data, status=status.HTTP_201_CREATED)


class GroupView(IdempotentWrites):
    """One group."""

    scopes = (Scope.MANAGE,)
    documented_errors = {"GET": (GroupNotFound,), "DELETE": (GroupNotFound,)}

    @extend_schema(
        operation_id="client_group_read",
        tags=_TAGS,
        summary="Read a group",
        responses=GroupSerializer,
        examples=[_EXAMPLE],
    )
    def get(self, request: Request, group_id: UUID) -> Response:
        return Response(GroupSerializer(services.find(client_of(request), group_id)).data)

    @extend_schema(
        operation_id="client_group_delete",
        tags=_TAGS,
        summary="Delete a group; its members stay users",
        description="Open identifications among its members are cancelled.",
        responses={204: None},
    )
    def delete(self, request: Request, group_id: UUID) -> Response:
        services.delete(services.find(client_of(request), group_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberListView(ListView):
    """The members of a group."""

    scopes = (Scope.MANAGE,)
    queryset = Subject.objects.none()
    serializer_class = MemberSerializer
    ordering_fields = ("user_id",)
    documented_errors = {
        "GET": (*LIST_ERRORS, GroupNotFound),
        "POST": (GroupNotFound, UsersNotFound),
    }

    @extend_schema(
        operation_id="client_group_members",
        tags=_TAGS,
        summary="List the members of a group",
        responses=MemberSerializer(many=True),
        examples=[
            OpenApiExample(
                "Member",
                value={
                    "id": "5c0f0a0e-4c5b-4d0e-8f65-0d4a6a7e2b11",
                    "user_id": "u-1001",
                    "path": "/api/clients/users/u-1001/",
                    "display_name": "Ada Lovelace",
                    "is_active": True,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, group_id: UUID) -> Response:
        group = services.find(client_of(request), group_id)
        return self.listed(group.subjects.filter(client=client_of(request).pk), request)

    @extend_schema(
        operation_id="client_group_add_members",
        tags=_TAGS,
        summary="Add users to a group: all of them or none",
        description="Unknown ids are listed in `user_ids` of the error.",
        request=AddMembersSerializer,
        responses={200: MembersAddedSerializer},
        examples=[
            OpenApiExample("Users", value={"user_ids": ["u-1001", "u-1002"]}, request_only=True),
            OpenApiExample("Added", value={"added": 2}, response_only=True),
        ],
    )
    def post(self, request: Request, group_id: UUID) -> Response:
        group = services.find(client_of(request), group_id)
        asked = validated(AddMembersSerializer, request.data)
        return Response({"added": services.add_members(group, asked["user_ids"])})


class MemberView(IdempotentWrites):
    """One member of a group."""

    scopes = (Scope.MANAGE,)
    documented_errors = {"DELETE": (GroupNotFound, MemberNotFound)}

    @extend_schema(
        operation_id="client_group_remove_member",
        tags=_TAGS,
        summary="Remove a user from a group; it stays a user",
        parameters=[USER],
        responses={204: None},
    )
    def delete(self, request: Request, group_id: UUID, user: str) -> Response:
        services.remove_member(services.find(client_of(request), group_id), user)
        return Response(status=status.HTTP_204_NO_CONTENT)
