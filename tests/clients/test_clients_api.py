"""/api/clients/clients/: a client sees and changes itself, and nobody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from authentication.models import AuthenticationSession
from clients.models import Client
from clients.origins import NotAnOrigin, normalized
from enrollment.models import EnrollmentSession
from faceplatform.conf import CapturePolicy
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from legacy import services as older
from tests.clients.keys import with_key
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
LIST = "/api/clients/clients/"


def url(client_id: object) -> str:
    return f"{LIST}{client_id}/"


def change(api, **fields):
    return api.http.patch(url(api.client.public_id), fields, format="json")


def read(api) -> dict:
    return api.http.get(url(api.client.public_id)).json()


def told_code(answer, name: str) -> str:
    return problem(answer, 400, "validation_failed")["errors"][name][0]["code"]


def test_the_list_holds_the_calling_client_alone(api, other):
    listed = api.http.get(LIST).json()
    assert listed == {"next": None, "previous": None, "results": [read(api)]}
    assert listed["results"][0]["id"] == str(api.client.public_id)


def test_a_client_reads_itself(make_api):
    api = make_api(probe_frames=2)
    told = read(api)
    operators = CapturePolicy(probe_frames=2).model_dump()
    created_at = told.pop("created_at")
    assert created_at
    assert told == {
        "id": str(api.client.public_id),
        "name": "acme",
        "contact_name": "",
        "contact_email": "",
        "allowed_origins": [],
        "time_zone": "UTC",
        "tier": "standard",
        "sandbox": False,
        "policy": {},
        "operator_policy": operators,
        "effective_policy": operators,
    }


def test_what_a_client_changes(api):
    changes = {
        "name": "Acme S\u00e0rl",
        "contact_name": "Ada",
        "contact_email": "ada@acme.example",
        "allowed_origins": ["HTTPS://App.Acme.example:443", "http://localhost:5173"],
        "time_zone": "Europe/Paris",
        "policy": {"session_seconds": 300, "quality": {"pose": 0.7}},
    }
    answer = change(api, **changes)
    assert answer.status_code == 200
    normal = {"allowed_origins": ["https://app.acme.example", "http://localhost:5173"]}
    told = read(api)
    assert told == answer.json()
    assert {name: told[name] for name in changes} == changes | normal
    assert told["effective_policy"]["session_seconds"] == 300
    assert told["effective_policy"]["quality"]["pose"] == 0.7
    api.client.refresh_from_db()
    assert api.client.policy == {}


def test_what_is_left_out_stays(api):
    change(api, contact_name="Ada", policy={"session_seconds": 300})
    told = change(api, contact_name="").json()
    assert (told["contact_name"], told["policy"]) == ("", {"session_seconds": 300})
    assert change(api, policy={}).json()["policy"] == {"session_seconds": 300}
    assert change(api).status_code == 200


@pytest.mark.parametrize(
    ("patch", "merged"),
    [
        ({"false_match_rate": 1e-4}, {"false_match_rate": 1e-4}),
        ({"require_consent": None}, {"require_consent": ...}),
        ({"session_seconds": None}, {}),  # has no override
        ({"require_consent": True}, {}),
        ({"quality": {"pose": 0.8}}, {"quality": {"pose": 0.8, "sharpness": 0.7}}),
        ({"quality": {"pose": None}}, {"quality": {"sharpness": 0.7}}),
        ({"quality": {"pose": None, "sharpness": None}}, {"quality": ...}),
        ({"quality": None}, {"quality": ...}),
        ({"quality": {}}, {}),
    ],
)
def test_a_patch_of_the_policy_changes_only_the_keys_that_it_names(api, patch, merged):
    before = {"require_consent": True, "quality": {"pose": 0.7, "sharpness": 0.7}}
    change(api, policy=before)
    answer = change(api, policy=patch)
    assert answer.status_code == 200, answer.content
    expected = {key: value for key, value in (before | merged).items() if value is not ...}
    assert answer.json()["policy"] == read(api)["policy"] == expected


@pytest.mark.parametrize(
    ("policy", "key"),
    [({"livenes": None}, "livenes"), ({"quality": {"poise": None}}, "quality.poise")],
)
def test_null_for_a_key_that_does_not_exist(api, policy, key):
    assert told_code(change(api, policy=policy), f"policy.{key}") == "unknown_field"


def test_an_override_that_the_operator_has_overruled_hinders_no_other_change(api):
    change(api, policy={"max_enrollment_frames": 20})
    Client.objects.update(policy={"max_enrollment_frames": 10})
    assert change(api, policy={"session_seconds": 300}).status_code == 200
    told = change(api, policy={"max_enrollment_frames": 20})
    assert told_code(told, "policy.max_enrollment_frames") == "laxer_than_operator"


@pytest.mark.parametrize(
    ("policy", "key", "code", "message"),
    [
        ({"livenes": "off"}, "livenes", "unknown_field", "no such key. Did you mean liveness?"),
        ({"zzz": 1}, "zzz", "unknown_field", "no such key. Choose among: analytics_days, camera_"),
        ({"quality": {"poze": 1}}, "quality.poze", "unknown_field", "key. Did you mean pose?"),
        ({"quality": {"z": 1}}, "quality.z", "unknown_field", "Choose among: brightness, contr"),
        ({"target_samples": 11}, "target_samples", "invalid", "10"),
        ({"quality": 3}, "quality", "invalid", ""),
    ],
)
def test_each_fault_of_the_policy_has_its_path_and_code(api, policy, key, code, message):
    told = problem(change(api, policy=policy), 400, "validation_failed")["errors"]
    assert set(told) == {f"policy.{key}"}
    (fault,) = told[f"policy.{key}"]
    assert fault["code"] == code
    assert message in fault["message"]


@pytest.mark.parametrize(
    "field",
    [
        "tier",
        "sandbox",
        "is_active",
        "status",
        "limits",
        "id",
        "created_at",
        "own_policy",
        "operator_policy",
    ],
)
def test_what_belongs_to_the_operator(api, field):
    assert told_code(change(api, **{field: "standard"}), field) == "unknown_field"
    before = Client.objects.values().get()
    assert (before["tier"], before["is_active"]) == ("standard", True)


@pytest.mark.parametrize("field", ["tier", "sandbox", "id", "created_at", "effective_policy"])
def test_a_read_only_field_is_called_so(api, field):
    told = problem(change(api, **{field: "x"}), 400, "validation_failed")
    assert told["errors"][field][0]["message"] == "This field is read-only."


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_client_is_neither_created_nor_deleted(api, method):
    for address in (LIST, url(api.client.public_id)):
        answer = getattr(api.http, method)(address, {"name": "new"}, format="json")
        problem(answer, 405, "method_not_allowed")
    assert Client.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": ""}, "name"),
        ({"name": 151 * "x"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": None}, "name"),
        ({"contact_name": "a\u202eb"}, "contact_name"),
        ({"contact_email": "ada"}, "contact_email"),
        ({"contact_email": 250 * "a" + "@acme.example"}, "contact_email"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"allowed_origins": "https://acme.example"}, "allowed_origins"),
        ({"allowed_origins": [f"https://a{n}.example" for n in range(21)]}, "allowed_origins"),
        ({"allowed_origins": 21 * ["https://a.example"]}, "allowed_origins"),
        ({"allowed_origins": ["*"]}, "allowed_origins.0"),
        ({"allowed_origins": [{"a": 1}]}, "allowed_origins.0"),
        ({"policy": "strict"}, "policy"),
        ({"policy": None}, "policy"),
        ({"policy": {"livenes": "passive"}}, "policy"),
        ({"policy": {"target_samples": 11}}, "policy"),
        ({"policy": {"quality": {"pose": "high"}}}, "policy"),
        ({"policy": {"quality": 3}}, "policy"),
        ({"policy": {"false_match_rate": 0.5}}, "policy.false_match_rate"),
        ({"policy": {"quality": {"pose": 0.1}}}, "policy.quality.pose"),
    ],
)
def test_what_cannot_be_set(api, fields, name):
    before = read(api)
    told = problem(change(api, **fields), 400, "validation_failed")
    assert [each for each in told["errors"] if each.startswith(name)], told
    assert read(api) == before


def test_a_laxer_policy_is_refused_by_key(make_api):
    api = make_api(duplicate_face="flag", liveness="off", keep_images=False)
    answer = change(api, policy={"duplicate_face": "allow", "keep_images": True})
    told = problem(answer, 400, "validation_failed")["errors"]
    assert {name: faults[0]["code"] for name, faults in told.items()} == {
        "policy.duplicate_face": "laxer_than_operator",
        "policy.keep_images": "laxer_than_operator",
    }


def test_the_operator_who_tightens_later_overrules(api, stage):
    assert change(api, policy={"max_enrollment_frames": 20}).status_code == 200
    Client.objects.update(policy={"max_enrollment_frames": 10})
    assert read(api)["effective_policy"]["max_enrollment_frames"] == 10
    api.open_enrollment()
    assert EnrollmentSession.objects.get().policy["max_enrollment_frames"] == 10


def test_sessions_open_with_the_effective_policy(api, stage):
    before = api.enrollment_token("before")
    assert change(api, policy={"target_samples": 2}).status_code == 200
    assert api.open_enrollment("after").json()["target_samples"] == 2
    assert api.session(before).json()["target_samples"] == 3
    assert api.http.get("/api/core/status/").json()["policy"]["target_samples"] == 2


@pytest.mark.parametrize("policy", [{"liveness": "passive"}, {"false_match_rate": 1e-9}])
def test_a_policy_that_can_never_work_is_refused(api, stage, policy):
    registry.set_engine(FakeEngine(has_liveness=False))
    problem(change(api, policy=policy), 409, "policy_unusable")
    assert read(api)["policy"] == {}


def test_an_obstacle_of_the_operators_is_not_the_clients(make_api, stage):
    api = make_api(liveness="passive")
    registry.set_engine(FakeEngine(has_liveness=False))
    assert change(api, policy={"session_seconds": 300}).status_code == 200


def test_a_name_that_is_not_available(api, other, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"001": "initech"}
    answers = [change(api, name=name) for name in ("globex", "initech")]
    bodies = [problem(answer, 409, "client_name_unavailable") for answer in answers]
    assert len({body["detail"] for body in bodies}) == 1
    assert change(api, name="acme").status_code == 200


def test_a_name_that_an_older_api_is_bound_to_is_kept(api, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"001": "acme"}
    problem(change(api, name="other"), 409, "client_name_unavailable")
    assert change(api, contact_name="Ada").status_code == 200


def test_another_client_is_like_an_unknown_one(api, other):
    for method, path in (("get", ""), ("patch", ""), ("get", "stats/")):
        bodies = []
        for client_id in (other.client.public_id, uuid4()):
            answer = getattr(api.http, method)(url(client_id) + path, {}, format="json")
            bodies.append(problem(answer, 404, "client_not_found"))
            del bodies[-1]["request_id"]
        assert bodies[0] == bodies[1]


def test_nobody_without_a_token(api):
    problem(anonymous().get(LIST), 401, "not_authenticated")
    problem(anonymous().get(url(api.client.public_id)), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://acme.example", "https://acme.example"),
        ("HTTPS://ACME.Example", "https://acme.example"),
        ("https://acme.example:8443", "https://acme.example:8443"),
        ("https://acme.example:443", "https://acme.example"),
        ("http://localhost", "http://localhost"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_origins_in_their_normal_form(given, normal):
    assert normalized(given) == normal
    assert normalized(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "acme.example",
        "https://",
        "https://*",
        "https://*.acme.example",
        "https://acme.example/",
        "https://acme.example/app",
        "https://acme.example?x",
        "https://acme.example#x",
        "https://user@acme.example",
        "https://acme.example\\@evil.example",
        "https://acme.example:",
        "https://acme.example:0",
        "https://acme.example:70000",
        "https://acme.example:8o",
        "https://acme..example",
        "https://-acme.example",
        "https://acme_.example",
        "https://acme.example.",
        "https://b\u00fccher.example",
        "https:// acme.example",
        "https://acme.example\n",
        "https://[::1",
        "https://999.1.1.1",
        "https://1.2.3",
        "http://acme.example",
        "http://127.0.0.2",
        "ftp://acme.example",
        "javascript://acme.example",
        "https://" + 300 * "a",
    ],
)
def test_what_is_no_origin(text):
    with pytest.raises(NotAnOrigin):
        normalized(text)


def stats(api, **asked):
    return api.http.get(reverse("client-stats", args=[api.client.public_id]), asked)


def test_totals_of_a_client(api, other, stage):
    api.enroll(stage, "alice", frames=1)
    api.verify(stage.frame("alice"))
    api.open_enrollment("bob")
    api.cancel(api.enrollment_token("carol"))
    with_key(api, expires_at=timezone.now())
    other.enroll(stage, "dave", frames=1)
    told = stats(api).json()
    since, until = told.pop("since"), told.pop("until")
    assert since < until
    assert told == {
        "users": 3,
        "enrolled_users": 1,
        "credentials_in_use": 1,
        "open_sessions": 1,
        "enrollments": {"total": 2, "by_reason": {"cancelled": 1, "enrolled": 1}},
        "authentications": {"total": 1, "by_reason": {"matched": 1}},
    }


def test_sessions_end_with_reasons_of_sessions(api, stage):
    """Also those that an older API gave up, and the rows that it left in an earlier release."""
    api.enroll(stage, "alice", frames=1)
    for image in (stage.frame(faces=0), stage.frame("mallory")):
        older.verify(api.client, "alice", [image], source="legacy_003")
    AuthenticationSession.objects.filter(reason="frame_limit").update(reason="no_face")
    older.enroll(api.client, "bob", stage.frame(faces=2), source="legacy_003")
    told = stats(api).json()
    assert told["enrollments"]["by_reason"] == {"enrolled": 1, "frame_limit": 1}
    assert told["authentications"]["by_reason"] == {"frame_limit": 1, "no_match": 1}


@pytest.mark.parametrize(("days", "counted"), [(1, 0), (2, 1), (366, 1)])
def test_the_period(api, stage, days, counted):
    api.enroll(stage, "alice", frames=1)
    api.verify(stage.frame("alice"))
    for model in (EnrollmentSession, AuthenticationSession):
        model.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    told = stats(api, days=days).json()
    assert (told["enrollments"]["total"], told["authentications"]["total"]) == (counted, counted)


@pytest.mark.parametrize("days", ["0", "367", "-1", "x", "", "1.5", "9" * 30])
def test_periods_that_are_refused(api, days):
    told = problem(stats(api, days=days), 400, "validation_failed")
    assert set(told["errors"]) == {"days"}


def test_an_unknown_parameter(api):
    problem(stats(api, day=1), 400, "validation_failed")
