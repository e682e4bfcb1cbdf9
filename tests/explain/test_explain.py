"""`spacectl explain` against real servers."""

from __future__ import annotations

import json

import pytest
import yaml

from explain.apis import methods_of
from spacectl.explain.records import method_record, service_record
from spacectl.explain.text import plain
from spacectl.explain.tree import Screen, display_width, tree, wrapped
from spacectl.explain.view import field_view, method_view, resource_view, service_view

SANDBOX = ("--environment", "sandbox")
CREATE = """\
kitchen.Dish.create
  calls /kitchen.v1.Dish/create

request: CreateDishRequest
  name         string
  price        double
  cook         Cook
  cook.name    string
  cook.email   string
  ingredients  list of string
  tags         object
  state        State           one of STATE_NONE|RAW|COOKED

response: Row
  dish_id      string
  name         string
  state        State                    one of STATE_NONE|RAW|COOKED
  calories     int64
  price        double
  vegan        bool
  cook         Cook
  cook.name    string
  cook.email   string
  ingredients  list of string
  labels       map of string to string
  tags         object
  created_at   string
"""
TREE = """\
kitchen.Dish.create
calls /kitchen.v1.Dish/create

request  CreateDishRequest
├─ name  string
├─ price  double
├─ cook  Cook
│  ├─ name  string
│  └─ email  string
├─ ingredients  list of string
├─ tags  object
└─ state  State                 one of STATE_NONE|RAW|COOKED

response  Row
"""


@pytest.fixture
def explain(spacectl, kitchen):
    return lambda *words, **options: spacectl(
        "explain", *words, **{"env": {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}, **options}
    )


def show_all(api, screen):
    """The texts of everything in an API."""
    resources = api.resources(api.services())
    yield plain(service_view("x", resources)) + tree(service_view("x", resources), screen)
    json.dumps(service_record("x", resources))
    for resource in resources:
        yield plain(resource_view("x", [resource])) + tree(resource_view("x", [resource]), screen)
    for _, method in methods_of(api):
        for brief in (False, True):
            view = method_view("x", method, brief=brief)
            yield plain(view)
            yield tree(view, screen)
        json.dumps(method_record("x", method))
        for side, message in (("request", method.request), ("response", method.response)):
            for field in message.fields:
                view = field_view("x", method, side, field, field.name, brief=False)
                yield plain(view) + tree(view, screen)


def test_everything_in_the_sandbox_and_in_the_kitchen_can_be_explained(sandbox_api, kitchen_schema):
    for api in (sandbox_api, kitchen_schema):
        for text in show_all(api, Screen(80, True)):
            assert text.endswith("\n")


@pytest.mark.parametrize("width", [20, 50, 80, 200])
def test_a_tree_is_no_wider_than_the_terminal(sandbox_api, kitchen_schema, width):
    screen = Screen(width, False)
    for api in (sandbox_api, kitchen_schema):
        for _, method in methods_of(api):
            lines = tree(method_view("x", method, brief=False), screen).splitlines()
            # a name cannot be broken, nor can the branches before it
            broken = [line for line in lines if display_width(line) > width and len(line.split("─")[-1].split()) > 1]
            assert broken == []


def test_everything_of_the_real_services_can_be_explained(lab_apis):
    count = 0
    for api in lab_apis():
        count += len([text for text in show_all(api, Screen(80, True)) if text])
    assert count > 500


def test_a_verb_is_explained_as_plain_lines_in_a_pipe(explain):
    result = explain("kitchen.Dish.create")
    assert (result.status, result.out, result.err) == (0, CREATE, "")


def test_the_plain_text_does_not_depend_on_the_width(explain, kitchen):
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint, "COLUMNS": "30"}
    assert explain("kitchen.Dish.create", env=env).out == CREATE


