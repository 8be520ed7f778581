"""deploy/kubernetes agrees with the schemas of Kubernetes, compose.yaml and docs/operations.md.

Nothing is applied to a cluster. `make lint-deploy` has Checkov read the same files.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from string import ascii_letters
from threading import Thread
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.core.management import call_command

from tests.missing import missing
from tests.system.test_deploy_files import commands_of_compose, dockerfile
from tests.system.test_variable_names import names_read

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/kubernetes"
KUBECTL = shutil.which("kubectl")
OPERATIONS = (ROOT / "docs/operations.md").read_text()
CHAPTER = (ROOT / "docs/kubernetes.md").read_text()
COMPONENTS = ("migrate", "web", "worker", "housekeeping", "webhooks", "beat")
VERSIONS = ("1.25.0", "1.31.0", kubernetes_validate.latest_version())
# Left to the operator, who copies it.
_EXAMPLE = "ingress.yaml"
_UNITS = {"": 1.0, "m": 1e-3, "Mi": 2**20, "Gi": 2**30}
_MEBI = _UNITS["Mi"]
_TIME_OF_A_FRAME = r"in processor time \| workers (\d+) ms"
# A process with Django and Celery: the main one of a worker, and a probe while it runs.
_DJANGO_MB = 130


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def listed() -> list[str]:
    return documents(FOLDER / "kustomization.yaml")[0]["resources"]


RESOURCES = [
    (path.name, resource)
    for path in sorted(FOLDER.glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for resource in documents(path)
]


def by_name(resources: Iterable[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(each["kind"], each["metadata"]["name"]): each for each in resources}


BY_NAME = by_name(resource for _, resource in RESOURCES)


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for (one, name), each in BY_NAME.items() if one == kind}


def workload(component: str) -> dict[str, Any]:
    return of_kind("Job" if component == "migrate" else "Deployment")[f"faceplatform-{component}"]


def pod(component: str) -> dict[str, Any]:
    return workload(component)["spec"]["template"]["spec"]


def labels(component: str) -> dict[str, str]:
    return workload(component)["spec"]["template"]["metadata"]["labels"]


def container(component: str) -> dict[str, Any]:
    (only,) = pod(component)["containers"]
    return only


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for component in COMPONENTS:
        for each in (*pod(component).get("initContainers", ()), *pod(component)["containers"]):
            yield component, each


def config() -> dict[str, str]:
    return of_kind("ConfigMap")["faceplatform"]["data"]


def quantity(text: str) -> float:
    number = text.rstrip(ascii_letters)
    return float(number) * _UNITS[text.removeprefix(number)]


def resources(component: str, bound: str, name: str) -> float:
    return quantity(container(component)["resources"][bound][name])


def selects(selector: dict[str, Any], component: str) -> bool:
    """Return True if the selector matches the component's pods."""
    own = labels(component)
    expressions = selector.get("matchExpressions", ())
    assert all(expression["operator"] == "In" for expression in expressions)
    return selector["matchLabels"].items() <= own.items() and all(
        own.get(expression["key"]) in expression["values"] for expression in expressions
    )


def ports(component: str, direction: str) -> set[int]:
    """Return the ports that the policies open for the component, to or from somewhere named."""
    found = set()
    for policy in of_kind("NetworkPolicy").values():
        if selects(policy["spec"]["podSelector"], component):
            for rule in policy["spec"].get(direction, ()):
                assert rule["to" if direction == "egress" else "from"]
                found |= {port["port"] for port in rule["ports"]}
    return found


def documented(pattern: str) -> float:
    (figure,) = re.findall(pattern, OPERATIONS)
    return float(figure)


# The files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", BY_NAME, ids="-".join)
def test_the_schemas_of_kubernetes_accept(name, version):
    kubernetes_validate.validate(BY_NAME[name], version, strict=True)


def test_the_schemas_know_every_field():
    resource = yaml.safe_load((FOLDER / "config.yaml").read_text())
    with pytest.raises(kubernetes_validate.ValidationError, match="dta"):
        kubernetes_validate.validate({**resource, "dta": {}}, VERSIONS[-1], strict=True)


def test_all_files_but_the_example_are_applied():
    assert sorted({name for name, _ in RESOURCES} - {_EXAMPLE}) == sorted(listed())


def test_kubectl_builds_what_the_files_say():
    if KUBECTL is None:
        missing("kubectl is not installed")
    built = subprocess.run([KUBECTL, "kustomize", FOLDER], capture_output=True, check=True)
    expected = [resource for name, resource in RESOURCES if name != _EXAMPLE]
    assert by_name(yaml.safe_load_all(built.stdout)) == by_name(expected)


def test_no_resource_names_a_namespace_or_holds_a_secret():
    assert all("namespace" not in resource["metadata"] for _, resource in RESOURCES)
    assert not of_kind("Secret")


