from __future__ import annotations

import time
from typing import Any

import pytest
from google.protobuf import json_format
from peers.protosets import Api

from spacectl.errors import InputError
from spacectl.parameters import Inputs, requests
from spacectl.rpc.decode import Decoder
from spacectl.rpc.encode import encode

EVERYTHING = "kitchen.v1.Everything"


def from_yaml(api: Api, text: str, name: str = EVERYTHING) -> dict[str, Any]:
    """What a YAML text makes of a message, decoded again."""
    return decoded(api, name, Inputs(files=["-"]), text)[0]


def warnings_of(api: Api, text: str) -> list[str]:
    return decoded(api, EVERYTHING, Inputs(files=["-"]), text)[1]


def from_options(api: Api, *parameters: str, name: str = EVERYTHING) -> dict[str, Any]:
    return decoded(api, name, Inputs(parameters=parameters), "")[0]


def decoded(api: Api, name: str, inputs: Inputs, text: str) -> tuple[dict[str, Any], list[str]]:
    (tree,) = requests(inputs, text.encode)
    message = api.message(name)
    warnings = encode(message, tree)
    return Decoder().converter(message.DESCRIPTOR)(message), warnings


def problems_of(api: Api, text: str, name: str = EVERYTHING) -> list[str]:
    with pytest.raises(InputError) as caught:
        from_yaml(api, text, name)
    return [str(problem) for problem in caught.value.problems]


def option_problems(api: Api, *parameters: str, name: str = EVERYTHING) -> list[str]:
    with pytest.raises(InputError) as caught:
        from_options(api, *parameters, name=name)
    return [str(problem) for problem in caught.value.problems]


