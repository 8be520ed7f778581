"""A user who is erased, or a session that ends, during a request."""

import pytest

from tests.api.gone_meanwhile.calls import (
    CALLS,
    OF_SESSIONS,
    before_statement,
    delete_the_sessions,
    erase_the_user,
    every_moment,
    expire_the_sessions,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_user_is_erased(scene, call):
    every_moment(scene, call, erase_the_user)


@pytest.mark.parametrize("strike", [delete_the_sessions, expire_the_sessions])
@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith(OF_SESSIONS)])
def test_the_session_ends(scene, name, strike):
    every_moment(scene, CALLS[name], strike)


def test_an_enrollment_is_removed_twice_at_once(scene):
    """The second one learns of the enrollment, as if it had come later."""
    made = scene()
    send = CALLS["remove an enrollment"](made)
    with before_statement(None, delete_the_sessions) as moments:
        send()
    told = set()
    for moment in moments:
        send = CALLS["remove an enrollment"](scene())
        with before_statement(moment, delete_the_sessions):
            answer = send()
        told.add(answer.json()["code"])
    assert told == {"enrollment_not_found"}
