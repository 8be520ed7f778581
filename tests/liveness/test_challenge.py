"""The machine of a challenge, by its tables: no clock, no engine."""

import json
from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from faceplatform.conf import CapturePolicy
from faceplatform.liveness import challenge as machine
from faceplatform.liveness.challenge import Challenge, Outcome, Phase
from faceplatform.liveness.gestures import TURNS, Appearance, Gesture, shown
from faceplatform.liveness.texts import LANGUAGES, instruction, language_of

POLICY = CapturePolicy(liveness="challenge", challenge_step_seconds=10, challenge_max_faults=3)
REST = Appearance(yaw=2.0, pitch=1.0, mouth_opening=0.03, eye_opening=0.3, face_size=0.2)
SHOWN = {
    "rest": REST,
    "left": replace(REST, yaw=20.0),
    "right": replace(REST, yaw=-16.0),
    "up": replace(REST, pitch=14.0),
    "down": replace(REST, pitch=-14.0),
    "mouth": replace(REST, mouth_opening=0.5),
    "blink": replace(REST, eye_opening=0.1),
    "near": replace(REST, face_size=0.27),
    "far": replace(REST, face_size=0.15),
    "a_little_near": replace(REST, face_size=0.23),
    "turned_near": replace(REST, yaw=20.0, face_size=0.27),
    "half": replace(REST, yaw=12.0),
}
LEFT_MOUTH = Challenge(
    steps=(Gesture.TURN_LEFT, Gesture.OPEN_MOUTH),
    spares=(Gesture.LOOK_UP, Gesture.TURN_LEFT, Gesture.LOOK_DOWN, Gesture.TURN_LEFT),
)


def play(challenge: Challenge, script: str, *, start: float = 100.0):
    """Show the frames of a script one second apart; ``name+3`` comes 3 seconds after the last.

    Returns the last state and every outcome.
    """
    now, outcomes = start, []
    for word in script.split():
        name, _, wait = word.partition("+")
        now += float(wait or 1)
        challenge, outcome = machine.advance(
            challenge,
            SHOWN[name],
            POLICY,
            is_neutral=name in {"rest", "near"},
            at=now,
            now=now + 0.1,
        )
        outcomes.append(str(outcome))
    return challenge, " ".join(outcomes)


ASKED = "rest rest rest "  # after which the first gesture has been asked for


def test_the_gestures_in_their_order_pass():
    state, outcomes = play(LEFT_MOUTH, ASKED + "half left left rest mouth rest")
    assert outcomes == ("awaited awaited awaited awaited seen awaited awaited seen passed")
    assert (state.phase, state.faults) == (Phase.PASSED, 0)


@pytest.mark.parametrize(
    ("script", "outcome", "faults", "step"),
    [
        ("right", Outcome.WRONG, 1, Gesture.LOOK_UP),
        ("mouth", Outcome.WRONG, 1, Gesture.LOOK_UP),  # the second one first
        ("left+0.2", Outcome.EARLY, 1, Gesture.LOOK_UP),  # told 0.1 s after the last frame
        ("rest left+10", Outcome.LATE, 1, Gesture.LOOK_UP),
        ("blink", Outcome.AWAITED, 0, Gesture.TURN_LEFT),  # nobody can help blinking
        ("near", Outcome.WRONG, 1, Gesture.LOOK_UP),
        ("far", Outcome.WRONG, 1, Gesture.LOOK_UP),
        ("a_little_near", Outcome.AWAITED, 0, Gesture.TURN_LEFT),  # people sway
        ("turned_near", Outcome.SEEN, 0, Gesture.OPEN_MOUTH),
        ("half", Outcome.AWAITED, 0, Gesture.TURN_LEFT),
        ("left+0.4", Outcome.SEEN, 0, Gesture.OPEN_MOUTH),
        ("right rest right", Outcome.WRONG, 2, Gesture.LOOK_DOWN),
        ("right right right right", Outcome.AWAITED, 1, Gesture.LOOK_UP),  # held: one fault
        ("right rest right rest right", Outcome.FAILED, 3, Gesture.LOOK_DOWN),
        ("left left+11", Outcome.LATE, 1, Gesture.OPEN_MOUTH),  # never at rest again
        ("left mouth rest rest", Outcome.AWAITED, 0, Gesture.OPEN_MOUTH),  # the rest was left out
    ],
)
def test_what_a_frame_leads_to(script, outcome, faults, step):
    state, outcomes = play(LEFT_MOUTH, ASKED + script)
    assert outcomes.split()[-1] == outcome
    assert state.faults == faults
    assert state.steps[min(state.done, 1)] == step


