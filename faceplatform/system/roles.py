"""Roles of staff: groups of permissions that a release keeps as this file says.

A migration makes the groups. Permissions exist only after the migrations of their models, so each
`migrate` grants them when an app's own are there: a later release's new models and roles included.
What somebody adds to or takes from one of these groups by hand lasts until the next `migrate`; for
other rights, make a group of another name.
"""

from enum import StrEnum
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder

_MIGRATION = ("system", "0002_staff_roles")


class Role(StrEnum):
    """The names of the groups."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SECURITY_OFFICER = "security-officer"


# By app: the models that every role sees.
_SEEN = {
    "clients": ("client", "credential", "subject", "subjectgroup", "addressattempts"),
    "capture": ("capturelook",),
    "enrollment": ("enrollmentsession", "facetemplate"),
    "authentication": ("authenticationsession",),
    "imports": ("importjob",),
    "legacy": ("gallerymember", "legacyaccount"),
    "webhooks": ("endpoint", "subscription", "delivery", "attempt"),
    "analytics": ("alertrecord",),
}
_VIEWER = frozenset(
    {f"{app}.view_{model}" for app, models in _SEEN.items() for model in models}
    | {"clients.view_erasurereceipt"}
)
_OPERATOR = _VIEWER | {
    *("clients.add_client", "clients.change_client"),
    *("clients.add_credential", "clients.change_credential"),
    "clients.change_subject",
    "clients.delete_subjectgroup",
    "clients.delete_addressattempts",  # unlocks an address
    "capture.delete_capturelook",  # one that misleads people
    *("webhooks.change_endpoint", "webhooks.delete_endpoint", "webhooks.change_delivery"),
}
_SECURITY_OFFICER = _VIEWER | {
    *("audit.view_auditentry", "audit.view_securityevent"),
    "analytics.change_alertrecord",
    *("system.view_adminaccount", "system.view_adminrole"),
    "enrollment.view_enrollmentimage",  # one by one, on the page of their session
    # Erases a user; a template; an older API's account or gallery member.
    *("clients.delete_subject", "enrollment.delete_facetemplate"),
    *("legacy.delete_legacyaccount", "legacy.delete_gallerymember"),
}
PERMISSIONS = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.SECURITY_OFFICER: _SECURITY_OFFICER,
}
_APPS = frozenset(label.split(".")[0] for labels in PERMISSIONS.values() for label in labels)


def grant(sender: AppConfig, using: str, **_: Any) -> None:
    """Give each role its permissions of one app, and take others of it: a receiver of
    `post_migrate`."""
    if sender.label in _APPS and _are_made(using):
        with transaction.atomic(using=using):
            for role, labels in PERMISSIONS.items():
                _set(role, labels, app=sender.label, using=using)


def _are_made(using: str) -> bool:
    return _MIGRATION in MigrationRecorder(connections[using]).applied_migrations()


def _set(role: Role, labels: frozenset[str], *, app: str, using: str) -> None:
    group, _ = Group.objects.using(using).get_or_create(name=role.value)
    of_app = Permission.objects.using(using).filter(content_type__app_label=app)
    wanted = [label.split(".")[1] for label in labels if label.startswith(f"{app}.")]
    group.permissions.remove(
        *group.permissions.filter(content_type__app_label=app).exclude(codename__in=wanted)
    )
    group.permissions.add(*of_app.filter(codename__in=wanted))
