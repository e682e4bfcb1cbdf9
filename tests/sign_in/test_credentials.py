"""Where a call's token comes from: option over variable over file, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.protosets import Api
from peers.server import Server
from sign_in_places import Place, Run, jwt, place_at

SECRET = "s3cret-token"


@pytest.fixture
def server(sandbox_api: Api, start_recorder: Callable[..., Server]) -> Server:
    return start_recorder(sandbox_api)


@pytest.fixture
def place(tmp_path: Path, server: Server) -> Place:
    return place_at(tmp_path / "spaceone", server.endpoint)


@pytest.fixture
def sent(run: Run, server: Server) -> Callable[..., str | None]:
    """The token that a call sends."""

    def sent(*options: str, env: dict[str, str] | None = None) -> str | None:
        server.forget()
        done = run("list", "repository.Plugin", *options, env=env)
        assert (done.status, done.err) == (0, "")
        return str(dict(server.last.metadata).get("token", "")) or None

    return sent


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(0o755)
    return path


def test_sources_beat_each_other_in_their_order(place: Place, sent: Callable[..., str | None], tmp_path: Path) -> None:
    for name in ("option", "file"):
        (tmp_path / name).write_text(f"by-{name}\n")
    command = f"{sys.executable} -c \"print('by-command')\""
    place.change(api_key="by-key", token="by-token", token_command=command, token_file=str(tmp_path / "file"))
    variables = {"SPACECTL_TOKEN": "by-token-variable", "SPACECTL_API_KEY": "by-key-variable"}
    option = ("--token-file", str(tmp_path / "option"))
    assert sent(*option, env=variables) == "by-option"
    assert sent(env=variables) == "by-token-variable"
    assert sent(env={"SPACECTL_API_KEY": "by-key-variable"}) == "by-key-variable"
    for key, expected in (("token", "by-token"), ("api_key", "by-key"), ("token_command", "by-command")):
        assert sent() == expected
        place.change(**{key: None})
    assert sent() == "by-file"
    place.change(token_file=None)
    assert sent() is None


def test_the_option_does_without_any_configuration(server: Server, spacectl_inprocess: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    line = ("list", "repository.Plugin", "--endpoint", server.endpoint, "--token-file", str(tmp_path / "token"))
    assert spacectl_inprocess(*line).status == 0
    assert dict(server.last.metadata)["token"] == SECRET


def test_a_token_file_is_relative_to_the_configuration(place: Place, sent: Callable[..., str | None]) -> None:
    (place.base / "my.token").write_bytes(b"\xef\xbb\xbf  spaced \r\n")
    place.change(token_file="my.token")
    assert sent() == "spaced"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"s3cret-a\ns3cret-b", "more than one line"),
        (b"s3cret\xff", "not UTF-8"),
        ("s3crét".encode(), "printable ASCII"),
        (b"s3cret" * 20_000, "more than a token"),
    ],
)
def test_a_token_file_that_holds_no_token_is_refused_in_one_line(
    place: Place, run: Run, server: Server, content: bytes | None, words: str
) -> None:
    path = place.base / "my.token"
    if content is not None:
        path.write_bytes(content)
    place.change(token_file="my.token")
    for options, status, origin in (((), 3, "token_file"), (("--token-file", str(path)), 2, "--token-file")):
        server.forget()
        done = run("list", "repository.Plugin", *options)
        assert (done.status, done.out, server.calls) == (status, "", [])
        [line] = [line for line in done.err.splitlines() if line.startswith("error: ")]
        assert words in line
        assert origin in line
        assert "s3c" not in done.err


@pytest.mark.parametrize(
    "output",
    [
        SECRET,
        f"  {SECRET}\n\n",
        json.dumps(
            {"kind": "ExecCredential", "status": {"token": SECRET, "expirationTimestamp": "2030-01-01T00:00:00Z"}}
        ),
    ],
)
def test_a_program_prints_the_token_alone_or_as_kubectls_plugins_do(
    place: Place, sent: Callable[..., str | None], output: str
) -> None:
    script(place.base / "helper", f"print({output!r})")
    place.change(token_command=["./helper"])
    assert sent() == SECRET


def test_a_program_is_run_without_a_shell_and_told_what_kubectl_tells(
    place: Place, sent: Callable[..., str | None]
) -> None:
    source = "import os, sys, json; info = json.loads(os.environ['KUBERNETES_EXEC_INFO']); "
    source += "print(sys.argv[1], info['kind'], sys.stdin.read() == '', sep='/')"
    place.change(token_command=[sys.executable, "-c", source, "$(touch made); `touch made`"])
    assert sent() == "$(touch made); `touch made`/ExecCredential/True"
    place.change(token_command=f"'{sys.executable}' -c \"{source}\" '$HOME | x'")
    assert sent() == "$HOME | x/ExecCredential/True"
    assert not list(place.base.rglob("made"))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/nonexistent/helper"], "there is no such program"),
        ([sys.executable, "-c", "import sys; print('s3c'); sys.exit('s3c')"], "failed with exit status 1"),
        ([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], "was ended by signal 9"),
        ([sys.executable, "-c", ""], "prints no token"),
        ([sys.executable, "-c", "print('s3c\\ns3c')"], "more than one line"),
        ([sys.executable, "-c", "print('{\"status\": {}}')"], "JSON without a token"),
        ([sys.executable, "-c", "print('{s3c')"], "JSON that cannot be read"),
        ([sys.executable, "-c", "print('s3c' * 30000)"], "more than a token"),
        ([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b's3c\\xff')"], "not UTF-8"),
        ("'unbalanced", "no closing quotation"),
        ([], None),
        ([["a"]], "a list of texts is due"),
        ({"a": "b"}, "a command is due"),
    ],
)
def test_a_program_that_gives_no_token_is_said_in_one_line_and_its_output_never(
    place: Place, run: Run, server: Server, command: Any, words: str | None
) -> None:
    place.change(token_command=command)
    done = run("list", "repository.Plugin")
    if words is None:
        assert done.status == 0
        return
    assert (done.status, done.out, server.calls) == (3, "", [])
    [line] = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert words in line
    assert "token_command" in line
    assert "s3c" not in done.err


def test_a_program_that_hangs_is_ended_with_all_that_it_started(place: Place, run: Run, tmp_path: Path) -> None:
    source = "import subprocess, sys, time; "
    source += "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    source += f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid)); time.sleep(60)"
    place.change(token_command=[sys.executable, "-c", source], token_command_timeout=1.5)
    begin = time.monotonic()
    done = run("list", "repository.Plugin")
    assert time.monotonic() - begin < 10
    assert done.status == 3
    assert "took longer than 1.5 s" in done.err
    deadline = time.monotonic() + 10
    while alive(int((tmp_path / "pid").read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(int((tmp_path / "pid").read_text()))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_program_runs_once_however_many_connections_there_are(
    place: Place, run: Run, sandbox_api: Api, start_recorder: Callable[..., Server], tmp_path: Path
) -> None:
    others = {f"service{number}": start_recorder(sandbox_api).endpoint for number in range(3)}
    script(place.base / "helper", f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); print('t')")
    place.change(token_command=["./helper"], endpoints=others)
    assert run("api-resources", "-o", "jsonl").status == 0
    assert (tmp_path / "runs").read_text() == "x"


def test_a_source_is_shown_and_what_it_gives_is_not(place: Place, run: Run) -> None:
    place.change(token_command=["vault", "read", jwt(aud="x")], token_file="my.token", keyring="me", api_key=SECRET)
    shown = run("config", "show").out
    for visible in ("vault", "my.token", "keyring: me"):
        assert visible in shown
    assert SECRET not in shown
    assert "eyJ" not in shown


def test_without_the_keyring_package_one_line_says_how_to_get_it(
    place: Place, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    place.change(keyring="me")
    done = run("list", "repository.Plugin")
    assert (done.status, done.out) == (3, "")
    assert "keyring is not installed\nhint: `pip install 'spacectl[keyring]'`" in done.err


BACKEND = """
import json, os, keyring.backend, keyring.errors
class Backend(keyring.backend.KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        if username == "locked":
            raise keyring.errors.KeyringLocked("s3cret")
        return {("spacectl", "me"): "by-keyring", ("other", "you"): "by-other"}.get((service, username))
    def set_password(self, service, username, password): raise NotImplementedError
    def delete_password(self, service, username): raise NotImplementedError
"""


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real keyring package over entries of our own."""
    package = pytest.importorskip("keyring")
    (tmp_path / "keyring_of_tests.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = package.get_keyring()
    package.set_keyring(__import__("keyring_of_tests").Backend())
    yield
    package.set_keyring(before)
    sys.modules.pop("keyring_of_tests", None)


@pytest.mark.usefixtures("keyring")
def test_a_token_comes_from_the_system_keyring(place: Place, run: Run, sent: Callable[..., str | None]) -> None:
    place.change(keyring="me")
    assert sent() == "by-keyring"
    place.change(keyring={"service": "other", "username": "you"})
    assert sent() == "by-other"
    for entry, words in (
        ("nobody", "`keyring set spacectl nobody`"),
        ("locked", "KeyringLocked"),
        (["x"], "entry is due"),
    ):
        place.change(keyring=entry)
        done = run("list", "repository.Plugin")
        assert (done.status, done.out) == (3, "")
        assert words in done.err
        assert "s3cret" not in done.err


def test_no_secret_is_a_command_line_value(run: Run) -> None:
    for command in ("login", "list", "whoami", "logout"):
        words = run(command, "--help").out.split()
        assert not {"--token", "--password", "--api-key"} & {word.strip(",") for word in words}


def test_a_debugging_user_sees_no_token_in_a_traceback(place: Place, run: Run) -> None:
    place.change(token=SECRET, endpoints={"repository": "grpc://127.0.0.1:1"})
    done = run("list", "repository.Plugin", env={"SPACECTL_DEBUG": "true"})
    assert done.status == 78
    assert SECRET not in done.err


def test_a_program_is_not_needed_for_what_asks_no_server(place: Place, run: Run, tmp_path: Path) -> None:
    script(place.base / "helper", f"open({str(tmp_path / 'ran')!r}, 'w'); print('t')")
    place.change(token_command=["./helper"])
    assert run("config", "endpoint", "show").status == 0
    assert run("config", "show").status == 0
    assert not (tmp_path / "ran").exists()


def test_the_command_waits_for_no_descriptor_that_a_program_leaves_open(place: Place) -> None:
    source = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)']); print('t')"
    )
    place.change(token_command=[sys.executable, "-c", source], token_command_timeout=2)
    begin = time.monotonic()
    argv = [sys.executable, "-m", "spacectl", "list", "repository.Plugin"]
    done = subprocess.run(argv, env={**os.environ, **place.env}, capture_output=True, timeout=30, check=False)
    assert time.monotonic() - begin < 15
    assert done.returncode == 3