def test_a_verb_is_a_tree_on_a_terminal_without_colours_for_no_color(explain, kitchen):
    env = {"SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint, "NO_COLOR": "1"}
    result = explain("kitchen.Dish.create", tty=True, env=env)
    assert result.status == 0
    assert result.out[: len(TREE)] == TREE
    assert "\x1b" not in result.out


def test_required_names_are_bold_on_a_terminal(spacectl):
    result = spacectl(*SANDBOX, "explain", "plugin.register", tty=True)
    assert result.status == 0
    assert "\x1b[1mname\x1b[0m" in result.out
    assert "\x1b[1mprovider\x1b[0m" not in result.out


def test_a_field_is_explained_with_what_is_below_it(explain):
    assert explain("kitchen.Dish.create.cook").out == (
        "kitchen.Dish.create.cook  Cook\n"
        "  field 3 of the request\n"
        "\n"
        "fields: Cook\n"
        "  cook.name   string\n"
        "  cook.email  string\n"
    )


def test_a_field_of_the_response_is_found_when_the_request_has_none(explain):
    assert "field 11 of the response" in explain("kitchen.Dish.create.created_at").out
    assert "field 3 of the response" in explain("kitchen.Dish.create.response.state").out


def test_an_enum_is_explained_with_its_numbers(explain):
    assert explain("kitchen.Dish.create.state").out.endswith(
        "values\n  STATE_NONE  0\n  RAW         1\n  COOKED      2\n"
    )


def test_a_recursive_message_is_cut_with_a_mark(explain):
    lines = explain("kitchen.Kitchen.Echo").out.partition("\nresponse")[0].splitlines()
    cut = {line.split()[0]: line.partition("again ")[2] for line in lines if "again " in line}
    assert cut["everything"] == "the fields of the request, and so on"
    assert cut["inner.inners"] == "the fields of inner, and so on"
    assert not any(line.startswith("  everything.") for line in lines)


def test_recursive_shows_names_and_types_alone_and_all_of_them(spacectl):
    brief = spacectl(*SANDBOX, "explain", "plugin.list", "--recursive").out
    full = spacectl(*SANDBOX, "explain", "plugin.list").out
    assert "Conditions that must all hold" in full
    assert "Conditions that must all hold" not in brief
    names = [line.split()[0] for line in full.splitlines() if line.startswith("  ") and "." in line.split()[0]]
    assert [name for name in names if f"  {name} " not in brief] == []


def test_a_resource_is_explained_by_its_verbs_of_all_versions_with_their_streams(explain):
    lines = explain("kitchen.Dish").out.splitlines()
    assert [line for line in lines if line.startswith("verbs: ")] == [
        "verbs: kitchen.v2.Dish",
        "verbs: kitchen.v1.Dish",
    ]
    assert [line.split()[0] for line in lines if line.endswith("(of an older version: -v)")] == ["get"]
    lines = explain("kitchen.Kitchen").out.splitlines()
    streams = {line.split()[0]: line.rpartition("  ")[2] for line in lines if "stream" in line}
    assert streams["Count"] == "stream of answers"
    assert streams["Sum"] == "stream of requests"
    assert streams["Chat"] == "streams both ways"


def test_a_service_is_explained_by_its_resources(spacectl):
    lines = spacectl(*SANDBOX, "explain", "repository").out.splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    assert {"repository.Plugin", "repository.Repository", "repository.Schema"} <= set(names)
    assert not any(name.startswith("identity") for name in names)
    assert "Programs, packed as container images" in "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("plugin", "repository.Plugin"),
        ("plugin.register", "repository.Plugin.register"),
        ("repository.register", "repository.Repository.register"),
        ("repository.Plugin.REGISTER.name", "repository.Plugin.register.name"),
        ("spaceone.api.repository.v1.Plugin.register", "spaceone.api.repository.v1.Plugin.register"),
        ("plugin.list.query.filter.key", "repository.Plugin.list.query.filter.key"),
    ],
)
def test_a_thing_has_several_names(spacectl_inprocess, name, title):
    result = spacectl_inprocess(*SANDBOX, "explain", name)
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[0].split("  ")[0] == title


