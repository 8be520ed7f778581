"""`<face-capture>` on a page of another origin: sessions as a person goes through them."""

import pytest

pytestmark = pytest.mark.browser


def test_a_person_enrolls_and_is_verified(customer, service):
    enrollment = service.open("enrollment", "ada")
    customer.visit(enrollment)
    customer.wait_for("ready")
    customer.press("Start")
    customer.wait_for("completed", outcome="completed")
    assert customer.page.get_by_role("heading", name="You are enrolled").is_visible()
    assert service.session(enrollment)["status"] == "completed"

    verification = service.open("verification", "ada")
    customer.visit(verification)
    customer.press("Start")
    customer.wait_for("completed", outcome="matched")
    assert customer.page.get_by_role("heading", name="You were recognized").is_visible()
    assert service.session(verification)["result"] == "success"
