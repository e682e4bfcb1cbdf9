"""Client and bidirectional streams are sent while standard input is read, and end where it ends."""

from __future__ import annotations

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from peers.command import Result
from peers.server import Exchange, Server, serve

from spacectl.errors import InputError
from spacectl.live_documents import live_documents
from spacectl.values import Fields, Items, Node, Scalar

Run = Callable[..., Result]
NUMBER = re.compile(r"-?\d+")
CHAT = ("exec", "Chat", "kitchen.Kitchen", "-f", "-", "-o", "jsonl")


def env(server: Server) -> dict[str, str]:
    return {"SPACECTL_ENDPOINT_KITCHEN": server.endpoint}


def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    "texts",
    [
        ('{"text": "a"}\n', '{"text": "b"}\n'),
        ('{"text":\n "a"}\n', '\n{\n"text": "b"}\n'),
        ("text: a\n---\n", "text: b\n---\n"),
        ("text: a\n...\n", "---\ntext: b\n...\n"),
        ("{text: a}\n", "text: b\n...\n"),
    ],
)
def test_an_answer_is_printed_before_the_next_message_is_typed(
    texts: tuple[str, str], kitchen: Server, converse: Callable[..., Any]
) -> None:
    conversation = converse(*CHAT, env=env(kitchen))
    for text, answer in zip(texts, "AB", strict=True):
        conversation.says(text)
        assert json.loads(conversation.line()) == {"text": answer}
    assert conversation.end() == (0, "", "")
    assert kitchen.last.requests == [{"text": "a"}, {"text": "b"}]


def test_a_stream_is_half_closed_at_the_end_of_input(kitchen: Server, converse: Callable[..., Any]) -> None:
    conversation = converse("exec", "Sum", "kitchen.Kitchen", "-f", "-", "-o", "jsonl", env=env(kitchen))
    conversation.says("number: 1\n---\n")
    until(lambda: kitchen.calls and kitchen.last.requests)
    conversation.says("number: 41\n")
    assert conversation.end() == (0, '{"number":42}\n', "")


def test_options_go_over_each_message(kitchen: Server, spacectl_inprocess: Run) -> None:
    result = spacectl_inprocess(*CHAT, "-p", "text=x", stdin="{}\n{text: b}\n", env=env(kitchen))
    assert (result.status, result.out) == (0, '{"text":"X"}\n' * 2)


@pytest.mark.parametrize(
    ("second", "place"),
    [
        ('{"text": 7, "txt": 1}', "<stdin>:2:15: txt"),
        ('{"text": ', "<stdin>:2:"),
        ("- x", "<stdin>:2:1"),
        ("text: [", "<stdin>:"),
        ("text: \x01", "<stdin>:2:9: not YAML"),
    ],
)
def test_what_cannot_be_sent_gives_the_call_up_and_names_its_line(
    second: str, place: str, kitchen: Server, spacectl_inprocess: Run
) -> None:
    result = spacectl_inprocess(
        "exec", "Sum", "kitchen.Kitchen", "-f", "-", stdin=f'{{"number": 1}}\n{second}'.replace("text", "number"),
        env=env(kitchen),
    )  # fmt: skip
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"error: {place}")
    assert "hint: the 1 before it was sent; the call was given up" in result.err
    # the server must not take the part for the whole
    until(lambda: len(kitchen.calls) == 1)
    assert kitchen.last.requests in ([], [{"number": "1"}])


def test_bytes_that_are_no_text_are_named_with_their_line() -> None:
    stream = io.BytesIO(b'{"a": 1}\n{"a": "\xff"}\n')
    documents = live_documents(stream, "<stdin>")
    next(documents)
    with pytest.raises(InputError, match=r"<stdin>:2:8: not UTF-8"):
        next(documents)


def test_the_time_out_does_not_run_while_nothing_was_typed(kitchen: Server, converse: Callable[..., Any]) -> None:
    conversation = converse(*CHAT, "--timeout", "1", env=env(kitchen))
    conversation.says('{"text": "a"}\n')
    assert conversation.line() == '{"text":"A"}'
    time.sleep(1.6)
    conversation.says('{"text": "b"}\n')
    assert conversation.line() == '{"text":"B"}'
    assert conversation.end() == (0, "", "")