@pytest.mark.parametrize(
    ("name", "status", "hint"),
    [
        ("repository.Plugn", 2, "did you mean repository.Plugin?"),
        ("plugin.regster", 2, "did you mean register"),
        ("repository.regster", 2, "did you mean register"),
        ("plugin.register.nam", 2, "did you mean repository.Plugin.register.name?"),
        ("plugin.list.query.fliter", 2, "did you mean repository.Plugin.list.query.filter or"),
        ("plugn", 2, "did you mean repository.Plugin?"),
        ("plugin.register.tags.x", 2, "`spacectl explain repository.Plugin.register.tags` shows it"),
        ("plugin..x", 2, ""),
        ("nonsense.Thing", 3, "sandbox"),
    ],
)
def test_a_wrong_name_gets_the_nearest_and_never_a_traceback(spacectl_inprocess, name, status, hint):
    result = spacectl_inprocess(*SANDBOX, "explain", name)
    assert (result.status, result.out) == (status, "")
    assert hint in result.err
    assert "internal error" not in result.err


def test_json_and_yaml_have_everything_for_programs(spacectl_inprocess):
    result = spacectl_inprocess(*SANDBOX, "explain", "plugin.register", "-o", "json")
    record = json.loads(result.out)
    fields = {field["name"]: field for field in record["request"]["fields"]}
    assert record["path"] == "/spaceone.api.repository.v1.Plugin/register"
    assert (fields["name"]["required"], fields["provider"]["required"]) == (True, False)
    assert fields["name"]["description"].startswith("The name for people")
    assert fields["registry_type"]["enum"][1] == {"name": "DOCKER_HUB", "number": 1}
    assert {"type": "object", "label": "single", "number": 11}.items() <= fields["capability"].items()
    assert yaml.safe_load(spacectl_inprocess(*SANDBOX, "explain", "plugin.register", "-o", "yaml").out) == record


def test_a_docs_pack_gives_the_prose_that_reflection_has_not(explain, kitchen_protoset, home, kitchen):
    assert "In v1 only." not in explain("kitchen.Dish", "-v", "v1").out
    assert "In v1 only." in explain("kitchen.Dish", "-v", "v1", "--protoset", str(kitchen_protoset)).out
    folder = home / ".spaceone" / "environments"
    folder.mkdir(parents=True)
    (home / ".spaceone" / "docs.protoset").write_bytes(kitchen_protoset.read_bytes())
    (folder / "e.yml").write_text(f"endpoints: {{kitchen: '{kitchen.endpoint}'}}\nprotosets: [docs.protoset]\n")
    assert "In v1 only." in explain("--environment", "e", "kitchen.Dish", "-v", "v1", env={}).out


def test_a_protoset_describes_a_server_without_reflection(spacectl, start_kitchen, kitchen_protoset):
    server = start_kitchen(reflection=None)
    line = ("--endpoint", server.endpoint, "explain", "kitchen.Dish.create")
    assert spacectl(*line).status == 64 + 12
    assert spacectl(*line, "--recursive", "--protoset", str(kitchen_protoset)).out == CREATE.replace(
        "                    one of STATE_NONE|RAW|COOKED", ""
    ).replace("           one of STATE_NONE|RAW|COOKED", "")


@pytest.mark.parametrize("content", [b"syntax = 'proto3';\n", None])
def test_a_broken_protoset_is_one_line_and_status_2(spacectl_inprocess, tmp_path, content):
    path = tmp_path / "x.proto"
    if content:
        path.write_bytes(content)
    result = spacectl_inprocess(*SANDBOX, "explain", "plugin.register", "--protoset", str(path))
    assert (result.status, result.out) == (2, "")
    assert result.err.count("error:") == 1
    assert str(path) in result.err


def test_a_go_server_is_explained_too(spacectl, go_server):
    result = spacectl("--endpoint", f"grpc://127.0.0.1:{go_server}", "explain", "grpc.health.v1.Health.Check")
    assert (result.status, result.err) == (0, "")
    assert "one of UNKNOWN|SERVING|NOT_SERVING|SERVICE_UNKNOWN" in result.out


def test_lines_are_broken_at_spaces_and_bars_and_count_wide_characters_twice():
    assert wrapped("one of AAA|BBB|CCC. Word", 11) == ["one of AAA|", "BBB|CCC.", "Word"]
    assert wrapped("요리 요리요리", 4) == ["요리", "요리", "요리"]
    assert display_width("요리 a") == 6
