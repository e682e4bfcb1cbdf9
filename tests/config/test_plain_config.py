"""The quick reader of configuration files agrees with PyYAML wherever it dares to answer."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spacectl.plain_config import plain_mapping
from spacectl.yaml_io import load_any_mapping

USUAL = """\
# where the services are
api_key: eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJkb21haW4ifQ.c2lnbmF0dXJl_-
x_domain_id: domain-6f0f2e86c591   # the test domain
name: 'a name, with spaces'
token: ""
endpoints:
    identity: grpc://127.0.0.1:50061
    # the new one
    cost_analysis: "grpc+ssl://cost.example.com:443/v1"

proxy: /run/proxy.sock
"""

WORDS = st.sampled_from(
    [
        *(
            "a",
            "b",
            "endpoints",
            "x_domain_id",
            "true",
            "null",
            "Null",
            "~",
            "no",
            "on",
            "y",
            "012",
            "1.0",
            "1e3",
            "0x1",
        ),
        *(
            "domain-1",
            "grpc://h:1",
            "/run/x",
            "a:",
            "a:b",
            "a: b",
            "a #b",
            "a#b",
            "'q'",
            '"q"',
            "'it''s'",
            '"\\n"',
            "''",
        ),
        *(
            "&a b",
            "*a",
            "!t x",
            "{}",
            "{a: b}",
            "[]",
            "[a]",
            "|",
            ">",
            "- a",
            "-",
            "---",
            "...",
            "%YAML 1.1",
            "<<",
            "=",
            "?",
        ),
        *(
            "a,b",
            "a~",
            "2024-01-01",
            "한국어",
            "\ufeff",
            "a\tb",
            "'a",
            '"a',
            "'a' b",
            "'a'b",
            "'a'#b",
            "'a' # b",
            "@a",
            "`a",
        ),
    ]
)
LINES = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["", "", " ", "  ", "    ", "\t"]),
    WORDS,
    st.sampled_from([":", ": ", ": ", ":  ", " : ", "", ":\t"]),
    st.one_of(st.just(""), WORDS, st.text("ab:#'\" \\-.{}[]&*!|>%@`~,=?/01\t\r", max_size=8)),
    st.sampled_from(["", "", " ", " # c", "#c"]),
    st.sampled_from(["", "", "", "\r", "\n", "\n# c", "\n  # c"]),
)
TEXTS = st.lists(LINES, max_size=6).map("\n".join)


def test_a_usual_file_is_read_without_pyyaml() -> None:
    assert plain_mapping(USUAL) == load_any_mapping(USUAL, "x.yml")
    assert list((plain_mapping(USUAL) or {}).items()) == list(load_any_mapping(USUAL, "x.yml").items())


@settings(max_examples=300)
@given(TEXTS)
@example("a:\n  b: c\n d: e")
@example("a:\nb: c")
@example("a: b\n  c: d")
@example("a: b\na: c")
@example("a:\n b: c\n b: d")
@example("a: b:")
@example("a:#b")
@example("a:")
@example("")
@example("# c")
@example("a: b\n---\nc: d")
@example("a" * 2000 + ": b")
@example("a: b\x85c: d")
@example("a: b\u2028c: d")
def test_what_it_reads_is_what_pyyaml_reads(text: str) -> None:
    plain = plain_mapping(text)
    if plain is not None:
        expected = load_any_mapping(text, "x.yml")
        assert (plain, list(plain)) == (expected, list(expected))


NOT_PLAIN = (
    *(
        "a: 1",
        "a: 1.0",
        "a: true",
        "a: ~",
        "a: null",
        "a:",
        "true: a",
        "a: {b: c}",
        "a: [b]",
        "- a",
        "a: &x b",
        "a: *x",
    ),
    *("a: !!str 1", "a: |", "a: >-", '"a": b', "a: b c", 'a: "b\\n"', "a: 'it''s'", "? a", "---", "%YAML 1.2", "a: 한"),
)


@pytest.mark.parametrize("line", NOT_PLAIN)
def test_everything_that_is_not_plainly_a_text_is_left_to_pyyaml(line: str) -> None:
    assert plain_mapping(line + "\n") is None
