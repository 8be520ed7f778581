"""A valid call of each operation of the OpenAPI documents, on one client's things."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.utils import timezone

from audit import counting
from audit.models import AuditEntry, SecurityEvent
from clients import credentials, tokens
from clients.models import AddressAttempts
from faceplatform import events, suspicion
from faceplatform.events import SecurityAlert
from tests.stage import Api, Stage, noise, upload
from tests.webhooks.endpoints import attempt, endpoint_of, finished

_TABLE = b"user_id\nimported\n"


@dataclass(frozen=True)
class World:
    """The ids and secrets of one client that its calls name.

    Attributes:
        open_session: the token of an enrollment that takes frames.
        authenticated: the token of a successful authentication.
        spare: another credential than the one that calls.
        receipt: of a user who was erased.
        job: a bulk import.
        entry, event: of the audit log and the security events.
        address: from which an identification failed.
        ended: the last session that ended, in the log of analytics.
        alert: a security alert.
        endpoint: of webhooks, at an address that may not be called.
        delivery: one to it that has failed.
        link: the secret of a link to the capture page.
        image: shows the user; in no session yet.
    """

    user: str
    enrollment: str
    open_session: str
    authenticated: str
    api_key: str
    api_secret: str
    refresh: str
    client: str
    spare: str
    group: str
    receipt: str
    job: str
    entry: str
    event: str
    address: str
    ended: str
    alert: str
    endpoint: str
    delivery: str
    link: str
    image: bytes = noise(1)

    @classmethod
    def of(cls, api: Api, stage: Stage) -> "World":
        user = f"alice@{api.client.name}"
        enrollment = api.enroll(stage, user, person="alice")["enrollment_id"]
        authenticated = api.authentication_token(user)
        api.post_frame(authenticated, stage.frame("alice"))
        return cls(
            user=user,
            enrollment=enrollment,
            open_session=api.enrollment_token("bob"),
            authenticated=authenticated,
            api_key=api.issued.credential.api_key,
            api_secret=api.issued.api_secret,
            refresh=tokens.issue_tokens(api.issued.credential)["refresh"],
            client=str(api.client.public_id),
            spare=str(credentials.issue(api.client).credential.public_id),
            group=_group_of(api, user),
            receipt=_receipt(api),
            job=_job(api),
            entry=str(AuditEntry.objects.filter(client=api.client).latest("pk").public_id),
            event=_event(api),
            address=_address(api),
            ended=_ended(api),
            alert=_alert_of(api),
            **_hook(api),
            link=_link(api),
            image=stage.frame("bob"),
        )

    @classmethod
    def unknown(cls, image: bytes = noise(1)) -> "World":
        """Return ids and secrets of the same form that do not exist."""
        return cls(
            image=image,
            user="nobody",
            enrollment=str(uuid4()),
            open_session="enr_" + "x" * 43,
            authenticated="aut_" + "x" * 43,
            api_key="fpk_" + "x" * 24,
            api_secret="fps_" + "x" * 43,
            refresh="x.y.z",
            client=str(uuid4()),
            spare=str(uuid4()),
            group=str(uuid4()),
            receipt=str(uuid4()),
            job=str(uuid4()),
            entry=str(uuid4()),
            event=str(uuid4()),
            address="192.0.2.1",
            ended=str(uuid4()),
            alert=str(uuid4()),
            endpoint=str(uuid4()),
            delivery=str(uuid4()),
            link="fcl_" + "x" * 43,
        )

    def secrets(self) -> list[str]:
        """Return everything that another client must never read."""
        return [value for value in vars(self).values() if isinstance(value, str)]


def _made(api: Api, path: str, **body: Any) -> dict[str, Any]:
    answer = api.http.post(f"/api/clients/{path}", body, format="json")
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def _group_of(api: Api, user: str) -> str:
    group = str(_made(api, "groups/", name="staff")["id"])
    api.http.post(f"/api/clients/groups/{group}/members/", {"user_ids": [user]}, format="json")
    return group


def _receipt(api: Api) -> str:
    _made(api, "users/", user_id="gone")
    return str(api.http.delete("/api/clients/users/gone/").json()["receipt_id"])


def _address(api: Api) -> str:
    address = f"198.51.100.{api.client.pk}"
    AddressAttempts.objects.create(
        client=api.client, address=address, failures=1, failed_at=timezone.now()
    )
    return address


def _job(api: Api) -> str:
    form = {"file": upload(_TABLE, "users.csv")}
    answer = api.http.post("/api/clients/users/import/", form, format="multipart")
    assert answer.status_code == 202, answer.content
    return str(answer.json()["id"])


def _event(api: Api) -> str:
    suspicion.tell(suspicion.Hint.UNKNOWN_ID, client_pk=api.client.pk)
    counting.flush()
    return str(SecurityEvent.objects.get(client=api.client).public_id)


def _link(api: Api) -> str:
    opened = api.open_enrollment("dora", capture_link=True).json()
    return str(opened["capture_url"]).rpartition("/")[2]


def _ended(api: Api) -> str:
    return str(api.http.get("/api/analytics/auth-logs/").json()["results"][0]["id"])


def _alert_of(api: Api) -> str:
    now = timezone.now()
    events.publish(
        SecurityAlert(
            client_id=api.client.pk, subject_id=None, at=now, alert="address_locked", detail={}
        )
    )
    return str(api.http.get("/api/analytics/security-alerts/").json()["results"][0]["id"])


def _hook(api: Api) -> dict[str, str]:
    endpoint = endpoint_of(api, url="https://127.0.0.1/")
    failed = finished(endpoint)
    attempt(failed, status_code=500, error="status")
    return {"endpoint": str(endpoint.public_id), "delivery": str(failed.public_id)}


@dataclass(frozen=True)
class Call:
    """The variable parts of a call; method and path are in the document."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, http: Any, method: str, path: str) -> Any:
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        address = f"{path}?{urlencode(self.query)}" if self.query else path
        body, kind = (self.json, "json") if self.form is None else (self._form(), "multipart")
        return getattr(http, method)(address, body, format=kind, headers=dict(self.headers))

    def _form(self) -> dict[str, Any]:
        parts = self.form or {}
        return {n: upload(v) if isinstance(v, bytes) else v for n, v in parts.items()}


