"""Past their time, kept descriptors shape a call that reads while reflection runs beside it.

What comes out is what a first call would give, and no server is waited for that cannot say what it is.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peers.command import Result, Spacectl
from peers.protosets import Api
from peers.reflection import reflection_handlers
from peers.server import STATUS_CODES, Exchange, Server, serve
from shop import shop

from spacectl.rpc import beside
from spacectl.rpc.cache import DescriptorCache, closure_of
from spacectl.service_names import REFLECTION

MakeApi = Callable[[dict[str, str]], Api]
Inside = Callable[..., Result]
PEN = "shop.v1.Pen"
SECONDS = 30
QUERY = "message Page { int32 start = 1; int32 limit = 2; } message Query { Page page = 1; } Query query = 3;"
GET = ("get", "shop.Pen", "-p", "name=x", "-o", "json")
LIST = ("list", "shop.Pen", "-p", "name=x", "-o", "json")
PAGES = (*LIST, "--all-pages", "--page-size", "2")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take its time: what is late is late only where a test wants it."""
    monkeypatch.setattr(beside, "PATIENCE", 2 * SECONDS)


@pytest.fixture
def inside(spacectl_inprocess: Inside) -> Inside:
    return lambda server, *words, **options: spacectl_inprocess("--endpoint", server.endpoint, *words, **options)


def keep(cache: Path, server: Server, api: Api, hours: float = 1.1) -> None:
    """Has the cache hold of a server what an api says, as if it had been asked for hours ago."""
    asked = time.time_ns() - int(hours * 3600 * 1e9)
    kept, files = DescriptorCache(cache, server.endpoint), {file.name: file for file in api.files.file}
    names = [service.full_name for service in api.services()]
    kept.store_services(sorted([*names, REFLECTION[1]]), asked)
    for name in names:
        kept.store_files(name, closure_of(name, files), asked)


def grow_old(cache: Path) -> None:
    then = time.time() - 3700
    for path in cache.rglob("*.*"):
        os.utime(path, (then, then))


def is_old(cache: Path) -> bool:
    [services] = cache.rglob("*.services")
    return services.stat().st_mtime < time.time() - 3600


def filled(exchange: Exchange) -> Iterator[Message]:
    """An answer with something in each of its fields: in its texts, the request as the server reads it."""
    list(exchange.requests)
    yield fill(exchange.api.classes[exchange.descriptor.output_type.full_name](), str(exchange.call.requests))


def fill(message: Message, text: str) -> Message:
    """The message with the text in all that is text or bytes, and 1 in all other fields."""
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type is not None:
            fill(value.add() if field.is_repeated else value, text).SetInParent()
        else:
            setattr(message, field.name, {9: text, 12: text.encode()}.get(field.type, 1))
    return message


def served(api: Api, behaviour: Callable[[Exchange], Iterator[Message]] = filled, **options: Any) -> Any:
    """A server of all that an api has."""
    methods = [f"{service.full_name}/{method.name}" for service in api.services() for method in service.methods]
    return serve(api, dict.fromkeys(methods, behaviour), **options)


def paths(server: Server) -> list[str]:
    return [call.method for call in server.calls]


def good(result: Result) -> str:
    assert (result.status, result.err) == (0, "")
    return result.out


def fresh(inside: Inside, server: Server, *words: str) -> Result:
    """What a first call gives."""
    return inside(server, *words, env={"SPACECTL_CACHE_DIR": ""})


@pytest.mark.parametrize("words", [GET, PAGES, ("analyze", "shop.Pen", "-o", "jsonl")], ids=lambda words: words[0])
def test_the_call_and_reflection_are_under_way_at_the_same_time(
    api: MakeApi, inside: Inside, cache: Path, words: tuple[str, ...]
) -> None:
    called, asked, met = Event(), Event(), []

    def meeting(exchange: Exchange) -> Iterator[Message]:
        called.set()
        met.append(asked.wait(SECONDS))
        yield from filled(exchange)

    def on_reflection() -> None:
        asked.set()
        met.append(called.wait(SECONDS))

    made = api(shop(verbs="rpc analyze (Request) returns (stream PenInfo) {}", request=QUERY))
    with served(made, meeting, on_reflection=on_reflection) as server:
        called.set()
        first = good(inside(server, *words))
        made_calls = paths(server)
        grow_old(cache)
        called.clear()
        asked.clear()
        met.clear()
        server.forget()
        assert good(inside(server, *words)) == first
        assert all(met)
        # that nothing has changed is seen: pages of an API that changed are asked for again
        assert paths(server) == made_calls
        assert server.reflections != []
        server.forget()
        assert good(inside(server, *words)) == first
        assert (paths(server), server.reflections) == (made_calls, [])