# The same processes as elsewhere ------------------------------------------------------------


def test_the_commands_are_those_of_compose():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    expected = commands_of_compose(services)
    expected["migrate"] = " ".join(services["migrate"]["command"])
    assert {each: " ".join(container(each)["command"]) for each in COMPONENTS} == expected


def test_one_image_runs_everywhere_as_its_own_user():
    assert len({each["image"] for _, each in containers()}) == 1
    (user,) = dockerfile("USER")
    for component in COMPONENTS:
        context = pod(component)["securityContext"]
        assert context["runAsUser"] == context["runAsGroup"] == int(user)


def test_those_that_read_the_database_await_the_migrations():
    waiting = {component for component, each in containers() if "--check" in each["command"]}
    assert waiting == {"web", "housekeeping", "webhooks"}


def test_one_beat_never_two():
    assert workload("beat")["spec"]["replicas"] == 1
    assert workload("beat")["spec"]["strategy"] == {"type": "Recreate"}


# Settings ----------------------------------------------------------------------------------


def test_settings_are_read_by_the_product():
    assert set(config()) <= names_read()


def test_config_and_secret_are_read_everywhere_and_share_no_name(tmp_path):
    file = tmp_path / "faceplatform.env"
    call_command("init_env", str(file), "--hosts", "faces.example.com")
    secret = set(re.findall(r"^([A-Z_]+)=", file.read_text(), re.MULTILINE))
    assert not secret & set(config())
    for _, each in containers():
        assert each["envFrom"] == [
            {"configMapRef": {"name": "faceplatform"}},
            {"secretRef": {"name": "faceplatform"}},
        ]
        assert "env" not in each
    assert f"create secret generic faceplatform --from-env-file={file.name}" in CHAPTER


def test_kubernetes_sets_no_variable_of_ours():
    """For a Service `faceplatform-web` it would set FACEPLATFORM_WEB_PORT and more."""
    assert all(pod(component)["enableServiceLinks"] is False for component in COMPONENTS)


# Rights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("component", COMPONENTS)
def test_pods_may_nothing(component):
    context = pod(component)["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(component)["automountServiceAccountToken"] is False


def test_containers_write_to_memory_alone():
    for component, each in containers():
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert each["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108
        (volume,) = pod(component)["volumes"]
        assert volume["emptyDir"]["medium"] == "Memory"


@pytest.mark.parametrize(
    ("component", "outgoing", "incoming"),
    [
        ("migrate", {53, 3306}, set()),
        ("web", {53, 3306, 6379}, {8000}),
        ("worker", {53, 6379}, set()),
        ("housekeeping", {53, 3306, 6379}, set()),
        ("webhooks", {53, 443, 3306, 6379}, set()),
        ("beat", {53, 6379}, set()),
    ],
)
def test_the_network_of(component, outgoing, incoming):
    deny = of_kind("NetworkPolicy")["faceplatform-deny"]["spec"]
    assert selects(deny["podSelector"], component)
    assert set(deny) == {"podSelector", "policyTypes"}
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert ports(component, "egress") == outgoing
    assert ports(component, "ingress") == incoming


# Probes and ends ---------------------------------------------------------------------------


@pytest.mark.parametrize("component", [each for each in COMPONENTS if each != "migrate"])
def test_every_deployment_is_probed(component):
    assert {"readinessProbe", "livenessProbe"} <= set(container(component))


def test_web_is_asked_where_machines_may(settings):
    probes = [container("web")[f"{name}Probe"] for name in ("startup", "readiness")]
    paths = [probe["httpGet"]["path"] for probe in probes]
    assert paths == ["/api/core/health/", "/api/core/ready/"]
    assert {path.lstrip("/") for path in paths} <= set(settings.FACEPLATFORM_MACHINE_ADDRESSES)
    (port,) = container("web")["ports"]
    assert {probe["httpGet"]["port"] for probe in probes} == {port["name"]}
    assert dockerfile("EXPOSE") == [str(port["containerPort"])]
    (service,) = of_kind("Service").values()
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]
    assert service["spec"]["selector"].items() <= labels("web").items()


def asked_for_life(port: int) -> int:
    """Run web's liveness probe against a port of this machine, and return its status."""
    probe = container("web")["livenessProbe"]
    python, option, source = probe["exec"]["command"]
    assert (python, option) == ("python", "-c")
    assert int(re.findall(r"timeout=(\d+)", source)[0]) < probe["timeoutSeconds"]
    (listening,) = container("web")["ports"]
    here = source.replace(str(listening["containerPort"]), str(port))
    assert here != source
    return subprocess.run([sys.executable, "-c", here], capture_output=True, check=False).returncode


def test_any_answer_is_a_sign_of_life_and_silence_is_not():
    class Unavailable(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if self.path == "/api/core/health/" else 400)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Unavailable) as server:
        port = server.server_port
        thread = Thread(target=server.handle_request)
        thread.start()
        assert asked_for_life(port) == 0
        thread.join()
    assert asked_for_life(port) != 0


