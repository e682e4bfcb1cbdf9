"""`${{ … }}`: evaluated on values, never read again as text, strict about names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacectl.apply.expressions import compile_condition, compile_text
from spacectl.apply.kinds import ExpressionError, Loop

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def value(text: str, **names: Any) -> Any:
    return compile_text(text).evaluate({"var": {}, "tasks": {}, "env": {}, **names})


def holds(text: str, **var: Any) -> Any:
    return compile_condition(text).evaluate({"var": var, "tasks": {}, "env": {}})


@given(VALUES)
def test_an_expression_that_stands_alone_gives_the_very_value(found: Any) -> None:
    assert value("${{ var.x }}", var={"x": found}) is found


@given(st.text())
def test_what_a_value_says_is_never_evaluated(text: str) -> None:
    nasty = text + "${{ var.secret }}{% raw %}'\"}}"
    assert value("<${{ var.x }}>", var={"x": nasty, "secret": "no"}) == f"<{nasty}>"


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("${{ var.list | len }}", 3),
        ("of ${{ var.list | length }}", "of 3"),
        ("${{ var.list }}", [1, 2, 3]),
        ('${{ {"a": {"b": 1}} }}', {"a": {"b": 1}}),
        ('${{ "}}" ~ var.yes }}', "}}True"),
        ("echo ${{ var.text | quote }}", "echo 'it'\"'\"'s'"),
        ("${{ var.text | quote }}", "it's"),
        ("${{ var.items | to_data }}", {"items": 1}),
        ("${{ var.items.items }}", 1),
        ("${{ var.no | default('x') }}", "x"),
        ("{% for n in var.list %}${{ n }};{% endfor %}", "1;2;3;"),
        ("${#array[@]} {# no comment #}", "${#array[@]} {# no comment #}"),
        ("${{ self.spec.a }}", "own"),
        ("${{ range(1, 4) | list }}", [1, 2, 3]),
        ("${{ dict(var.items, b=2) }}", {"items": 1, "b": 2}),
        ("of ${{ var.list | map('string') }}", "of ['1', '2', '3']"),
        (
            "{% set ns = namespace(n=0) %}{% for x in range(3) %}{% set ns.n = ns.n + x %}{% endfor %}${{ ns.n }}",
            "3",
        ),
    ],
)
def test_filters_and_forms(text: str, due: Any) -> None:
    var = {"list": [1, 2, 3], "yes": True, "text": "it's", "items": {"items": 1}}
    assert value(text, var=var, self={"spec": {"a": "own"}}) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("True == ${{ var.yes }}", True),
        ("True == ${{ var.typed }}", True),
        ("not ${{ var.empty | bool }}", True),
        ("${{ var.gone | bool }}", False),
        ('${{ var.name | quote }} == "SpaceONE"', True),
        ("'${{ var.name }}' == 'SpaceONE'", True),
        ("'x-${{ var.name }}' == \"x-SpaceONE\"", True),
        ("${{ var.name }} == 'SpaceONE'", True),
        ("${{ var.number }} > 2", True),
        ("${{ var.off }}", False),
        ("var.yes and var.empty is not None", True),
        ("len(var.name) == 8", True),
    ],
)
def test_conditions_of_old_manifests_mean_what_they_say(text: str, due: bool) -> None:
    var = {"yes": True, "typed": "True", "empty": {}, "name": "SpaceONE", "number": "3", "off": "False"}
    assert holds(text, **var) is due


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${{ var.nam }}", "there is no nam; did you mean name?"),
        ("${{ tasks.a.output.id }}", "there is no id"),
        ("${{ vr.name }}", "there is no vr; did you mean var?"),
        ("${{ var.name", "never closed"),
        ("${{ a b }}", "cannot read"),
        ("${{ ''.__class__.__mro__ }}", "there is no __class__"),
        ("${{ 1 / 0 }}", "division by zero"),
        ("${{ var.name.nope }}", "there is no nope"),
        ("${{ x }}${{ y }}", "there is no x"),
        ("${{ range(100001) }}", "Range too big"),
        ("${{ [{'a': 1}, {}] | map(attribute='a') }}", "there is no a"),
    ],
)
def test_what_cannot_be_evaluated_says_why(text: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words.replace("?", r"\?")):
        value(text, var={"name": "n"}, tasks={"a": {"output": {}}})


@pytest.mark.parametrize("text", ["${{ var.list }}", "${{ var.name }}", "3"])
def test_a_condition_that_says_neither_true_nor_false_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError, match="true or false is due"):
        holds(text, list=[1], name="n")


@pytest.mark.parametrize(
    "path",
    ["var", "var.a", "var.a.items", "var.l[1]", "var.l[9]", "var.no.x", "item", "tasks.t.output", "tasks.t.no",
     "var.a.__class__", "tasks.loop.output", "tasks.loop[0].output.x", "var.l.x", "var.none.x", "self.id", "env.HOME"],
)  # fmt: skip
def test_a_plain_path_means_what_jinja2_makes_of_it(path: str) -> None:
    results = [{"output": {"x": 1}, "spec": {}, "state": ""}]
    names = {
        "var": {"a": {"items": 1}, "l": [1, 2], "none": None},
        "tasks": {"t": {"output": [1]}, "loop": Loop(results)},
        "self": {"id": "own"},
        "env": {},
    }

    def outcome(text: str) -> Any:
        try:
            return compile_text(text).evaluate(names)
        except ExpressionError as error:
            return str(error).partition("}}: ")[2]

    quick, compiled = f"${{{{ {path} }}}}", f"${{{{ ({path}) }}}}"
    assert outcome(quick) == outcome(compiled)
    assert compile_text(quick).references == compile_text(compiled).references


def test_references_are_found_with_their_whole_paths() -> None:
    found = compile_text("a ${{ tasks.one.output.id }} ${{ var['x'].y ~ tasks[var.z] }}").references
    assert {reference.path for reference in found} == {
        ("tasks", "one", "output", "id"),
        ("var", "x", "y"),
        ("var", "z"),
    }