@dataclass(frozen=True)
class Recipe:
    """A valid call.

    Attributes:
        call: makes it, on the things of a world.
        ok: the status that it gets.
        caller: a client with its token, the holder of a session's token, or anybody.
    """

    call: Callable[[World], Call]
    ok: int = 200
    caller: Literal["client", "session", "anybody"] = "client"


def _named(world: World) -> Call:
    return Call(headers={"X-Session-Token": world.open_session})


def _in_path(world: World) -> Call:
    return Call(path={"session_token": world.open_session})


def _enrollment(world: World) -> Call:
    return Call(path={"enrollment_id": world.enrollment})


def _client(world: World) -> Call:
    return Call(path={"client_id": world.client})


def _credential(world: World) -> Call:
    return Call(path={"credential_id": world.spare})


def _group(world: World) -> Call:
    return Call(path={"group_id": world.group})


def _user(world: World) -> Call:
    return Call(path={"user": world.user})


def _import(world: World) -> Call:
    return Call(path={"import_id": world.job})


def _endpoint(world: World) -> Call:
    return Call(path={"endpoint_id": world.endpoint})


def _of_endpoint(world: World) -> Call:
    return Call(query={"endpoint": world.endpoint})


def _delivery(world: World) -> Call:
    return Call(path={"delivery_id": world.delivery})


def _changed(call: Callable[[World], Call], **body: Any) -> Callable[[World], Call]:
    """Return the same call with a JSON body."""
    return lambda world: replace(call(world), json=body)


def _nothing(_: World) -> Call:
    return Call()


def _alert(world: World) -> Call:
    return Call(path={"alert_id": world.alert})