@pytest.mark.parametrize("fault", ["right", "rest+11", "left left+11"])
def test_a_fault_adds_a_gesture(fault):
    """So a recording does not pass more easily the second time; who follows passes."""
    state, _ = play(LEFT_MOUTH, ASKED + fault)
    assert (state.faults, len(state.steps)) == (1, 3)
    for _ in range(3 - state.done):
        state, _ = play(state, "rest", start=state.seen_at + 1)
        name = next(
            n
            for n in ("left", "mouth", "up", "down")
            if shown(SHOWN[n], state.neutral[0]) == {state.steps[state.done]}
        )
        state, _ = play(state, name, start=state.seen_at + 1)
    state, outcomes = play(state, "rest", start=state.seen_at + 1)
    assert (outcomes, state.faults) == ("passed", 1)


def test_a_gesture_that_did_not_come_in_time_is_asked_no_more():
    """Not everybody can make each one, and not every mouth can be read."""
    state = replace(LEFT_MOUTH, spares=(Gesture.TURN_LEFT, Gesture.LOOK_UP, Gesture.LOOK_DOWN))
    late, _ = play(state, ASKED + "rest left+10")
    assert late.steps == (Gesture.LOOK_UP, Gesture.OPEN_MOUTH, Gesture.LOOK_DOWN)
    wrong, _ = play(state, ASKED + "right")
    assert wrong.steps == (Gesture.TURN_LEFT, Gesture.OPEN_MOUTH, Gesture.LOOK_UP)


def test_a_challenge_drawn_again_keeps_the_gestures_of_its_faults():
    again = machine.drawn_again(replace(LEFT_MOUTH, faults=2), POLICY)
    assert len([step for step in again.steps if step is not Gesture.BLINK]) == 2 + 2


def test_somebody_who_came_closer_may_lean_back():
    """While the next gesture is asked for, and no farther than at the beginning."""
    state = replace(LEFT_MOUTH, steps=(Gesture.COME_CLOSER, Gesture.OPEN_MOUTH))
    state, outcomes = play(state, ASKED + "near near rest mouth rest")
    assert (outcomes.split()[-1], state.faults) == ("passed", 0)
    state = replace(LEFT_MOUTH, steps=(Gesture.COME_CLOSER, Gesture.OPEN_MOUTH))
    _, outcomes = play(state, ASKED + "near near far")
    assert outcomes.split()[-1] == "wrong"


def test_somebody_who_came_closer_may_lean_back_in_the_next_challenge():
    """Another one is drawn after a suspicion, say; the face is as far away as at the beginning."""
    state = replace(LEFT_MOUTH, steps=(Gesture.COME_CLOSER, Gesture.OPEN_MOUTH))
    state, _ = play(state, ASKED + "near near")
    again = replace(machine.drawn_again(state, POLICY), steps=LEFT_MOUTH.steps)
    again, outcomes = play(again, "near near near rest left", start=200)
    assert (outcomes.split()[-1], again.faults) == ("seen", 0)


def test_a_distance_is_not_shown_by_a_turned_head():
    """It would be no fault there either."""
    state = replace(LEFT_MOUTH, steps=(Gesture.COME_CLOSER, Gesture.OPEN_MOUTH))
    _, outcomes = play(state, ASKED + "turned_near")
    assert outcomes.split()[-1] == "wrong"


def test_a_recording_of_every_gesture_fails():
    _, outcomes = play(LEFT_MOUTH, ASKED + "right rest left rest mouth rest up rest blink rest")
    assert outcomes.split()[-1] in {"failed", "awaited"}
    assert "passed" not in outcomes


def test_a_challenge_that_is_over_stays_so():
    failed, _ = play(LEFT_MOUTH, ASKED + "right rest right rest right")
    state, outcomes = play(failed, "rest left rest", start=500)
    assert (state, set(outcomes.split())) == (failed, {"awaited"})
    passed, _ = play(LEFT_MOUTH, ASKED + "left rest mouth rest")
    assert play(passed, "right", start=500) == (passed, "passed")


