"""manage.py create_demo_client: create the demo client of `make run`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clients import credentials, demo
from clients.models import Client
from faceplatform.engine.registry import get_engine
from faceplatform.liveness.methods import union

# A newcomer has few photographs: with liveness on, each would count only once, and fusing three
# needs three of one person.
# A session at a camera has no such need, and a challenge no further weights.
_POLICY = {"liveness": "off", "camera_liveness": "challenge", "probe_frames": 1}


class Command(BaseCommand):
    help = "Create the demo client, and print its credentials once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="issue another key")

    def handle(self, *args: Any, **options: Any) -> None:
        client = Client.objects.filter(name=demo.NAME).first()
        if client is None:
            issued = credentials.create_client(demo.NAME, policy=_POLICY)
            client = issued.credential.client
        elif options["new_key"]:
            issued = credentials.issue(client)
        else:
            self.stdout.write(
                "Demo client: exists; its credentials were shown when it was created "
                "(manage.py create_demo_client --new-key issues new ones)"
            )
            self._print_liveness(client)
            return
        self.stdout.write("Demo client, shown only now:")
        self.stdout.write(f"  export API_KEY={issued.credential.api_key}")
        self.stdout.write(f"  export API_SECRET={issued.api_secret}")
        self._print_liveness(client)

    def _print_liveness(self, client: Client) -> None:
        self.stdout.write(f"Liveness of the demo client: {_liveness_note(client)}")


def _liveness_note(client: Client) -> str:
    policy = client.capture_policy
    at_camera = f"at a camera: {union(policy.liveness, policy.camera_liveness)}; of stored images: "
    if policy.liveness != "off":
        return f"{at_camera}{policy.liveness}: each image counts once"
    if get_engine().has_liveness:
        return f"{at_camera}off, so that an image can be used again; MiniFASNet is installed"
    return (
        f"{at_camera}off: MiniFASNet's weights are not installed "
        "(manage.py models prepare minifasnet_v2 minifasnet_v1se downloads them)"
    )