MAIN = {
    "analytics_dashboard": Recipe(_nothing),
    "analytics_data_quality": Recipe(_nothing),
    "analytics_data_quality_export": Recipe(_nothing),
    "analytics_drift": Recipe(_nothing),
    "analytics_face_recognition_stats": Recipe(_nothing),
    "analytics_model_performance": Recipe(_nothing),
    "analytics_monitoring_overview": Recipe(_nothing),
    "analytics_statistics": Recipe(_nothing),
    "analytics_system_metrics": Recipe(_nothing),
    "analytics_user_behavior": Recipe(_nothing),
    "analytics_user_behavior_users": Recipe(_nothing),
    "auth_client": Recipe(
        lambda w: Call(json={"api_key": w.api_key, "api_secret": w.api_secret}), caller="anybody"
    ),
    "auth_log_export": Recipe(_nothing),
    "auth_log_list": Recipe(_nothing),
    "auth_log_read": Recipe(lambda w: Call(path={"log_id": w.ended})),
    "auth_token_refresh": Recipe(lambda w: Call(json={"refresh": w.refresh}), caller="anybody"),
    "auth_token_revoke": Recipe(lambda w: Call(json={"token": w.refresh}), caller="anybody"),
    "auth_token_verify": Recipe(lambda w: Call(json={"token": w.refresh}), caller="anybody"),
    "auth_user": Recipe(lambda w: Call(json={"session_token": w.authenticated})),
    "authentication_open": Recipe(
        lambda w: Call(json={"user_id": w.user, "session_type": "api"}), ok=201
    ),
    "capture_cancel": Recipe(_named, caller="session"),
    "capture_followed": Recipe(_named, caller="session"),
    "capture_handover": Recipe(_named, ok=201, caller="session"),
    "capture_look_change": Recipe(lambda _: Call(json={"theme": "dark"})),
    "capture_look_read": Recipe(_nothing),
    "capture_look_replace": Recipe(lambda _: Call(json={"name": "Acme Bank"})),
    "capture_redeem": Recipe(lambda w: Call(json={"link": w.link}), caller="anybody"),
    # Its session was opened without a link, so it has no further try.
    "capture_retry": Recipe(_named, ok=409, caller="session"),
    "client_change": Recipe(_changed(_client, contact_name="Ada Lovelace")),
    "audit_log_export": Recipe(_nothing),
    "audit_log_head": Recipe(_nothing),
    "audit_log_list": Recipe(_nothing),
    "audit_log_read": Recipe(lambda w: Call(path={"entry_id": w.entry})),
    "client_group_add_members": Recipe(
        lambda w: Call(path={"group_id": w.group}, json={"user_ids": [w.user]})
    ),
    "client_group_create": Recipe(lambda _: Call(json={"name": "guests"}), ok=201),
    "client_group_delete": Recipe(_group, ok=204),
    "client_group_list": Recipe(_nothing),
    "client_group_members": Recipe(_group),
    "client_group_read": Recipe(_group),
    "client_group_remove_member": Recipe(
        lambda w: Call(path={"group_id": w.group, "user": w.user}), ok=204
    ),
    "client_list": Recipe(_nothing),
    "client_read": Recipe(_client),
    "client_receipt_list": Recipe(_nothing),
    "client_receipt_read": Recipe(lambda w: Call(path={"receipt_id": w.receipt})),
    "client_reset_credentials": Recipe(_changed(_client, overlap_seconds=60), ok=201),
    "client_stats": Recipe(_client),
    "client_user_activate": Recipe(_user),
    "client_user_authentications": Recipe(_user),
    "client_user_change": Recipe(_changed(_user, display_name="Alice")),
    "client_user_create": Recipe(lambda _: Call(json={"user_id": "carol"}), ok=201),
    "client_user_deactivate": Recipe(_user),
    "client_user_enrollments": Recipe(_user),
    "client_user_erase": Recipe(_user),
    "client_user_list": Recipe(lambda w: Call(query={"user_id": w.user})),
    "client_user_read": Recipe(_user),
    "config": Recipe(_nothing),
    "credential_create": Recipe(
        lambda _: Call(json={"name": "kiosk", "scopes": ["authenticate"]}), ok=201
    ),
    "credential_list": Recipe(_nothing),
    "credential_read": Recipe(_credential),
    "credential_rename": Recipe(_changed(_credential, name="kiosk")),
    "credential_revoke": Recipe(_credential, ok=204),
    "credential_rotate": Recipe(_changed(_credential, overlap_seconds=60), ok=201),
    "current_session_cancel": Recipe(_named),
    "current_session_link": Recipe(_named, ok=201),
    "current_session_status": Recipe(_named),
    "enrollment_change": Recipe(_changed(_enrollment, template_expires_at="2099-01-01T00:00:00Z")),
    "enrollment_list": Recipe(lambda w: Call(query={"user_id": w.user})),
    "enrollment_open": Recipe(
        lambda _: Call(json={"user_id": "carol", "session_type": "api"}), ok=201
    ),
    "enrollment_read": Recipe(_enrollment),
    "enrollment_remove": Recipe(_enrollment, ok=204),
    "health": Recipe(_nothing, caller="anybody"),
    "import_cancel": Recipe(_import),
    "import_items": Recipe(_import),
    "import_list": Recipe(_nothing),
    "import_read": Recipe(_import),
    "import_start": Recipe(lambda _: Call(form={"file": _TABLE}), ok=202),
    "info": Recipe(_nothing),
    "jwks": Recipe(_nothing, caller="anybody"),
    "lockout_address_list": Recipe(_nothing),
    "lockout_address_unlock": Recipe(lambda w: Call(json={"address": w.address})),
    "process_image": Recipe(
        lambda w: Call(form={"session_token": w.open_session, "image": w.image})
    ),
    "ready": Recipe(_nothing, caller="anybody"),
    "security_event_list": Recipe(_nothing),
    "security_event_read": Recipe(lambda w: Call(path={"event_id": w.event})),
    "security_alert_export": Recipe(_nothing),
    "security_alert_list": Recipe(_nothing),
    "security_alert_read": Recipe(_alert),
    "security_alert_resolve": Recipe(_changed(_alert, note="Our load test.")),
    "session_cancel": Recipe(_in_path),
    "session_frame": Recipe(
        lambda w: Call(form={"image": w.image}, headers={"X-Session-Token": w.open_session}),
        caller="session",
    ),
    "session_link": Recipe(_in_path, ok=201),
    "session_status": Recipe(_in_path),
    "status": Recipe(_nothing),
    "usage_list": Recipe(_nothing),
    "user_read": Recipe(lambda w: Call(path={"user_id": w.user})),
    "user_unlock": Recipe(_user),
    "webhook_clear_logs": Recipe(
        lambda w: Call(json={"older_than_days": 1, "endpoint": w.endpoint})
    ),
    "webhook_delivery_list": Recipe(_of_endpoint),
    "webhook_delivery_read": Recipe(_delivery),
    "webhook_delivery_retry": Recipe(_delivery),
    "webhook_endpoint_change": Recipe(_changed(_endpoint, name="orders")),
    "webhook_endpoint_create": Recipe(
        lambda _: Call(
            json={"name": "orders", "url": "https://example.com/", "subscribed_events": ["*"]}
        ),
        ok=201,
    ),
    "webhook_endpoint_delete": Recipe(_endpoint, ok=204),
    "webhook_endpoint_list": Recipe(_nothing),
    "webhook_endpoint_pause": Recipe(_endpoint),
    "webhook_endpoint_read": Recipe(_endpoint),
    "webhook_endpoint_regenerate_secret": Recipe(_changed(_endpoint, overlap_seconds=60)),
    "webhook_endpoint_replay": Recipe(_changed(_endpoint, created_after="2026-01-01T00:00:00Z")),
    "webhook_endpoint_resume": Recipe(_endpoint),
    "webhook_endpoint_stats": Recipe(_endpoint),
    "webhook_endpoint_test": Recipe(_endpoint),
    "webhook_event_list": Recipe(_nothing),
    "webhook_event_logs": Recipe(_of_endpoint),
    "webhook_failed_list": Recipe(_of_endpoint),
    "webhook_retry_failed": Recipe(lambda w: Call(json={"endpoint": w.endpoint})),
    "webhook_stats": Recipe(_nothing),
}

