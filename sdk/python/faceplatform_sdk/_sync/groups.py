"""Groups, to which an identification can be limited."""

from collections.abc import Iterable, Iterator

from faceplatform_sdk._calls import Call, new_key, user_segment
from faceplatform_sdk._sync.transport import Transport
from faceplatform_sdk.models import Group, Member, MembersAdded
from faceplatform_sdk.requests import Id

_GROUPS = "/api/clients/groups/"


class Groups:
    """Creates and deletes groups, and changes their members."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, name: str) -> Group:
        """Create a group; ``id`` in the answer is its address.

        Raises:
            Conflict: there is one with this name, or the limit of groups is reached.
        """
        call = Call(method="POST", path=_GROUPS, json={"name": name}, idempotency_key=new_key())
        return self._transport.read(Group, call)

    def read(self, group_id: Id) -> Group:
        """Return a group."""
        return self._transport.read(Group, Call(method="GET", path=_path(group_id)))

    def list(self) -> Iterator[Group]:
        """Yield the groups."""
        return self._transport.pages(Group, _GROUPS, {})

    def delete(self, group_id: Id) -> None:
        """Delete a group; its open identifications end, and its users stay."""
        call = Call(method="DELETE", path=_path(group_id), idempotency_key=new_key())
        self._transport.send(call)

    def members(self, group_id: Id) -> Iterator[Member]:
        """Yield the members of a group."""
        return self._transport.pages(Member, _path(group_id, "members/"), {})

    def add_members(self, group_id: Id, user_ids: Iterable[str]) -> MembersAdded:
        """Add up to 500 users, all or none.

        Raises:
            NotFound: some users do not exist: ``members["user_ids"]`` of the error.
        """
        call = Call(
            method="POST",
            path=_path(group_id, "members/"),
            json={"user_ids": [*user_ids]},
            idempotency_key=new_key(),
        )
        return self._transport.read(MembersAdded, call)

    def remove_member(self, group_id: Id, user_id: str) -> None:
        """Take a user out of a group."""
        path = _path(group_id, f"members/{user_segment(user_id)}/")
        self._transport.send(Call(method="DELETE", path=path, idempotency_key=new_key()))


def _path(group_id: Id, below: str = "") -> str:
    return f"{_GROUPS}{group_id}/{below}"