def test_frames_in_hand_are_finished_before_a_pod_is_killed(settings):
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for component in ("web", "worker"):
        given = pod(component)["terminationGracePeriodSeconds"]
        assert given >= int(services[component]["stop_grace_period"].removesuffix("s"))
    _, pause = container("web")["lifecycle"]["preStop"]["exec"]["command"]
    gunicorn = (ROOT / "gunicorn.conf.py").read_text()
    (graceful,) = re.findall(r"^graceful_timeout = (\d+)$", gunicorn, re.MULTILINE)
    assert pod("web")["terminationGracePeriodSeconds"] > int(pause) + int(graceful)
    assert pod("worker")["terminationGracePeriodSeconds"] > settings.FACEPLATFORM_FRAME_SECONDS


# Sizing ------------------------------------------------------------------------------------


def test_every_container_has_bounds():
    for _, each in containers():
        for bound in ("requests", "limits"):
            assert set(each["resources"][bound]) == {"cpu", "memory"}


def test_a_worker_has_a_core_and_memory_for_each_process():
    processes = int(config()["FACEPLATFORM_WORKER_PROCESSES"])
    usual = documented(r"\| a worker process / a web process \| (\d+) / \d+ MB")
    assert resources("worker", "requests", "cpu") == processes
    assert resources("worker", "requests", "memory") >= (processes * usual + _DJANGO_MB) * _MEBI
    most = processes * int(config()["FACEPLATFORM_WORKER_MEMORY_MB"]) + 3 * _DJANGO_MB
    volume = quantity(pod("worker")["volumes"][0]["emptyDir"]["sizeLimit"])
    assert resources("worker", "limits", "memory") >= most * _MEBI + volume


def test_web_keeps_up_with_all_workers():
    scaler = of_kind("HorizontalPodAutoscaler")["faceplatform-worker"]["spec"]
    processes = scaler["maxReplicas"] * int(config()["FACEPLATFORM_WORKER_PROCESSES"])
    frames = processes * 1000 / documented(_TIME_OF_A_FRAME)
    pods = workload("web")["spec"]["replicas"]
    of_each = documented(r"one web process for every (\d+) frames a second")
    assert pods * int(config()["FACEPLATFORM_WEB_WORKERS"]) * of_each >= frames
    of_a_frame = documented(r"passive liveness 3 more\), web ([\d.]+) ms") / 1000
    assert pods * resources("web", "requests", "cpu") >= frames * of_a_frame


def test_web_has_memory_for_all_threads(settings):
    usual = documented(r"\| a worker process / a web process \| \d+ / (\d+) MB")
    threads = documented(r"`FACEPLATFORM_WEB_THREADS` \| one per core, at most 4; (\d+) \|")
    buffer = documented(r"`FACEPLATFORM_WEB_BUFFER_MB` \| 1000, (\d+) \|")
    body = settings.DATA_UPLOAD_MAX_MEMORY_SIZE / _MEBI
    volume = quantity(pod("web")["volumes"][0]["emptyDir"]["sizeLimit"])
    # gunicorn's main process, and a web process.
    needed = _DJANGO_MB + usual + buffer + threads * body
    assert resources("web", "limits", "memory") >= needed * _MEBI + volume


def test_workers_follow_the_age_of_the_queue():
    scaler = of_kind("HorizontalPodAutoscaler")["faceplatform-worker"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == workload("worker")["metadata"]["name"]
    assert "replicas" not in workload("worker")["spec"]
    (metric,) = [each["external"] for each in scaler["metrics"] if each["type"] == "External"]
    name = metric["metric"]["name"]
    frame = documented(_TIME_OF_A_FRAME) / 1000
    assert quantity(metric["target"]["value"]) == pytest.approx(frame / 2, rel=0.1)
    assert f"`{name}`" in OPERATIONS.split("\n## Metrics\n")[1]
    (rule,) = [
        rule
        for block in re.findall(r"```yaml\n(.*?)```", CHAPTER, re.DOTALL)
        for rule in yaml.safe_load(block).get("externalRules", ())
    ]
    assert name in rule["seriesQuery"]
    assert rule["metricsQuery"].startswith("max(")  # each web pod reports the one queue


@pytest.mark.parametrize("component", ["web", "worker"])
def test_pods_are_spread_and_go_one_at_a_time(component):
    (constraint,) = pod(component)["topologySpreadConstraints"]
    budget = of_kind("PodDisruptionBudget")[f"faceplatform-{component}"]["spec"]
    assert budget["maxUnavailable"] == 1
    for selector in (
        constraint["labelSelector"],
        budget["selector"],
        workload(component)["spec"]["selector"],
    ):
        assert [each for each in COMPONENTS if selects(selector, each)] == [component]