def test_the_reference_begins_again_when_the_head_moves():
    turned = replace(REST, yaw=14.0)
    state = LEFT_MOUTH
    for second, frame in enumerate((REST, REST, turned, REST, REST)):
        state, _ = machine.advance(
            state, frame, POLICY, is_neutral=True, at=second + 1, now=second + 1.1
        )
        assert state.phase is Phase.NEUTRAL
    state, _ = machine.advance(state, REST, POLICY, is_neutral=True, at=6, now=6.1)
    assert state.phase is Phase.GESTURE


def test_a_frame_that_comes_out_of_order_changes_nothing():
    state, _ = play(LEFT_MOUTH, ASKED)
    late = machine.advance(
        state, SHOWN["right"], POLICY, is_neutral=False, at=state.seen_at, now=104
    )
    assert late == (state, Outcome.AWAITED)


def test_closer_means_than_before():
    policy = CapturePolicy(liveness="challenge", challenge_motion=True, challenge_steps=1)
    state = machine.draw(policy, Random(3))
    assert Gesture.MOVE_BACK in state.steps
    assert state.steps[state.steps.index(Gesture.MOVE_BACK) + 1] is Gesture.COME_CLOSER
    pair = replace(state, steps=(Gesture.MOVE_BACK, Gesture.COME_CLOSER))
    outcomes = []
    for second, size in enumerate((0.2, 0.2, 0.2, 0.15, 0.15, 0.17, 0.19, 0.19)):
        frame = replace(REST, face_size=size)
        pair, outcome = machine.advance(
            pair, frame, policy, is_neutral=True, at=second + 1.0, now=second + 1.1
        )
        outcomes.append(str(outcome))
    assert outcomes[3:] == ["seen", "awaited", "awaited", "seen", "passed"]


def test_a_gesture_begins_where_the_head_is():
    """One who sways to 7 degrees must turn by 15 more, and may rest at 12."""
    state, outcomes = LEFT_MOUTH, []
    for second, yaw in enumerate((0, 0, 7, 20, 23, 12)):
        frame = replace(REST, yaw=REST.yaw + yaw)
        state, outcome = machine.advance(
            state, frame, POLICY, is_neutral=True, at=second + 1, now=second + 1.1
        )
        outcomes.append(outcome)
    assert outcomes[3:5] == [Outcome.AWAITED, Outcome.SEEN]
    assert (state.phase, state.neutral[0].yaw) == (Phase.GESTURE, REST.yaw + 12)


@pytest.mark.parametrize(("opening", "asked"), [(0.3, Gesture.BLINK), (0.19, Gesture.LOOK_UP)])
def test_narrow_eyes_are_not_asked_to_blink(opening, asked):
    state = replace(LEFT_MOUTH, steps=(Gesture.BLINK, Gesture.OPEN_MOUTH))
    frame = replace(REST, eye_opening=opening)
    for second in (1, 2, 3):
        state, _ = machine.advance(
            state, frame, POLICY, is_neutral=True, at=second, now=second + 0.1
        )
    assert machine.prompt_of(state, POLICY, now=3.1).code == asked


@pytest.mark.parametrize(
    ("opening", "asked"), [(0.08, Gesture.OPEN_MOUTH), (0.16, Gesture.LOOK_DOWN)]
)
def test_a_smile_with_teeth_is_not_asked_to_open_the_mouth(opening, asked):
    """The mesh hardly tells the open mouth from the smile. The spare that is one is passed over."""
    state = replace(
        LEFT_MOUTH,
        steps=(Gesture.OPEN_MOUTH, Gesture.TURN_LEFT),
        spares=(Gesture.OPEN_MOUTH, Gesture.LOOK_DOWN),
    )
    frame = replace(REST, mouth_opening=opening)
    for second in (1, 2, 3):
        state, _ = machine.advance(
            state, frame, POLICY, is_neutral=True, at=second, now=second + 0.1
        )
    assert machine.prompt_of(state, POLICY, now=3.1).code == asked


def test_ten_frames_of_another_face_fail():
    state = LEFT_MOUTH
    outcomes = []
    for _ in range(10):
        state, outcome = machine.count_stranger(state)
        outcomes.append(outcome)
    assert outcomes == [Outcome.AWAITED] * 9 + [Outcome.FAILED]


