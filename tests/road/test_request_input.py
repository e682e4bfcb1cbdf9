"""-f, -j and -p become one request, or several, as their order of precedence says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from peers.command import Result
from peers.server import Server
from quiet_peers import kitchen_env

Sent = Callable[..., list[dict[str, Any]]]
Refused = Callable[..., str]
DISH = ("exec", "create", "kitchen.Dish")
ECHO = ("exec", "Echo", "kitchen.Kitchen")
ALIAS_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(98, 108)
)
DOCUMENTS = "name: a\n---\nname: b\n---\n{name: c, price: 1.5}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def sent(kitchen: Server, spacectl_inprocess: Callable[..., Result]) -> Sent:
    """The requests that a command line sends."""

    def run(*arguments: str, command: tuple[str, ...] = ECHO, stdin: str = "") -> list[dict[str, Any]]:
        kitchen.forget()
        result = spacectl_inprocess(*command, *arguments, stdin=stdin, env=kitchen_env(kitchen))
        assert (result.status, result.err) == (0, "")
        return [request for call in kitchen.calls for request in call.requests]

    return run


@pytest.fixture
def refused(kitchen: Server, spacectl_inprocess: Callable[..., Result]) -> Refused:
    """What is said to a command line that is refused before anything is sent."""

    def run(*arguments: str, command: tuple[str, ...] = ECHO, stdin: str = "") -> str:
        result = spacectl_inprocess(*command, *arguments, stdin=stdin, env=kitchen_env(kitchen))
        assert (result.status, result.out, kitchen.calls) == (2, "", [])
        assert result.err.startswith("error: ")
        assert "Traceback" not in result.err
        return result.err

    return run


def test_p_goes_over_j_and_j_over_f(sent: Sent) -> None:
    Path("x.yml").write_text("string_value: file\nint32_value: 1\nbool_value: true\n")
    options = {"-f": "x.yml", "-j": '{"string_value": "json", "int32_value": 2}', "-p": "string_value=parameter"}
    expected = {"string_value": "parameter", "int32_value": 2, "bool_value": True}
    for order in (("-f", "-j", "-p"), ("-p", "-j", "-f")):
        assert sent(*(word for option in order for word in (option, options[option]))) == [expected]


def test_of_several_j_the_last_one_wins_key_by_key(sent: Sent) -> None:
    first, second = '{"struct": {"a": 1}, "int32_value": 1}', '{"struct": {"b": 2}}'
    assert sent("-j", first, "-j", second) == [{"struct": {"b": 2}, "int32_value": 1}]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (["string_value=v=w"], {"string_value": "v=w"}),
        (["string_value==w"], {"string_value": "=w"}),
        (["string_value=a b"], {"string_value": "a b"}),
        (["string_value={x}"], {"string_value": "{x}"}),
        (["string_value=012"], {"string_value": "012"}),
        (["string_value=true"], {"string_value": "true"}),
        (["string_value=한글"], {"string_value": "한글"}),
        (["string_value = v"], {"string_value": "v"}),
        (["string_value:=" + '"v"'], {"string_value": "v"}),
        (["int32_value=-7"], {"int32_value": -7}),
        (["int64_value=9223372036854775807"], {"int64_value": "9223372036854775807"}),
        (["taste=sweet"], {"taste": "SWEET"}),
        (["taste=SOUR"], {"taste": "SOUR"}),
        (["inner.name=a", "inner.inner.count=3"], {"inner": {"name": "a", "inner": {"count": 3}}}),
        (["int32_value=1", "int32_value=2"], {"int32_value": 2}),
        (["strings=a"], {"strings": ["a"]}),
        (["strings=a", "strings=b", "strings=a=c"], {"strings": ["a", "b", "a=c"]}),
        (['strings=["a", "b"]'], {"strings": ["a", "b"]}),
        (["int32s:=[1, 2]"], {"int32s": [1, 2]}),
        (['inner={"name": "a"}'], {"inner": {"name": "a"}}),
        (['struct={"a": [1, null]}'], {"struct": {"a": [1, None]}}),
        (["struct:=" + '{"a": true}'], {"struct": {"a": True}}),
        (["struct.a.b=v"], {"struct": {"a": {"b": "v"}}}),
        (["struct.n:=4"], {"struct": {"n": 4}}),
        (["string_map.k=v"], {"string_map": {"k": "v"}}),
        ([r"string_map.app\.io/name=v"], {"string_map": {"app.io/name": "v"}}),
        ([r"struct.a\.b.c=v"], {"struct": {"a.b": {"c": "v"}}}),
        ([r"string_map.k\[0\]=v", r"string_map.a\b=w"], {"string_map": {"k[0]": "v", r"a\b": "w"}}),
        (
            ["inners[0].name=a", "inners[0].count=2", "inners[1].name=b"],
            {"inners": [{"name": "a", "count": 2}, {"name": "b"}]},
        ),
        (["strings[0]=a", "strings[1]=b"], {"strings": ["a", "b"]}),
        (["struct.a[0].b:=1"], {"struct": {"a": [{"b": 1}]}}),
        (['struct.a={"b": 1}', "struct.c=[1]", "struct.d={x}"], {"struct": {"a": {"b": 1}, "c": [1], "d": "{x}"}}),
        (["field_mask=a,b", "field_mask=c"], {"field_mask": "a,b,c"}),
        (["timestamp=2024-01-02T03:04:05Z"], {"timestamp": "2024-01-02T03:04:05Z"}),
        (["bytes_value=AAEC"], {"bytes_value": "AAEC"}),
        (["optional_string="], {"optional_string": ""}),
    ],
)
def test_a_parameter_is_read_as_its_field_says(parameters: list[str], expected: dict[str, Any], sent: Sent) -> None:
    assert sent(*(word for text in parameters for word in ("-p", text))) == [expected]


def test_an_empty_parameter_clears_what_a_file_has(sent: Sent) -> None:
    Path("x.yml").write_text("string_value: file\nstrings: [a]\nint32_value: 1\n")
    assert sent("-f", "x.yml", "-p", "string_value=", "-p", "strings=[]") == [{"int32_value": 1}]


def test_a_parameter_changes_one_item_of_a_list_in_a_file(sent: Sent) -> None:
    Path("x.yml").write_text("inners: [{name: a}, {name: b}]\nstrings: [x, y]\n")
    parameters = ("-p", "inners[1].count=3", "-p", "strings[0]=z", "-p", "strings[2]=w")
    expected = {"inners": [{"name": "a"}, {"name": "b", "count": 3}], "strings": ["z", "y", "w"]}
    assert sent("-f", "x.yml", *parameters) == [expected]


def test_a_parameter_reads_a_file_or_standard_input(sent: Sent) -> None:
    Path("text").write_text("from a file\n")
    Path("struct.json").write_text('{"a": 1}')
    [text] = sent("-p", "string_value=@text")
    assert text["string_value"].rstrip("\n") == "from a file"
    assert sent("-p", "struct=@struct.json") == [{"struct": {"a": 1}}]
    [typed] = sent("-p", "string_value=@-", stdin="typed")
    assert typed == {"string_value": "typed"}


def test_old_spellings_of_j_work(sent: Sent) -> None:
    assert sent("-j", 'struct={"a": "b"}') == [{"struct": {"a": "b"}}]
    assert sent('-j{"string_value":"x"}') == [{"string_value": "x"}]


def test_each_document_of_a_file_is_a_request_in_order(sent: Sent) -> None:
    Path("all.yml").write_text(DOCUMENTS)
    expected = [{"name": "a", "ingredients": ["x"]}, {"name": "b", "ingredients": ["x"]}]
    expected += [{"name": "c", "price": 1.5, "ingredients": ["x"]}]
    assert sent("-f", "all.yml", "-p", "ingredients=x", command=DISH) == expected
    assert sent("-f", "-", "-p", "ingredients=x", command=DISH, stdin=DOCUMENTS) == expected


def test_json_lines_are_requests_in_order(sent: Sent) -> None:
    lines = '{"name": "a"}\n{"name": "b"}\n\n{"name": "c"}\n'
    assert sent("-f", "-", command=DISH, stdin=lines) == [{"name": "a"}, {"name": "b"}, {"name": "c"}]


def test_several_files_and_a_directory_are_requests_in_order(sent: Sent) -> None:
    for directory in ("dir/bb/inner", "dir/.git"):
        Path(directory).mkdir(parents=True)
        Path(directory, "z.yml").write_text(f"name: {Path(directory).name}")
    Path("dir/bb/up").symlink_to("..")
    for name, text in {
        "b.yml": "name: b",
        "a.json": '{"name": "a"}',
        "c.YAML": "name: c",
        "d.txt": "name: d",
        "e.jsonl": '{"name": "e"}\n{"name": "f"}\n',
    }.items():
        Path("dir", name).write_text(text)
    Path("x.yml").write_text("name: x")
    names = [request["name"] for request in sent("-f", "x.yml", "-f", "dir", command=DISH)]
    assert names == ["x", "a", "b", "c", "e", "f"]
    names = [request["name"] for request in sent("-f", "dir", "-R", command=DISH)]
    assert names == ["a", "b", "inner", "c", "e", "f"]


def test_a_link_to_nothing_in_a_directory_is_not_passed_over(
    kitchen: Server, spacectl_inprocess: Callable[..., Result]
) -> None:
    Path("dir").mkdir()
    Path("dir/.#a.yml").symlink_to("locked.by.an.editor")
    Path("dir/a.yml").write_text("name: a")
    Path("dir/b.yml").symlink_to("gone.yml")
    for line in ("exec create kitchen.Dish -f dir", "apply dir"):
        result = spacectl_inprocess(*line.split(), env=kitchen_env(kitchen))
        assert (result.status, result.out) == (2, "")
        assert result.err == "error: -f dir/b.yml: is a link to nothing, or no file\n"
    assert kitchen.calls == []


def test_what_cannot_be_looked_at_in_a_directory_is_a_fault_of_the_input(
    kitchen: Server, spacectl_inprocess: Callable[..., Result]
) -> None:
    Path("dir").mkdir()
    Path("dir/a.yml").symlink_to("n" * 300)  # longer than any name
    for line in ("exec create kitchen.Dish -f dir", "apply dir"):
        result = spacectl_inprocess(*line.split(), env=kitchen_env(kitchen))
        assert (result.status, result.out) == (2, "")
        assert result.err.startswith("error: -f dir/a.yml: ")
        assert result.err.count("\n") == 1
    assert kitchen.calls == []


def test_documents_are_the_messages_of_a_client_stream(
    kitchen: Server, spacectl_inprocess: Callable[..., Result]
) -> None:
    result = spacectl_inprocess(
        *("exec", "Sum", "kitchen.Kitchen", "-f", "-", "-o", "jsonl"),
        stdin="number: 1\n---\nnumber: 2\n---\nnumber: 39\n",
        env=kitchen_env(kitchen),
    )
    assert (result.status, result.out) == (0, '{"number":42}\n')
    [call] = kitchen.calls
    assert call.requests == [{"number": "1"}, {"number": "2"}, {"number": "39"}]


def test_documents_are_the_messages_of_a_conversation(
    kitchen: Server, spacectl_inprocess: Callable[..., Result]
) -> None:
    result = spacectl_inprocess(
        *("exec", "Chat", "kitchen.Kitchen", "-f", "-", "-o", "jsonl"),
        stdin='{"text": "a"}\n{"text": "b"}\n',
        env=kitchen_env(kitchen),
    )
    assert (result.status, result.out) == (0, '{"text":"A"}\n{"text":"B"}\n')
    assert len(kitchen.calls) == 1


@pytest.mark.parametrize("text", ["", "\n", "---\n", "# nothing\n", "null\n", "{}", "--- {}\n"])
def test_an_empty_file_is_an_empty_request(text: str, sent: Sent) -> None:
    assert sent("-f", "-", stdin=text) == [{}]


def test_a_byte_order_mark_and_windows_line_ends_are_read(sent: Sent) -> None:
    Path("x.yml").write_bytes("\ufeffstring_value: 한글\r\nint32_value: 3\r\n".encode())
    assert sent("-f", "x.yml") == [{"string_value": "한글", "int32_value": 3}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"- a\n- b\n", "x.yml:1:1: is a list"),
        (b"just text\n", "x.yml:1:1: is a single value"),
        (b"name: a\n---\n- b\n", "x.yml:3:1: is a list"),
        (b"name: [a\n", "x.yml:"),
        (b"name:\n\t- a\n", "YAML is indented with spaces, not tabs"),
        (b"name: @a\n", "a text that begins with @ needs quotes"),
        (b"<<: 3\n", "x.yml:1:1: `<<` merges mappings only"),
        (b"name: a\nname: b\n", "x.yml:2:1"),
        (b"name: caf\xe9\n", "x.yml:1:10: not UTF-8 (byte 0xe9)"),
        (b"name: \x00\n", "x.yml:1:7: not YAML"),
        (b'{"name": // a comment\n "a"}', "x.yml:1:10: JSON has no comments"),
        (b'{"name": "a",}}', "x.yml:1"),
        (b"nme: a\n", "x.yml:1:1: nme: unknown field; did you mean name?"),
        (b"cook:\n  nam: a\n", "x.yml:2:3: cook.nam: unknown field; did you mean name?"),
        (b"price: cheap\n", "x.yml:1:8: price: "),
        (b"cook: Ann\n", "x.yml:1:7: cook: "),
        (b"ingredients: {a: b}\n", "x.yml:1:14: ingredients: "),
        (b"ingredients:\n- {a: b}\n", "x.yml:2:3: ingredients[0]: "),
        (b"state: BURNT\n", "x.yml:1:8: state: "),
        (b"name: {a: b}\n", "x.yml:1:7: name: "),
        (b"tags: a\n", "x.yml:1:7: tags: "),
        (b"name: !!python/object/apply:os.system [id]\n", "x.yml:1:7: "),
        (b"[" * 5000, "nested more than"),
        (ALIAS_BOMB, "aliases"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_place(content: bytes, words: str, refused: Refused) -> None:
    Path("x.yml").write_bytes(content)
    assert words in refused("-f", "x.yml", command=DISH)


def test_all_problems_are_reported_at_once(refused: Refused) -> None:
    Path("x.yml").write_text("nme: a\nprice: cheap\ncook: {nam: b}\n---\nstate: BURNT\n")
    said = refused("-f", "x.yml", "-p", "ingrediens=x", command=DISH)
    for place in ("x.yml:1:1: nme", "x.yml:2:8: price", "cook.nam", "x.yml:5:8: state", "-p ingrediens"):
        assert place in said
    assert all(line.startswith(("error: ", "hint: ")) for line in said.splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-f", "nofile.yml"), "-f nofile.yml: No such file"),
        (("-f", "."), "holds no"),
        (("-f", "/proc/self/mem"), "-f /proc/self/mem: "),
        (("-f", "a\0b"), "null"),
        (("-p", "name"), "-p name: not KEY=VALUE"),
        (("-p", "=x"), "not KEY=VALUE"),
        (("-p", "a..b=x"), "empty name"),
        (("-p", "strings[1]=x"), "-p strings[1]: the list has 0 items: the next one is [0]"),
        (("-p", "strings[x]=y"), "strings[x]: unknown field"),
        (("-p", "string_value=@"), "a file's name is due"),
        (("-p", "inner={'name': 'a'}"), "double quotes"),
        (("-j", "inner={name: a}"), "a shell takes quotes away"),
        (("-j", "@x.json"), "-f x.json"),
        (("-p", "string_value=@nofile"), "nofile"),
        (("-p", "string_value:=[1"), "-p string_value: not JSON"),
        (("-p", "int32_value=1.5"), "-p int32_value: "),
        (("-p", "int32_value=2147483648"), "-p int32_value: "),
        (("-p", "uint32_value=-1"), "-p uint32_value: "),
        (("-p", "bool_value=maybe"), "-p bool_value: "),
        (("-p", "strng_value=x"), "did you mean string_value?"),
        (("-p", "inner=x", "-p", "inner.name=y"), "inner"),
        (("-j", "{"), "-j: not JSON"),
        (("-j", "[1]"), "-j: a JSON object is due"),
        (("-j", "{'a': 1}"), "-j: not JSON"),
        (("-j", '{"int32_value": "x"}'), "-j: int32_value: "),
        (("-j", '{"struct": "x"}'), "-j: struct: "),
        (("-j", "[" * 100000), "-j: not JSON"),
    ],
)
def test_an_option_that_is_wrong_is_named(arguments: tuple[str, ...], words: str, refused: Refused) -> None:
    assert words.lower() in refused(*arguments).lower()


def test_a_file_that_may_not_be_read_is_named(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("x.yml").symlink_to("x.yml")
    assert "-f x.yml: Too many levels of symbolic links" in refused("-f", "x.yml")


def test_a_request_that_is_wrong_stops_those_before_it_too(refused: Refused) -> None:
    documents = "\n".join(json.dumps(value) for value in ({"name": "a"}, {"price": "x"}))
    assert "<stdin>:2" in refused("-f", "-", command=DISH, stdin=documents)


def test_a_request_that_fails_is_the_last_one(kitchen: Server, spacectl_inprocess: Callable[..., Result]) -> None:
    documents = "dish_id: dish-1\n---\ndish_id: nowhere\n---\ndish_id: dish-2\n"
    result = spacectl_inprocess(
        *("get", "kitchen.Dish", "-v", "v1", "-f", "-", "-o", "jsonl"), stdin=documents, env=kitchen_env(kitchen)
    )
    assert result.status == 69
    assert [json.loads(line)["dish_id"] for line in result.out.splitlines()] == ["dish-00001"]
    assert "ERROR_NOT_FOUND: dish_id not found. (dish_id = nowhere)" in result.err
    assert [call.requests[0]["dish_id"] for call in kitchen.calls] == ["dish-1", "nowhere"]


def test_an_option_goes_over_another_spelling_and_over_another_member_of_a_oneof(
    kitchen: Server, spacectl_inprocess: Callable[..., Result]
) -> None:
    line = ("exec", "Echo", "kitchen.Kitchen")
    for lower, upper, wanted in (
        ('{"stringValue": "b"}', "string_value=c", {"string_value": "c"}),
        (
            '{"inner": {"name": "a"}, "choice_string": "b"}',
            "choice_int64=1",
            {"inner": {"name": "a"}, "choice_int64": "1"},
        ),
    ):
        result = spacectl_inprocess(*line, "-j", lower, "-p", upper, env=kitchen_env(kitchen))
        assert result.status == 0, result.err
        assert kitchen.last.requests == [wanted]
    refused = spacectl_inprocess(*line, "-j", '{"choice_string": "b", "choice_int64": 1}', env=kitchen_env(kitchen))
    assert refused.status == 2
    assert "only one of" in refused.err
