"""explain: what a service, a resource, a verb or a field is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from spacectl import offered
from spacectl.commands.options import CallCommand, call_options
from spacectl.errors import SpacectlError, UsageError
from spacectl.nearest import nearest
from spacectl.resource_type import ResourceType, parse, parse_bare
from spacectl.service_names import folded

if TYPE_CHECKING:
    from spacectl.app import App
    from spacectl.explain.shape import Field, Method
    from spacectl.explain.view import View
    from spacectl.rpc.schema import Api

SIDES = ("request", "response")


@dataclass(frozen=True)
class Named:
    """What a name turned out to be: a resource on an endpoint, its services, and the words after it."""

    api: Api
    resource: ResourceType
    services: list[str]
    rest: list[str]


@click.command("explain", cls=CallCommand)
@click.argument("name", metavar="SERVICE | RESOURCE[.VERB[.FIELD…]]")
@click.option("--recursive", is_flag=True, help="Only names and types, at every depth.")
@click.option("-v", "--api-version", "version", metavar="VERSION", help="The API's version, as in v1 (the newest).")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "yaml", "json")),
    default="text",
    show_default=True,
    help="Output format.",
)
@call_options
@click.pass_obj
def explain(app: App, /, *, name: str, recursive: bool, version: str | None, output: str) -> None:
    """Describe a SERVICE, a RESOURCE, a verb or a field.

    \b
    spacectl explain repository
    spacectl explain repository.Plugin
    spacectl explain repository.Plugin.register
    spacectl explain repository.Plugin.register.capability
    """
    from spacectl.explain import records, view

    words = name.split(".")
    if not all(words):
        raise UsageError(f"{name!r} is not a name: write RESOURCE.VERB, as in repository.Plugin.register")
    if len(words) == 1 and _is_service(app, name):
        api = offered.api(app, name, f"explain {name}")
        resources = api.resources(offered.services_of(app, name, api.services()))
        _print(app, output, view.service_view(name, resources), records.service_record(name, resources))
        return
    found = _find(app, words, version)
    title = f"{found.resource}"
    if not found.rest:
        resources = found.api.resources(found.services)
        _print(app, output, view.resource_view(title, resources), records.resource_record(title, resources))
        return
    verb, *path = found.rest
    method = found.api.method(found.resource, verb, version)
    if not path:
        shown = view.method_view(f"{title}.{method.verb.name}", method, brief=recursive)
        _print(app, output, shown, records.method_record(title, method))
        return
    side, field, where = _field(f"{title}.{method.verb.name}", method, path)
    shown = view.field_view(f"{title}.{method.verb.name}.{where}", method, side, field, where, brief=recursive)
    _print(app, output, shown, records.field_record(title, method, side, field, where))


def explain_method(app: App, verb: str, resource: str, version: str | None) -> None:
    """Prints the fields of one method, the help of `exec VERB RESOURCE`. Raises UsageError, ConfigError, CallError."""
    from spacectl.explain import records, view

    name = resource.partition("/")[0]
    resource_type = parse(name) if app.options.endpoint is None else parse_bare(name)
    method = offered.api(app, resource_type.service, f"explain {resource_type}.{verb}").method(
        resource_type, verb, version
    )
    shown = view.method_view(f"{resource_type}.{method.verb.name}", method, brief=False)
    _print(app, "text", shown, records.method_record(str(resource_type), method))


def _print(app: App, output: str, view: View, record: dict[str, Any]) -> None:
    if output != "text":
        app.printer(output).document(record)
        return
    width = app.terminal_width()
    if width is None:
        from spacectl.explain.text import plain

        app.stdout.write(plain(view))
    else:
        from spacectl.explain.tree import Screen, tree

        app.stdout.write(tree(view, Screen(width, app.colours(app.stdout))))


def _is_service(app: App, word: str) -> bool:
    return app.options.endpoint is None and offered.has_service(app, word)


def _find(app: App, words: list[str], version: str | None) -> Named:
    """The resource that the first words name; what follows it is a verb and fields.

    `repository.Plugin.register` could be read in several ways; the longest that the server has wins, then a short
    name. Raises UsageError, ConfigError for the reading that comes first to mind.
    """
    what = f"explain {'.'.join(words)}"
    if app.options.endpoint is not None and words[0][:1].isupper():
        # on a given endpoint a resource needs no service
        bare = parse_bare(words[0])
        api = offered.api(app, bare.service, what)
        return Named(api, bare, api.find(bare, version), words[1:])
    short = _short_name(words[0])
    service = _service_in(app, words, short is not None)
    failure: SpacectlError | None = None
    if service is not None:
        api = offered.api(app, service, what)
        for count in range(len(words), 1, -1):
            resource = parse(".".join(words[:count]))
            try:
                return Named(api, resource, api.find(resource, version), words[count:])
            except UsageError as error:
                failure = api.unasked(error)
    if short is None:
        if failure is not None:
            raise failure
        resource = parse(".".join(words[:2]))
        offered.api(app, resource.service, what)
        raise UsageError(f"{'.'.join(words)} names no resource", "`spacectl api-resources` lists them")
    api = offered.api(app, short.service, what)
    try:
        services = api.find(short, version)
    except UsageError as error:
        raise api.unasked(error) from None
    if failure is not None:
        verbs = [folded(verb.name) for one in api.resources(services) for verb in one.verbs]
        misspelt = nearest(folded(words[1]), verbs) and not any("did you mean" in hint for hint in failure.hints)
        if folded(words[1]) not in verbs and not misspelt:
            raise failure
    return Named(api, short, services, words[1:])


def _short_name(word: str) -> ResourceType | None:
    try:
        return parse(word)
    except UsageError:
        return None


def _service_in(app: App, words: list[str], is_short: bool) -> str | None:
    """The first word, or the first one of a full name, that is a service of the environment."""
    if len(words) == 1:
        return None
    if app.options.endpoint is not None:
        return words[0]
    candidates = words[:1] if is_short else words[:-1]
    return next((word for word in candidates if offered.has_service(app, word)), None)


def _field(title: str, method: Method, path: list[str]) -> tuple[str, Field, str]:
    """The side, the field and the path that the words after a verb mean: the request's field before the response's."""
    own = {field.name for field in method.request.fields}
    sides: tuple[str, ...] = SIDES
    if path[0] in SIDES and path[0] not in own and len(path) > 1:
        sides, path = (path[0],), path[1:]
    failures = []
    for side in sides:
        message = method.request if side == "request" else method.response
        known: list[str] = []
        found: Field | None = None
        where: list[str] = []
        for word in path:
            fields = {f.name: f for f in message.fields} | {f.json_name: f for f in message.fields}
            known = [f.name for f in message.fields]
            found = fields.get(word)
            if found is None:
                break
            where.append(found.name)
            message = method.messages[found.message] if found.message else _nothing(found)
        if found is not None:
            return side, found, ".".join(where)
        failures.append((len(where), side, known))
    depth, side, known = max(failures, key=lambda failure: failure[0])
    wrong = path[depth]
    place = ".".join((title, *path[:depth]))
    if depth and not known:
        raise UsageError(f"{place} has no fields that its API declares", f"`spacectl explain {place}` shows it")
    near = nearest(wrong, known if depth or len(sides) == 1 else [name for _, _, names in failures for name in names])
    hints = [f"did you mean {' or '.join('.'.join((place, name)) for name in near)}?"] if near else []
    listed = f"its {side} has no fields" if not known else f"the fields of its {side}: {', '.join(known)}"
    raise UsageError(f"{place} has no field {wrong!r}", *hints, listed)


def _nothing(field: Field) -> Any:
    from spacectl.explain.shape import Message

    return Message("", field.item)
