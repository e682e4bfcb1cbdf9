"""login on a terminal: it asks for what is missing, and shows no password."""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress

from peers import posix
from peers.command import STREAMS, Spacectl
from peers.protosets import Api
from sign_in_places import ADMIN, PASSWORD, Place, ask, claims

V2 = "spaceone.api.identity.v2"
TYPED = "typed-by-nobody-else"


def converse(spacectl: Spacectl, place: Place, words: list[tuple[str, str]], *arguments: str) -> tuple[int, str]:
    """The exit status and what the terminal showed, where each question is answered when it comes."""
    terminal, inner = posix.terminal((80, 24))
    environment = {**place.env, "COLUMNS": None, "TERM": "dumb"}
    process = spacectl.start(
        "login", *arguments, env=environment, **dict.fromkeys(STREAMS, inner), start_new_session=True
    )
    os.close(inner)
    shown, asked, deadline = b"", 0, time.monotonic() + 40
    try:
        with suppress(OSError):  # EIO: the command has ended
            while time.monotonic() < deadline:
                # the blank comes last, when what was typed before is no longer thrown away
                if asked < len(words) and shown.endswith(words[asked][0].encode() + b" "):
                    os.write(terminal, words[asked][1].encode() + b"\n")
                    asked += 1
                if select.select([terminal], [], [], 0.2)[0]:
                    data = os.read(terminal, 4096)
                    if not data:
                        break
                    shown += data
        assert asked == len(words), shown.decode()
        return process.wait(20), shown.decode()
    finally:
        process.kill()
        os.close(terminal)


def test_what_is_missing_is_asked_for_and_the_password_not_shown(
    spacectl: Spacectl, place: Place, sandbox_api: Api
) -> None:
    user = "ann@sandbox.example"
    ask(place.endpoint, sandbox_api, f"{V2}.User/create", user_id=user, password=TYPED, auth_type="LOCAL")
    answers = [("Domain:", "sandbox"), ("User:", user), (f"Password of {user}:", TYPED)]
    status, shown = converse(spacectl, place, answers)
    assert status == 0
    assert TYPED not in shown
    assert claims(place.settings["token"])["aud"] == user


def test_a_second_factor_is_asked_for_where_the_server_wants_one(
    spacectl: Spacectl, place: Place, sandbox_api: Api
) -> None:
    user = "eve@sandbox.example"
    more = {"auth_type": "LOCAL", "enforce_mfa_state": "ENABLED"}
    ask(place.endpoint, sandbox_api, f"{V2}.User/create", user_id=user, password=TYPED, **more)
    answers = [(f"Password of {user}:", TYPED), ("Verification code:", "000000")]
    status, shown = converse(spacectl, place, answers, "--domain", "sandbox", "--user", user)
    assert status == 0
    assert TYPED not in shown


def test_an_administrator_chooses_a_workspace_or_the_whole_domain(spacectl: Spacectl, place: Place) -> None:
    line = ("--domain", "sandbox", "--user", ADMIN)
    password = (f"Password of {ADMIN}:", PASSWORD)
    status, shown = converse(spacectl, place, [password, ("Workspace [0]:", "1")], *line)
    assert status == 0
    assert "1  Sandbox Workspace  workspace-sandbox" in shown
    assert claims(place.settings["token"])["wid"] == "workspace-sandbox"
    status, _ = converse(spacectl, place, [password, ("Workspace [0]:", "")], *line)
    assert (status, claims(place.settings["token"])["rol"]) == (0, "DOMAIN_ADMIN")


def test_an_interrupted_question_keeps_nothing(spacectl: Spacectl, place: Place) -> None:
    result = spacectl("login", tty=True, env=place.env)  # Ctrl-D
    assert result.status == 130
    assert not place.login.exists()