_ACCOUNT = {"fullname": "Ada Lovelace", "username": "lovelace", "password": "engine-1843"}

# Of the older APIs, each bound to one client: another client's token is refused before anything
# else is looked at.
OLDER = {
    "legacy_account_delete": Recipe(_nothing, ok=400),  # nobody is signed in
    "legacy_account_home": Recipe(_nothing, ok=401),
    "legacy_account_login": Recipe(lambda _: Call(json=_ACCOUNT), ok=400),
    "legacy_account_logout": Recipe(_nothing),
    "legacy_account_register": Recipe(lambda _: Call(json=_ACCOUNT), ok=201),
    "legacy_account_root": Recipe(_nothing),
    "legacy_authentificate": Recipe(
        lambda w: Call(query={"username": w.user}, form={"auth_video": w.image})
    ),
    "legacy_enroll": Recipe(lambda w: Call(query={"username": "dan"}, form={"cin_file": w.image})),
    "legacy_facial_delete": Recipe(lambda w: Call(form={"id": w.user}), ok=204),
    "legacy_facial_register": Recipe(
        lambda w: Call(form={"id": "dan", "name": "Dan", "image": w.image}), ok=201
    ),
    "legacy_facial_users": Recipe(_nothing),
    "legacy_facial_verify": Recipe(  # the image shows somebody else
        lambda w: Call(form={"id": w.user, "image": w.image}), ok=400
    ),
    "legacy_gallery_register": Recipe(
        lambda w: Call(form={"image": w.image}, headers={"username": "Dan", "galleryname": "staff"})
    ),
    "legacy_gallery_remove": Recipe(
        lambda w: Call(form={"image": w.image}, headers={"username": "Dan", "galleryname": "staff"})
    ),
    "legacy_gallery_verify": Recipe(lambda w: Call(form={"image": w.image})),
    "legacy_reset": Recipe(_nothing),
}