def test_a_server_that_says_nothing_after_the_last_message_ends_at_the_time_out(
    kitchen_api: Any, spacectl_inprocess: Run
) -> None:
    def sleeps(exchange: Exchange) -> Iterator[Message]:
        list(exchange.requests)
        time.sleep(3)
        yield exchange.reply()

    with serve(kitchen_api, {"kitchen.v1.Kitchen/Sum": sleeps}) as server:
        began = time.monotonic()
        result = spacectl_inprocess(
            *("exec", "Sum", "kitchen.Kitchen", "-f", "-", "--timeout", "0.5"), stdin="number: 1", env=env(server)
        )
        assert 0.5 <= time.monotonic() - began < 3
    assert result.status == 68
    assert "within 0.5 s" in result.err


def test_a_server_that_ends_early_does_not_wait_for_the_rest_of_the_input(
    kitchen_api: Any, converse: Callable[..., Any]
) -> None:
    def one(exchange: Exchange) -> Iterator[Message]:
        yield exchange.reply(text=next(exchange.requests).text)

    with serve(kitchen_api, {"kitchen.v1.Kitchen/Chat": one}) as server:
        conversation = converse(*CHAT, env=env(server))
        conversation.says("{text: a}\n")
        assert conversation.line() == '{"text":"a"}'
        assert conversation.process.wait(20) == 0


def test_messages_are_not_read_faster_than_the_server_takes_them(
    kitchen_api: Any, converse: Callable[..., Any]
) -> None:
    goes_on = threading.Event()

    def slow(exchange: Exchange) -> Iterator[Message]:
        goes_on.wait(60)
        yield exchange.reply(text=str(sum(1 for _ in exchange.requests)))

    line = json.dumps({"text": "x" * 10_000}).encode() + b"\n"
    with serve(kitchen_api, {"kitchen.v1.Kitchen/Chat": slow}) as server:
        conversation = converse(*CHAT, env=env(server))
        fed = 0

        def feed() -> None:
            nonlocal fed
            while fed < 2500:
                conversation.process.stdin.write(line)
                fed += 1
            conversation.process.stdin.close()

        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        try:
            before = -1
            while fed != before or fed == 0:
                before = fed
                time.sleep(1)
            # the windows of HTTP/2 and the buffers of the pipe are full, and no more is taken
            assert fed < 2500
        finally:
            goes_on.set()
        feeder.join(60)
        assert conversation.line(60) == '{"text":"2500"}'


def plain(node: Node) -> Any:
    match node:
        case Fields():
            return {key: plain(entry.value) for key, entry in node.entries.items()}
        case Items():
            return [plain(item) for item in node.items]
        case Scalar():
            return int(node.text) if node.style == "plain" and NUMBER.fullmatch(node.text) else node.text
    raise AssertionError(node)


texts = st.text("a {}[]:,#-'\"\\é1", max_size=6)
leaves = texts | st.integers(-9, 99)
trees = st.dictionaries(
    texts, leaves | st.lists(leaves, max_size=2) | st.dictionaries(texts, leaves, max_size=2), max_size=3
)
writers = st.sampled_from(
    [
        lambda tree: json.dumps(tree) + "\n",
        lambda tree: json.dumps(tree, indent=2, ensure_ascii=False) + "\n",
        lambda tree: "---\n" + yaml.safe_dump(tree, allow_unicode=True) + "...\n",
        lambda tree: "---\n" + yaml.safe_dump(tree, default_flow_style=True, width=40) + "...\n",
        lambda tree: "# a comment\n---\n" + yaml.safe_dump(tree, default_style="'") + "...\n",
    ]
)


@settings(max_examples=60)
@given(st.lists(st.tuples(trees, writers), max_size=3))
def test_documents_are_those_that_yaml_and_json_find(given_documents: list[Any]) -> None:
    text = "".join(write(tree) for tree, write in given_documents)
    found = [plain(node) for node in live_documents(io.BytesIO(text.encode()), "x")]
    assert found == [tree for tree, _ in given_documents]
