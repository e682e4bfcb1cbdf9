"""A stream of any length takes the same memory, and its user can end it at any time."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

from peers.command import Spacectl
from peers.server import Server


def env(server: Server) -> dict[str, str]:
    return {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint}


def peak(spacectl: Spacectl, server: Server, count: int, output: str) -> int:
    """The most memory that the command takes for so many messages, in KiB."""
    process = spacectl.start(
        *("exec", "Count", "kitchen.Kitchen", "-p", f"count={count}", "-o", output),
        env=env(server),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss


def test_ten_times_the_messages_take_no_more_memory(kitchen: Server, spacectl: Spacectl) -> None:
    assert peak(spacectl, kitchen, 8_000, "jsonl") < peak(spacectl, kitchen, 800, "jsonl") + 4 * 1024


def test_an_interrupt_ends_a_conversation_that_waits_for_its_input(
    kitchen: Server, converse: Callable[..., Any]
) -> None:
    conversation = converse("exec", "Chat", "kitchen.Kitchen", "-f", "-", "-o", "jsonl", env=env(kitchen))
    conversation.says('{"text": "a"}\n')
    assert conversation.line() == '{"text":"A"}'
    conversation.process.send_signal(signal.SIGINT)
    assert conversation.process.wait(60) == 130
    assert conversation.end() == (130, "", "")


def test_a_conversation_can_be_typed_at_a_terminal(kitchen: Server, spacectl: Spacectl) -> None:
    line = ("exec", "Chat", "kitchen.Kitchen", "-f", "-", "-o", "table")
    # what is asked is that it ends at Ctrl-D: on a busy machine the start alone may take long
    result = spacectl(*line, stdin="text: a\n---\ntext: b\n", tty=True, env=env(kitchen), timeout=120)
    assert result.status == 0, result.out
    assert [row.strip() for row in result.out.replace("^D", "").splitlines() if row.strip()][-4:] == [
        "text",
        "----------",
        "A",
        "B",
    ]