@pytest.mark.parametrize("hours", [-2, 48])
def test_a_clock_that_was_set_only_costs_a_question(api: MakeApi, inside: Inside, cache: Path, hours: int) -> None:
    made = api(shop())
    with served(made) as server:
        keep(cache, server, made, hours)
        for is_asked in (True, False):
            good(inside(server, *GET))
            assert bool(server.reflections) is is_asked
            server.forget()


@pytest.mark.parametrize(
    "words",
    [("exec", "create", "shop.Pen"), ("exec", "get", "shop.Pen", "-f", "pens.yml"), GET],
    ids=["a write", "many", "long descriptors"],
)
def test_what_writes_is_many_or_long_is_shaped_by_what_the_server_says_before_it(
    api: MakeApi, inside: Inside, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    if words is GET:
        monkeypatch.setattr(beside, "MAX_BYTES", 100)
    (home / "pens.yml").write_text("name: a\n---\nname: b\n")
    monkeypatch.chdir(home)
    happened: list[str] = []

    def noting(exchange: Exchange) -> Iterator[Message]:
        happened.append("call")
        yield from filled(exchange)

    made = api(shop())
    with served(made, noting, on_reflection=lambda: happened.append("reflection")) as server:
        keep(cache, server, made)
        good(inside(server, *words))
    first = happened.index("call")
    assert "reflection" in happened[:first]
    assert set(happened[first:]) == {"call"}


CHANGES: dict[str, tuple[str, str]] = {
    "nothing": ("", ""),
    "a renamed field of the answer": ("string name = 2;\n  Colour", "string label = 2;\n  Colour"),
    "a moved number of the answer": ("string name = 2;\n  Colour", "string name = 7;\n  Colour"),
    "fields of the answer that changed places": (
        "string pen_id = 1;\n  string name = 2;",
        "string name = 1;\n  string pen_id = 2;",
    ),
    "a field less in the answer": ("string name = 2;\n  Colour", "Colour"),
    "a text that became bytes": ("string name = 2;\n  Colour", "bytes name = 2;\n  Colour"),
    "a text that became a message": (
        "string name = 2;\n  Colour",
        "message Name { string text = 1; } Name name = 2;\n  Colour",
    ),
    "an enum value that went away": ("BLUE = 1;", "GREEN = 2;"),
    "an enum value of another name": ("BLUE = 1;", "AZURE = 1;"),
    "rows in another place": ("PenInfo results = 1;", "PenInfo results = 5;"),
    "a request field that moved": ("string pen_id = 1; string name = 2;", "string pen_id = 2; string name = 1;"),
    "a request field less": ("string pen_id = 1; string name = 2;", "string pen_id = 1;"),
    "a page that moved": ("Page page = 1;", "Page page = 4;"),
    "a verb that streams": ("rpc get (Request) returns (PenInfo)", "rpc get (Request) returns (stream PenInfo)"),
    "a verb less": ("rpc get (Request) returns (PenInfo) {}", ""),
    "another version": ("package shop.v1;", "package shop.v2;"),
    "another service": ("service Pen", "service Ink"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_api_that_changed_is_read_as_by_a_first_call(
    api: MakeApi, inside: Inside, tmp_path: Path, change: str
) -> None:
    [(name, before)] = shop(request=QUERY).items()
    old, new = CHANGES[change]
    assert old in before
    after = before.replace(old, new) if old else before
    releases = [api({name: text}) for text in (before, after)]
    with served(releases[1]) as server:
        for words in (GET, LIST, PAGES):
            server.forget()
            expected = fresh(inside, server, *words)
            once = len(server.calls)
            server.forget()
            cache = tmp_path / words[0] / str(len(words))
            keep(cache, server, releases[0])
            env = {"SPACECTL_CACHE_DIR": str(cache)}
            assert inside(server, *words, env=env) == expected
            assert once <= len(server.calls) <= once + 1
            server.forget()
            assert inside(server, *words, env=env) == expected
            assert len(server.calls) == once


FIELDS = st.permutations(
    ["string name", "string label", "bytes data", "Colour colour", "repeated int64 sizes", "Info inner"]
)
NUMBERS = st.permutations(range(1, 7))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(releases=st.lists(st.tuples(FIELDS, NUMBERS, FIELDS, NUMBERS), min_size=2, max_size=2))
def test_any_two_releases_give_what_a_first_call_gives(
    api: MakeApi, inside: Inside, tmp_path_factory: pytest.TempPathFactory, releases: list[Any]
) -> None:
    apis = []
    for answer, numbers, request, others in releases:
        fields, asked = (
            " ".join(f"{field} = {number};" for field, number in zip(names, places, strict=True))
            for names, places in ((answer, numbers), (request, others))
        )
        text = f"""
            syntax = "proto3"; package shop.v1;
            enum Colour {{ NONE = 0; BLUE = 1; }}
            message Info {{ int32 size = 1; }}
            message Request {{ {asked} }} message PenInfo {{ {fields} }}
            service Pen {{ rpc get (Request) returns (PenInfo) {{}} }}
        """
        apis.append(api({"shop/v1/pen.proto": text}))
    cache = tmp_path_factory.mktemp("cache")
    with served(apis[1]) as server:
        keep(cache, server, apis[0])
        words = (*GET, "-p", "colour=BLUE", "-p", "inner.size=3", "-p", "sizes:=[1, 2]")
        assert inside(server, *words, env={"SPACECTL_CACHE_DIR": str(cache)}) == fresh(inside, server, *words)


@pytest.mark.parametrize("words", [GET, PAGES])
def test_a_server_that_lost_its_reflection_still_answers_and_is_asked_by_every_call(
    api: MakeApi, inside: Inside, cache: Path, words: tuple[str, ...]
) -> None:
    made = api(shop(request=QUERY))
    with served(made, reflection=None) as server:
        keep(cache, server, made)
        first = good(inside(server, *words))
        assert good(inside(server, *words)) == first
        assert "x" in first
        assert len(server.calls) == 2


def test_reflection_that_does_not_answer_is_not_waited_for_and_the_next_call_asks_again(
    api: MakeApi, inside: Inside, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, made = Event(), api(shop())
    with served(made, on_reflection=lambda: ended.wait(SECONDS)) as server:
        keep(cache, server, made)
        monkeypatch.setattr(beside, "PATIENCE", 0.05)
        first = good(inside(server, *GET))
        assert is_old(cache)
        ended.set()
        monkeypatch.setattr(beside, "PATIENCE", SECONDS)
        assert good(inside(server, *GET)) == first
        assert not is_old(cache)


def test_a_server_that_describes_nothing_of_what_it_lists_is_believed_to_be_as_it_was(
    api: MakeApi, inside: Inside, cache: Path
) -> None:
    made = api(shop())
    bare = api({"shop/v1/ink.proto": shop()["shop/v1/pen.proto"].replace("Pen", "Ink")})
    answers = dict.fromkeys([f"{PEN}/get"], filled)
    handlers = reflection_handlers(bare, "v1", [PEN], transitive=False, record=lambda *_: None)
    with serve(made, answers, reflection=None, handlers=handlers) as server:
        keep(cache, server, made)
        assert "x" in good(inside(server, *GET))


@pytest.mark.parametrize("code", [1, 3, 5, 7, 12, 13, 16])
def test_a_call_that_fails_fails_once_as_a_first_one_does(api: MakeApi, inside: Inside, cache: Path, code: int) -> None:
    def failing(exchange: Exchange) -> Iterator[Message]:
        exchange.context.abort(STATUS_CODES[code], "no such pen")
        yield from ()

    made = api(shop())
    with served(made, failing) as server:
        expected = fresh(inside, server, *GET)
        keep(cache, server, made)
        server.forget()
        assert inside(server, *GET) == expected
        assert (expected.status, len(server.calls)) == (64 + code, 1)


def test_a_refusal_of_what_the_server_no_longer_takes_is_not_the_last_word(
    api: MakeApi, inside: Inside, cache: Path
) -> None:
    def strict(exchange: Exchange) -> Iterator[Message]:
        list(exchange.requests)
        if exchange.call.requests != [{"name": "x"}]:
            exchange.context.abort(STATUS_CODES[3], "a name is due")
        yield from filled(exchange)

    moved = {n: text.replace("string pen_id = 1; string name = 2;", "string name = 5;") for n, text in shop().items()}
    with served(api(moved), strict) as server:
        keep(cache, server, api(shop()))
        assert "x" in good(inside(server, *GET))
        assert [call.requests for call in server.calls] == [[{}], [{"name": "x"}]]


def test_a_server_that_is_away_is_one_error(api: MakeApi, inside: Inside, cache: Path) -> None:
    made = api(shop())
    with served(made) as server:
        pass
    expected = fresh(inside, server, "--retries", "0", *GET)
    keep(cache, server, made)
    assert inside(server, "--retries", "0", *GET) == expected
    assert (expected.status, expected.err.count("error:")) == (78, 1)


def test_what_the_old_descriptors_do_not_know_is_asked_for_before_the_call(
    api: MakeApi, inside: Inside, cache: Path
) -> None:
    made = api(shop(request="int32 length = 3;", verbs="rpc analyze (Request) returns (PenInfo) {}"))
    with served(made) as server:
        for words in ((*GET, "-p", "length=7"), ("analyze", "shop.Pen", "-p", "name=x"), (*GET, "-p", "length=long")):
            keep(cache, server, api(shop()))
            expected = fresh(inside, server, *words)
            server.forget()
            assert inside(server, *words) == expected
            assert len(server.calls) == (expected.status == 0)


def test_what_is_older_than_the_list_of_services_is_asked_for_beside_the_call_too(
    api: MakeApi, inside: Inside, cache: Path
) -> None:
    pen = shop()["shop/v1/pen.proto"]
    ink = pen.replace("Pen", "Ink").replace("Request", "InkRequest")
    moved = ink.replace("string pen_id = 1; string name = 2;", "string name = 1;")
    before, after = (api({"shop/v1/pen.proto": pen, "shop/v1/ink.proto": text}) for text in (ink, moved))
    with served(after) as server:
        keep(cache, server, before)
        # which makes the list young again, and leaves the ink as it was
        good(inside(server, *GET))
        server.forget()
        assert "x" in good(inside(server, "get", "shop.Ink", "-p", "name=x"))
        assert [call.requests for call in server.calls] == [[{}], [{"name": "x"}]]


def test_a_cache_that_cannot_be_written_is_asked_about_by_every_call(
    api: MakeApi, inside: Inside, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = api(shop(fields="int32 length = 4;"))
    with served(made) as server:
        keep(cache, server, api(shop()))

        def refused(*_: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr("spacectl.cache_files._write", refused)
        for count in (1, 2):
            assert json.loads(good(inside(server, *GET)))["length"] == 1
            assert len(server.calls) == count


@pytest.mark.parametrize("is_changed", [False, True])
def test_what_is_strange_about_a_request_is_said_once(
    api: MakeApi, inside: Inside, cache: Path, is_changed: bool
) -> None:
    [(name, text)] = shop(request="google.protobuf.Struct tags = 3;").items()
    text = text.replace("package", 'import "google/protobuf/struct.proto"; package', 1)
    made = api({name: text})
    with served(api({name: text.replace("tags = 3", "tags = 4")}) if is_changed else made) as server:
        keep(cache, server, made)
        result = inside(server, "get", "shop.Pen", "-j", '{"tags": {"account_id": 123456701234}}')
        assert result.status == 0
        assert result.err.count("warning:") == 1


def test_explain_shows_what_the_server_says_now(api: MakeApi, inside: Inside, cache: Path) -> None:
    with served(api(shop(fields="int32 length = 4;"))) as server:
        keep(cache, server, api(shop()))
        assert "length" in good(inside(server, "explain", "shop.Pen.get"))


def test_v_tells_of_both(api: MakeApi, inside: Inside, cache: Path) -> None:
    made = api(shop())
    with served(made) as server:
        keep(cache, server, made)
        told = inside(server, "-V", *GET).err
    assert f"> /{PEN}/get" in told
    assert "reflection beside the call" in told
    timings = told.splitlines()[-1]
    assert [word in timings for word in ("reflection ", "call ", "rendering ")] == [True] * 3


@pytest.mark.skipif(os.name == "nt", reason="the signal ends the process there")
def test_ctrl_c_ends_the_call_and_what_is_beside_it(api: MakeApi, spacectl: Spacectl, cache: Path) -> None:
    called, asked, ended = Event(), Event(), Event()

    def hanging(exchange: Exchange) -> Iterator[Message]:
        called.set()
        ended.wait(SECONDS)
        yield from filled(exchange)

    def on_reflection() -> None:
        asked.set()
        ended.wait(SECONDS)

    made = api(shop())
    with served(made, hanging, on_reflection=on_reflection) as server:
        keep(cache, server, made)
        process = spacectl.start("--endpoint", server.endpoint, *GET)
        try:
            assert called.wait(SECONDS)
            assert asked.wait(SECONDS)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
            ended.set()
        assert (process.returncode, out) == (130, b"")
        assert b"Traceback" not in err