LOWEST, HIGHEST = -(1 << 63), (1 << 64) - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int64_value: '-9223372036854775808'", {"int64_value": LOWEST}),
        ("uint64_value: 18446744073709551615", {"uint64_value": HIGHEST}),
        ("int32_value: 1e3", {"int32_value": 1000}),
        ("int32_value: 1.0", {"int32_value": 1}),
        ("int32_value: '10e-1'", {"int32_value": 1}),
        ("int32_value: 0x1F", {"int32_value": 31}),
        ("int32_value: 0o17", {"int32_value": 15}),
        ("int32_value: 012", {"int32_value": 12}),
        ("double_value: '1.5'", {"double_value": 1.5}),
        ("double_value: NaN", {"double_value": "NaN"}),
        ("double_value: -Infinity", {"double_value": "-Infinity"}),
        ("double_value: .inf", {"double_value": "Infinity"}),
        ("float_value: 3.4028235e38", {"float_value": 3.4028235e38}),
        ("bool_value: yes", {"bool_value": True}),
        ("bool_value: ON", {"bool_value": True}),
        ("optional_bool: off", {"optional_bool": False}),
        ("bytes_value: -_-_", {"bytes_value": "+/+/"}),
        ("bytes_value: '+/8='", {"bytes_value": "+/8="}),
        ("bytes_value: YQ", {"bytes_value": "YQ=="}),
        ("taste: SWEET", {"taste": "SWEET"}),
        ("taste: sweet", {"taste": "SWEET"}),
        ("taste: -1", {"taste": "BITTER"}),
        ("taste: '2'", {"taste": "SOUR"}),
        ("taste: 1.0", {"taste": "SWEET"}),
        ("taste: 77", {"taste": 77}),
        ("alias: PRIMARY", {"alias": "FIRST"}),
        ("timestamp: 2022-04-01T01:02:03.5+09:00", {"timestamp": "2022-03-31T16:02:03.500Z"}),
        ("timestamp: 0001-01-01T00:00:00Z", {"timestamp": "0001-01-01T00:00:00Z"}),
        ("timestamp: 9999-12-31T23:59:59.999999999Z", {"timestamp": "9999-12-31T23:59:59.999999999Z"}),
        ("duration: -315576000000.999999999s", {"duration": "-315576000000.999999999s"}),
        ("duration: 0.1s", {"duration": "0.100s"}),
        ("field_mask: fooBar,baz.quxX", {"field_mask": "fooBar,baz.quxX"}),
        ("field_mask: foo_bar,baz", {"field_mask": "fooBar,baz"}),
        ("field_mask: [foo_bar, baz]", {"field_mask": "fooBar,baz"}),
        ("int64_wrapper: '5'", {"int64_wrapper": 5}),
        ("string_wrapper: 1.10", {"string_wrapper": "1.10"}),
        ("string_wrapper: ''", {"string_wrapper": ""}),
        ("string_wrapper: null", {}),
        ("bool_wrapper: no", {"bool_wrapper": False}),
        ("value: null", {"value": None}),
        ("value:", {"value": None}),
        ("values: [null, 1, a, [b], {c: d}]", {"values": [None, 1, "a", ["b"], {"c": "d"}]}),
        ("value_by_name: {a: null}", {"value_by_name": {"a": None}}),
        ("choice_null: null", {"choice_null": None}),
        ("choice_null: NULL_VALUE", {"choice_null": None}),
        ("choice_null: 'null'", {"choice_null": None}),
        ("{choice_string: null, choice_int64: 5}", {"choice_int64": 5}),
        ("{choice_string: ~, choice_bool: false}", {"choice_bool": False}),
        ("{int32_value: ~, string_value: , strings: null, int32_map: null, inner: null, struct: null}", {}),
        ("inner: {}", {"inner": {}}),
        ("empty: {}", {"empty": {}}),
        ("list_value: [1, [2], null]", {"list_value": [1, [2], None]}),
        ("bool_map: {true: a, 'false': b}", {"bool_map": {"false": "b", "true": "a"}}),
        ("int64_map: {'-5': a, 7: b}", {"int64_map": {"-5": "a", "7": "b"}}),
        ("camelCase: a\nwith2Digits: b\njsonOnlyName: c", {"renamed": "c", "camelCase": "a", "with_2_digits": "b"}),
        ("any: {}", {"any": {}}),
        (
            "any: {name: x, '@type': t/kitchen.v1.Everything.Inner}",
            {"any": {"@type": "t/kitchen.v1.Everything.Inner", "name": "x"}},
        ),
        (
            "any: {'@type': t/google.protobuf.Any, value: {'@type': t/google.protobuf.Duration, value: 1s}}",
            {
                "any": {
                    "@type": "t/google.protobuf.Any",
                    "value": {"@type": "t/google.protobuf.Duration", "value": "1s"},
                }
            },
        ),
        ("any: {'@type': t/google.protobuf.Empty, value: {}}", {"any": {"@type": "t/google.protobuf.Empty"}}),
        (
            "any: {'@type': t/google.protobuf.Value, value: null}",
            {"any": {"@type": "t/google.protobuf.Value", "value": None}},
        ),
        (
            "struct: {a: 1, b: 1.5, c: no, d: 0777, e: 1:30, f: 2022-04-01, g: true, "
            "h: 0o17, i: 1_000, j: ~, k: 1e3, l: '5'}",
            {
                "struct": {
                    **{"a": 1, "b": 1.5, "c": "no", "d": 777, "e": "1:30", "f": "2022-04-01", "g": True, "h": 15},
                    **{"i": "1_000", "j": None, "k": 1000, "l": "5"},
                }
            },
        ),
        ("struct: {a: 9007199254740992, b: -9007199254740991}", {"struct": {"a": 2.0**53, "b": 1 - 2**53}}),
    ],
)
def test_the_json_mapping_reads(kitchen_api: Api, text: str, expected: dict[str, Any]) -> None:
    result = from_yaml(kitchen_api, text)
    assert repr(result) == repr(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("int32_value: 2147483648", "'2147483648' is out of range: -2147483648 to 2147483647"),
        ("uint32_value: -1", "'-1' is out of range: 0 to 4294967295"),
        ("int32_value: 1.5", "'1.5' where a 32-bit integer is due"),
        ("int32_value: a", "'a' where a 32-bit integer is due"),
        ("int32_value: ''", "'' where a 32-bit integer is due"),
        ("int32_value: 1e999999", "'1e999999' where a 32-bit integer is due"),
        ("int32_value: true", "'true' where a 32-bit integer is due"),
        ("int32_value: ' 1'", "' 1' where a 32-bit integer is due"),
        ("int32_value: 1_000", "'1_000' where a 32-bit integer is due"),
        ("int32_value: ١", "'١' where a 32-bit integer is due"),
        ("float_value: 1e39", "'1e39' is out of range for a float"),
        ("double_value: 1e400", "'1e400' is out of range for a double"),
        ("double_value: a", "'a' where a number is due"),
        ("bool_value: 'true'", "'true' where true or false is due, without quotes"),
        ("bool_value: 1", "'1' where true or false is due"),
        ("bytes_value: '*'", "'*' is not base64; for a file's bytes: -p NAME=@FILE"),
        ("bytes_value: a", "'a' is not base64; for a file's bytes: -p NAME=@FILE"),
        ("taste: SALTY", "'SALTY' is none of TASTE_NONE, SWEET, SOUR, BITTER"),
        ("timestamp: 2022-04-01", "'2022-04-01' is no Timestamp, as in 2026-01-31T09:30:00Z"),
        ("timestamp: 2022-04-01t00:00:00Z", "'2022-04-01t00:00:00Z' is no Timestamp, as in 2026-01-31T09:30:00Z"),
        ("timestamp: 2022-02-30T00:00:00Z", "'2022-02-30T00:00:00Z' is no Timestamp, as in 2026-01-31T09:30:00Z"),
        ("timestamp: 0000-01-01T00:00:00Z", "'0000-01-01T00:00:00Z' is no Timestamp, as in 2026-01-31T09:30:00Z"),
        (
            "timestamp: 0001-01-01T00:00:00+01:00",
            "'0001-01-01T00:00:00+01:00' is no Timestamp, as in 2026-01-31T09:30:00Z",
        ),
        ("duration: 1", "'1' is no Duration, as in 1.5s"),
        ("duration: 1_0s", "'1_0s' is no Duration, as in 1.5s"),
        ("duration: 315576000001s", "'315576000001s' is no Duration, as in 1.5s"),
        ("duration: [1s]", "a list where a Duration, as in 1.5s, is due"),
        ("field_mask: 'a b'", "'a b' is no field name"),
        ("field_mask: [[a]]", "a list where a field name is due"),
        ("strings: a", "'a' where a list is due"),
        ("strings: {a: b}", "a mapping where a list is due"),
        ("strings: {domain_id}", "fill in the placeholder {domain_id}"),
        ("string_value: {domain_id}", "fill in the placeholder {domain_id}"),
        ("string_value: {{domain_id}}", "fill in the placeholder {{domain_id}}"),
        ("struct: {{ options }}", "fill in the placeholder {{options}}"),
        ("inner: {options}", "fill in the placeholder {options}"),
        ("string_value: [a]", "a list where a text is due"),
        ("string_value: !env HOME", "the tag !env means nothing here; write the value itself"),
        ("inner: a", "'a' where a mapping of {name, count, inner, inners} is due"),
        ("inner: [a]", "a list where a mapping of {name, count, inner, inners} is due"),
        (
            """inner: "{'name': 1}" """,
            """"{'name': 1}" where a mapping of {name, count, inner, inners} is due"""
            "; it looks like Python's repr: write it as YAML or JSON",
        ),
        ("""struct: '{"a": 1}' """, """'{"a": 1}' where a mapping is due; take the quotes away"""),
        (
            """strings: "['a']" """,
            """"['a']" where a list is due; it looks like Python's repr: write it as YAML or JSON""",
        ),
        (r'inner: "\x1f"', r"'\x1f' where a mapping of {name, count, inner, inners} is due"),
        ("struct: [a]", "a list where a mapping is due"),
        ("list_value: {a: b}", "a mapping where a list is due"),
        ("any: [a]", "a list where a mapping with @type is due"),
        ("any: {a: b}", "@type is missing: the name of the message's type"),
        ("value: .nan", "'.nan' is no value of a Struct; quote it"),
        (f"value: {'9' * 400}", f"'{'9' * 59}…' is no value of a Struct; quote it"),
        (f"value: -{'9' * 400}.0", f"'-{'9' * 58}…' is no value of a Struct; quote it"),
        (f"value: 0x{'f' * 398}", f"'0x{'f' * 57}…' is no value of a Struct; quote it"),
        ("value: 9007199254740993", "'9007199254740993' would lose digits as a number; quote it"),
        ("value: 9007199254740993.0", "'9007199254740993.0' would lose digits as a number; quote it"),
        (f"value: {'9' * 401}", f"'{'9' * 59}…' is no value of a Struct; quote it"),
        (f"int64_value: {'9' * 401}", f"'{'9' * 59}…' is out of range: {LOWEST} to {-LOWEST - 1}"),
        (f"double_value: 0x{'f' * 400}", f"'0x{'f' * 57}…' is out of range for a double"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_with_its_place(kitchen_api: Api, text: str, message: str) -> None:
    field = text.split(":", 1)[0]
    (problem,) = problems_of(kitchen_api, text)
    assert problem.startswith("<stdin>:1:")
    assert problem.split(": ", 1)[1].startswith(field)
    assert problem.endswith(f": {message}")


def test_all_problems_are_reported_at_once_with_their_lines(kitchen_api: Api) -> None:
    text = """\
string_value: a
strng_value: b
inner:
  nme: x
  count: many
strings: [a, null, [b]]
choice_string: a
choice_int64: 5
int32_map:
  one: a
  1: a
  01: b
stringValue: again
bool_value: true
bool_value: false
"""
    assert problems_of(kitchen_api, text) == [
        "<stdin>:15:1: bool_value is given twice",
        "<stdin>:2:1: strng_value: unknown field; did you mean string_value?",
        "<stdin>:4:3: inner.nme: unknown field; did you mean name?",
        "<stdin>:5:10: inner.count: 'many' where a 32-bit integer is due",
        "<stdin>:6:14: strings[1]: null has no place in a list",
        "<stdin>:6:20: strings[2]: a list where a text is due",
        "<stdin>:8:1: choice_int64: only one of choice may be given, and choice_string is",
        "<stdin>:10:3: int32_map.one: as a key: 'one' where a 32-bit integer is due",
        "<stdin>:12:3: int32_map.01 is given twice, as 1 and as 01",
        "<stdin>:13:1: string_value is given twice, as string_value and as stringValue",
    ]


def test_each_missing_required_field_is_reported_with_its_path_beside_other_problems(kitchen_api: Api) -> None:
    text = "Lid: 1\nlid: {screw: true}\ninner: {jam: a}\njar_by_name: {a: {}}\nsize: HUGE\n"
    assert problems_of(kitchen_api, text, "legacy.v1.Jar") == [
        "<stdin>:1:1: Lid: unknown field; did you mean lid?",
        "<stdin>:2:6: lid.colour is required",
        "<stdin>:3:8: inner.name is required",
        "<stdin>:4:18: jar_by_name.a.name is required",
        "<stdin>:5:7: size: 'HUGE' is none of SMALL, LARGE",
        "<stdin>:1:1: name is required",
    ]
    assert problems_of(kitchen_api, "{name: null}", "legacy.v1.Jar") == ["<stdin>:1:1: name is required"]
    assert problems_of(kitchen_api, "name: x\nsize: 3\n", "legacy.v1.Jar") == [
        "<stdin>:2:7: size: '3' is none of SMALL, LARGE"
    ]


def test_groups_and_extensions_are_written_by_their_names(kitchen_api: Api) -> None:
    text = """
name: jam
lid: {colour: red}
label: [{text: a}]
'[legacy.v1.year]': 1999
'[legacy.v1.notes]': [a, b]
'[legacy.v1.spare]': {name: b}
'[legacy.v1.Jar.owner]': me
"""
    result = from_yaml(kitchen_api, text, "legacy.v1.Jar")
    assert result == {
        "name": "jam",
        "lid": {"colour": "red"},
        "label": [{"text": "a"}],
        "[legacy.v1.year]": 1999,
        "[legacy.v1.notes]": ["a", "b"],
        "[legacy.v1.spare]": {"name": "b"},
        "[legacy.v1.Jar.owner]": "me",
    }
    assert problems_of(kitchen_api, "name: a\n'[legacy.v1.year]': x\n'[legacy.v1.no]': 1\n", "legacy.v1.Jar") == [
        "<stdin>:2:21: [legacy.v1.year]: 'x' where a 32-bit integer is due",
        "<stdin>:3:1: [legacy.v1.no]: unknown field; "
        "the fields are {name, size, weight, shelf, seal, price, lid, label, …}",
    ]


def test_the_options_fill_every_kind_of_field(kitchen_api: Api) -> None:
    assert from_options(kitchen_api, "strings=a", "strings=b") == {"strings": ["a", "b"]}
    assert from_options(kitchen_api, "strings=a") == {"strings": ["a"]}
    assert from_options(kitchen_api, 'strings=["a", "b"]') == {"strings": ["a", "b"]}
    assert from_options(kitchen_api, "list_value=a", "list_value=b") == {"list_value": ["a", "b"]}
    assert from_options(kitchen_api, "list_value=[1]") == {"list_value": [1]}
    assert from_options(kitchen_api, "string_value=a", "string_value=b") == {"string_value": "b"}
    assert from_options(kitchen_api, 'inner={"name": "a"}', 'inner={"name": "b"}') == {"inner": {"name": "b"}}
    assert from_options(kitchen_api, 'inners={"name": "a"}', 'inners={"name": "b"}') == {
        "inners": [{"name": "a"}, {"name": "b"}]
    }
    assert from_options(kitchen_api, 'struct={"a": 1}') == {"struct": {"a": 1}}
    assert from_options(kitchen_api, 'int32_map={"1": "a"}') == {"int32_map": {"1": "a"}}
    assert from_options(kitchen_api, "string_map.a=b", "struct.a.b=c", "struct.d:=[1]") == {
        "string_map": {"a": "b"},
        "struct": {"a": {"b": "c"}, "d": [1]},
    }
    assert from_options(kitchen_api, "string_value={a}", "struct.n=5", "value={}") == {
        "string_value": "{a}",
        "struct": {"n": "5"},
        "value": {},
    }
    assert from_options(kitchen_api, "string_value=a=b=c", "int32_value:=5", "bool_value=true", "taste=sour") == {
        "string_value": "a=b=c",
        "int32_value": 5,
        "bool_value": True,
        "taste": "SOUR",
    }
    assert from_options(kitchen_api, "int32_value=", "strings=", "inner=", "optional_bool=", "value=") == {}
    assert from_options(kitchen_api, "optional_string=", "string_wrapper=x") == {
        "optional_string": "",
        "string_wrapper": "x",
    }


def test_a_file_gives_a_text_bytes_or_a_composed_value(kitchen_api: Api, tmp_path: Any) -> None:
    (tmp_path / "text").write_bytes(b"two\nlines\n")
    (tmp_path / "bytes").write_bytes(b"\xff\x00")
    (tmp_path / "inner.yml").write_text("name: x\ncount: 3\n")
    (tmp_path / "list.json").write_text('["a", "b"]')
    given = [f"{key}=@{tmp_path / name}" for key, name in (("string_value", "text"), ("bytes_value", "bytes"))]
    given += [
        f"inner=@{tmp_path / 'inner.yml'}",
        f"strings=@{tmp_path / 'list.json'}",
        f"struct.a=@{tmp_path / 'text'}",
    ]
    given += [f"byteses=@{tmp_path / 'bytes'}", f"inners=@{tmp_path / 'inner.yml'}"]
    inner = {"name": "x", "count": 3}
    assert from_options(kitchen_api, *given) == {
        "string_value": "two\nlines",
        "bytes_value": "/wA=",
        "inner": inner,
        "inners": [inner],
        "strings": ["a", "b"],
        "byteses": ["/wA="],
        "struct": {"a": "two\nlines"},
    }
    (problem,) = option_problems(kitchen_api, f"struct.a=@{tmp_path / 'bytes'}")
    assert "not UTF-8" in problem


def test_a_problem_of_an_option_names_its_path_once(kitchen_api: Api) -> None:
    assert option_problems(kitchen_api, "strng_value=x", "inner.nme=y", "int32_value=a") == [
        "-p strng_value: unknown field; did you mean string_value?",
        "-p inner.nme: unknown field; did you mean name?",
        "-p int32_value: 'a' where a 32-bit integer is due",
    ]
    assert option_problems(kitchen_api, 'inner={"nme": 1}') == [
        "-p inner: inner.nme: unknown field; did you mean name?"
    ]


def test_a_number_that_was_an_identifier_or_a_version_gives_a_warning(kitchen_api: Api) -> None:
    text = """\
struct:
  account_id: 012345670123
  project_id: 1234567890
  ids: [1234567890]
  version: 1.10
  port: 8080
"""
    assert warnings_of(kitchen_api, text) == [
        "<stdin>:2:15: struct.account_id: '012345670123' is sent as the number 12345670123: "
        "quote it to keep the leading zero",
        "<stdin>:3:15: struct.project_id: '1234567890' is sent as the number 1234567890: "
        "quote it if it is an identifier",
        "<stdin>:4:9: struct.ids[0]: '1234567890' is sent as the number 1234567890: quote it if it is an identifier",
        "<stdin>:5:12: struct.version: '1.10' is sent as the number 1.1: quote it if it is a version",
    ]


def test_half_of_a_surrogate_pair_is_a_problem_with_its_place(kitchen_api: Api) -> None:
    text = r'{"string_value": "\ud800", "struct": {"\ud800": 1, "a": "\ud800"}, "\ud800": 1, "[\ud800]": 1}'
    problems = problems_of(kitchen_api, text)
    assert [problem.partition(": ")[0] for problem in problems] == [f"<stdin>:1:{n}" for n in (18, 39, 57, 68, 81)]
    assert problems[0].endswith("string_value is not valid Unicode")
    assert problems_of(kitchen_api, r'{"any": {"@type": "t/\ud800"}}')[0].startswith("<stdin>:1:19: any.@type: ")


def test_deep_long_and_many_problems_stay_one_report(kitchen_api: Api) -> None:
    assert from_options(kitchen_api, "struct." + ".".join("a" * 98) + ":=" + "[" * 99 + "]" * 99)["struct"]
    assert option_problems(kitchen_api, ".".join("a" * 2000) + "=1")[0].endswith("nested more than 100 deep")
    (problem,) = option_problems(kitchen_api, "a" * 1_000_000 + "=1")
    assert "unknown field" in problem
    long_key = problems_of(kitchen_api, '{"%s": 1}' % ("k" * 1_000_000))[0]
    assert len(long_key) < 300
    start = time.process_time()
    many = "".join(f"strng_{n}: 1\n" for n in range(5000))
    with pytest.raises(InputError) as caught:
        from_yaml(kitchen_api, many)
    assert len(caught.value.problems) == 50
    assert caught.value.hints == ("4950 more problems are not shown",)
    assert time.process_time() - start < 5


def test_three_hundred_lines_are_checked_in_a_few_milliseconds(kitchen_api: Api) -> None:
    text = "inners:\n" + "".join(f"- name: row {n}\n  count: {n}\n" for n in range(150))
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        from_yaml(kitchen_api, text)
        best = min(best, time.process_time() - start)
    assert best < 0.05  # 10 ms on a machine that has nothing else to do


def test_a_tree_of_the_canonical_json_is_read_by_either_name(kitchen_api: Api) -> None:
    values = {"int64Value": "5", "fieldMask": "aB", "stringMap": {"snake_key": "x"}, "jsonOnlyName": "y"}
    message = json_format.ParseDict(values, kitchen_api.message(EVERYTHING))
    assert from_yaml(kitchen_api, str(values)) == Decoder().converter(message.DESCRIPTOR)(message)


@pytest.mark.parametrize("offset", ["+24:00", "-24:00", "+09:60", "+09:99"])
def test_an_offset_that_no_clock_has_is_no_timestamp(kitchen_api: Api, offset: str) -> None:
    (problem,) = problems_of(kitchen_api, f"timestamp: '2024-01-01T00:00:00{offset}'")
    assert "is no Timestamp" in problem


@pytest.mark.parametrize("mask", ["[null]", "[1]", "[name, 1_000]", "'a.1'", "[~]"])
def test_what_is_no_name_is_no_part_of_a_field_mask(kitchen_api: Api, mask: str) -> None:
    (problem,) = problems_of(kitchen_api, f"field_mask: {mask}")
    assert "is no field name" in problem


@pytest.mark.parametrize("number", ["-0.0", "-1.50", "0" * 5000 + "1.0", "9" * 300 + "e-200"])
def test_a_number_that_is_neither_a_version_nor_an_identifier_gets_no_warning(kitchen_api: Api, number: str) -> None:
    assert warnings_of(kitchen_api, f"value: {number}") == []
