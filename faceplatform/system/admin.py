"""Accounts of the admin, which only superusers may change.

In Django, an account that may change users can make itself a superuser, set a superuser's password,
or give itself permissions through a group.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from faceplatform.sessions.admin import BoundLookups
from faceplatform.system.models import AdminAccount, AdminRole

admin.site.unregister([User, Group])


class BySuperusers(BoundLookups):
    """An admin whose rows only superusers may write; others need a permission to see them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(AdminAccount)
class AccountAdmin(BySuperusers, UserAdmin):
    readonly_fields = ("last_login", "date_joined")  # the product writes them


@admin.register(AdminRole)
class AccountGroupAdmin(BySuperusers, GroupAdmin):
    pass