def test_only_the_current_step_is_told_with_its_time():
    told = machine.prompt_of(LEFT_MOUTH, POLICY, now=100)
    assert (told.code, told.steps_done, told.steps_total) == ("look_straight", 0, 2)
    assert told.seconds_left is None
    asked, _ = play(LEFT_MOUTH, ASKED)
    told = machine.prompt_of(asked, POLICY, now=105.1)
    assert (told.code, told.seconds_left) == ("turn_left", 8.0)
    assert machine.prompt_of(asked, POLICY, now=200).seconds_left == 0
    passed, _ = play(asked, "left rest mouth rest", start=104)
    assert machine.prompt_of(passed, POLICY, now=110).code is None


def test_sequences_are_drawn_after_the_policy_and_differ():
    drawn = {machine.draw(POLICY).steps for _ in range(60)}
    assert len(drawn) > 20
    assert all(len(set(steps) - {Gesture.BLINK}) == 2 for steps in drawn)
    again = machine.drawn_again(replace(LEFT_MOUTH, faults=2, done=1), POLICY)
    assert (again.faults, again.done, again.phase) == (2, 0, Phase.NEUTRAL)


def test_a_blink_comes_on_top_of_the_other_gestures():
    """Eyes blink by themselves, so it tells less than the others: also on a recording."""
    drawn = [machine.draw(POLICY, Random(seed)).steps for seed in range(400)]
    with_blink = [steps for steps in drawn if Gesture.BLINK in steps]
    assert 60 < len(with_blink) < 140
    assert {len(steps) for steps in with_blink} == {3}
    assert {steps.index(Gesture.BLINK) for steps in with_blink} == {0, 1, 2}
    most = CapturePolicy(challenge_motion=True, challenge_steps=6)
    assert len(set(machine.draw(most, Random(1)).steps)) == 8


@pytest.mark.parametrize("steps", [1, 2, 6])
@pytest.mark.parametrize("motion", [False, True])
def test_every_challenge_turns_the_head(steps, motion):
    """Only a turn shows depth. A photograph comes closer and moves back as a head does."""
    policy = CapturePolicy(challenge_steps=steps, challenge_motion=motion)
    drawn = [set(machine.draw(policy, Random(seed)).steps) for seed in range(300)]
    assert all(TURNS & each for each in drawn)
    pair = {Gesture.MOVE_BACK, Gesture.COME_CLOSER} if motion else set()
    possible = set(Gesture) if steps > 1 else {*TURNS, Gesture.BLINK, *pair}
    assert set().union(*drawn) == possible


def test_each_order_with_a_turn_is_as_likely():
    """Else a recording would begin with the likely ones."""
    random = Random(0)
    drawn = (machine.draw(POLICY, random).steps for _ in range(24_000))
    counts = Counter(steps for steps in drawn if Gesture.BLINK not in steps)
    # Two of seven gestures, less the orders of an open mouth and the distances alone.
    assert len(counts) == 42 - 6
    assert max(counts.values()) < 1.4 * min(counts.values())


@pytest.mark.parametrize("fault", ["rest+11", "mouth"])
def test_a_challenge_keeps_a_turn_after_a_fault(fault):
    """The next spare turn takes the place of the only one."""
    state = replace(
        LEFT_MOUTH,
        steps=(Gesture.TURN_LEFT, Gesture.COME_CLOSER),
        spares=(Gesture.OPEN_MOUTH, Gesture.OPEN_MOUTH, Gesture.LOOK_UP),
    )
    after, _ = play(state, ASKED + fault)
    assert after.steps == (Gesture.LOOK_UP, Gesture.COME_CLOSER, Gesture.OPEN_MOUTH)
    assert after.spares == (Gesture.OPEN_MOUTH,)


@pytest.mark.parametrize("script", ["", ASKED, ASKED + "left", ASKED + "right"])
def test_a_state_comes_back_from_json(script):
    state, _ = play(LEFT_MOUTH, script)
    assert Challenge.from_json(json.loads(json.dumps(state.as_json()))) == state


def test_every_step_has_a_text_in_every_language():
    texts = {instruction(code, at) for at in LANGUAGES for code in (*Gesture, "look_straight")}
    assert len(texts) == 9 * len(LANGUAGES)
    assert set(LANGUAGES) == {"en", "fr", "es", "pt", "id", "de", "ar"}
    assert language_of("ja", "pt-BR", "en") == "pt"
    assert language_of("ja") == language_of() == "en"
