from __future__ import annotations

import os
from contextlib import suppress

from peers import posix
from peers.command import STREAMS, Spacectl


def test_init_asks_for_the_name_on_a_terminal(spacectl: Spacectl) -> None:
    result = spacectl("config", "init", stdin="dev\n", tty=True)
    assert (result.status, result.out) == (0, "Environment [default]: 'dev' environment has been created.\n")
    assert (spacectl.config_dir / "environments" / "dev.yml").exists()


def test_init_never_asks_when_an_output_is_piped(spacectl: Spacectl) -> None:
    result = spacectl("config", "init", stdin="dev\n", tty=["stdin", "stderr"])
    assert (result.status, result.out, result.err) == (0, "'default' environment has been created.\n", "")


def test_an_interrupted_question_makes_nothing(spacectl: Spacectl) -> None:
    result = spacectl("config", "init", stdin="\x03", tty=True)
    assert result.status == 130
    assert not spacectl.config_dir.exists()


def test_a_secret_that_is_typed_is_not_shown(spacectl: Spacectl) -> None:
    spacectl("config", "init")
    terminal, inner = posix.terminal((80, 24))
    process = spacectl.start("config", "set", "api_key", "-", **dict.fromkeys(STREAMS, inner), start_new_session=True)
    os.close(inner)
    shown = b""
    try:
        while b"api_key: " not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, b"s3cret\n")
        with suppress(OSError):  # EIO: the command has ended
            while data := os.read(terminal, 1024):
                shown += data
        assert process.wait(30) == 0
    finally:
        process.kill()
        os.close(terminal)
    assert b"s3cret" not in shown
    assert spacectl("config", "show", "--show-secrets").out == "---\napi_key: s3cret\n\n"


def test_show_prints_no_secret_in_any_way_of_running_it(spacectl: Spacectl) -> None:
    spacectl("config", "init")
    spacectl("config", "set", "api_key", "s3cret")
    assert spacectl("config", "show").out == "---\napi_key: '****'\n\n"
    assert "s3cret" not in spacectl("config", "show", tty=True).out
    broken = spacectl("config", "show", env={"SPACECTL_DEBUG": "true", "SPACECTL_ENVIRONMENT": "nothing"})
    assert broken.status == 3
    assert "s3cret" not in broken.err


def test_a_key_from_a_pipe_with_a_line_end_is_the_key(spacectl: Spacectl) -> None:
    spacectl("config", "init")
    assert spacectl("config", "set", "api_key", "-", stdin=b"s3cret\r\n").status == 0
    assert spacectl("config", "show", "--show-secrets").out == "---\napi_key: s3cret\n\n"


def test_stdin_that_is_not_utf8_is_one_clear_error(spacectl: Spacectl) -> None:
    result = spacectl("config", "init", "-f", "-", stdin=b"a: 1\nb: \xff\n")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: stdin:2:4: not UTF-8 (byte 0xff)\n")
    assert not spacectl.config_dir.exists()
