"""A minimal plugin repository: a server whose answers are the table's examples, its test files, and a CI workflow."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from spacectl.distribution import distribution_name
from spacectl.errors import SpacectlError, UsageError
from spacectl.plugin.interfaces import Interface, Step, signature
from spacectl.plugin.proto_text import proto_text
from spacectl.plugin.python_text import literal
from spacectl.yaml_io import dump

TEMPLATES = Path(__file__).with_name("scaffold")
FRAMEWORKS = ("grpcio", "spaceone")
PLACES = {"gitignore": ".gitignore", "plugin-test.yml": ".github/workflows/plugin-test.yml"}
MOST_OF_NAME = 40


class Repository(NamedTuple):
    """The files of a repository, by their paths in it, and what to type next."""

    files: Mapping[str, bytes]
    serve: str


def repository(name: str, interface: Interface, framework: str, protoset: Callable[[], bytes]) -> Repository:
    """The files of a new plugin. Raises UsageError for a name that no image or module can have."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) >= MOST_OF_NAME:
        hint = "as in plugin-example-inven-collector: small letters, digits and dashes"
        raise UsageError(f"{name!r} is no name for a plugin of less than {MOST_OF_NAME} characters", hint)
    module = name.replace("-", "_")
    if keyword.iskeyword(module):
        raise UsageError(f"{name!r} cannot be the name of a Python module")
    plain = framework == "grpcio"
    if interface.no_framework and not plain:
        message = f"--framework {framework}: there is no {interface.name} on it: {interface.no_framework}"
        raise UsageError(message, f"`spacectl plugin init {name} --interface {interface.name}` writes it on grpcio")
    serve = "python server.py --port 50051" if plain else f"spaceone run plugin-server {module} -s . -p 50051"
    values = {
        "name": name,
        "title": name.removeprefix("plugin-").replace("-", " ").title(),
        "interface": interface.name,
        "package": interface.package,
        "image": f"example/{name}",
        "module": module,
        "code": "plugin.py" if plain else f"{module}/main.py",
        "python": "3.12" if plain else "3.11",
        "serve": f".venv/bin/{serve}",
        "serve_in_ci": serve,
        "capability": json.dumps(_capability(interface)),
        "distribution": distribution_name(),
        "metadata": literal(interface.example["init"]["metadata"]),
        "or_yields": ", or yields several" if any(step.stream for step in interface.steps) else "",
        "functions": "".join(_functions(interface, plain=plain)),
        **(_plain_parts(interface) if plain else _framework_parts(interface)),
    }
    files = {path: text.encode() for path, text in _filled(framework, module, values)}
    if plain:
        files |= {"interface.proto": proto_text(interface).encode(), "interface.protoset": protoset()}
    else:
        files[f"{module}/__init__.py"] = b""
    for step in interface.steps:
        files[f"test/{step.name}.yml"] = dump(_request(interface, step)).encode()
    return Repository(dict(sorted(files.items())), serve)


def write(made: Repository, folder: Path) -> None:
    """Writes a repository into a folder that is not there yet, or empty. Raises UsageError, SpacectlError."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} is there already", "choose another name, or --directory DIR")
        for name, data in made.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise SpacectlError(f"cannot write {error.filename or folder}: {error.strerror or error}") from None


def _filled(framework: str, module: str, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for folder in ("both", "plain" if framework == "grpcio" else framework):
        for path in sorted((TEMPLATES / folder).glob("*.tmpl")):
            name = path.name.removesuffix(".tmpl")
            inside = framework != "grpcio" and name.endswith(".py")
            place = f"{module}/{name}" if inside else PLACES.get(name, name)
            yield place, Template(path.read_text(encoding="utf-8")).substitute(values)


def _functions(interface: Interface, *, plain: bool) -> Iterator[str]:
    """The functions of the author, in the order of the calls."""
    for step in interface.steps:
        body = ["\n"]
        if not plain:
            body.append(f'\n@app.route("{step.service}.{step.rpc}")')
        body.append(f"\ndef {_function_name(step)}(request):\n")
        streaming = signature(interface.services[step.service][step.rpc]).streaming
        if step.name != "init" and "options" in step.request:
            body.append('    check_options(request.get("options", {}))\n')
        if step.wrong in step.request and step.name != "init":
            body.append(f'    check_credentials(request.get("{step.wrong}", {{}}))\n')
        example = interface.example.get(step.name, [] if streaming else {})
        if step.name == "init":
            body.append('    return {"metadata": METADATA}\n')
        elif streaming:
            body += [f"    yield {literal(one, 4)}\n" for one in example]
        else:
            body.append(f"    return {literal(example, 4)}\n")
        yield "".join(body)


def _plain_parts(interface: Interface) -> dict[str, str]:
    lines = [f'    "{step.service}.{step.rpc}": {_function_name(step)},\n' for step in interface.steps]
    return {"methods": "".join(lines)}


def _framework_parts(interface: Interface) -> dict[str, str]:
    """What the framework wants of each service: where its stubs are, a servicer, a service class, a list of methods."""
    package = interface.package
    imports, classes, methods = [], [], []
    for service, rpcs in interface.services.items():
        stubs = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", service).lower()
        imports.append(f"from {package} import {stubs}_pb2, {stubs}_pb2_grpc")
        transactions = "".join(
            f"    @transaction\n    def {rpc}(self, params):\n"
            f'        return self.get_plugin_method("{rpc}")(params)\n\n'
            for rpc in rpcs
        )
        servicer = "".join(_servicer_method(service, stubs, rpc, text) for rpc, text in rpcs.items())
        classes.append(
            f'\nclass {service}Service(BaseService):\n    resource = "{service}"\n    _plugin_methods = {{}}\n\n'
            f"{transactions}"
            f"\nclass {service}(BaseAPI, {stubs}_pb2_grpc.{service}Servicer):\n"
            f"    pb2 = {stubs}_pb2\n    pb2_grpc = {stubs}_pb2_grpc\n\n{servicer}"
        )
        names = ", ".join(f'"{rpc}"' for rpc in rpcs)
        methods.append(f'        "{service}": {{"service": {service}Service, "methods": [{names}]}},\n')
    return {
        "imports": "\n".join(imports),
        "classes": "\n".join(classes),
        "methods": "".join(methods),
        "apis": f"{', '.join(interface.services)},",
    }


def _servicer_method(service: str, stubs: str, rpc: str, text: str) -> str:
    made = signature(text)
    head = f"    def {rpc}(self, request, context):\n        params, metadata = self.parse_request(request, context)\n"
    call = f"{service}Service(metadata).{rpc}(params)"
    if made.response == "Empty":
        return f"{head}        {call}\n        return self.empty()\n\n"
    if made.streaming:
        return (
            f"{head}        for answer in {call}:\n"
            f"            yield ParseDict(answer, {stubs}_pb2.{made.response}())\n\n"
        )
    return f"{head}        return ParseDict({call}, {stubs}_pb2.{made.response}())\n\n"


def _request(interface: Interface, step: Step) -> dict[str, Any]:
    """What the test file of a call says."""
    request: dict[str, Any] = {"options": {}} if "options" in step.request else {}
    if "secret_data" in step.request:
        request["secret_data"] = {"token": "let-me-in"}
    return {**request, **interface.requests.get(step.name, {})}


def _capability(interface: Interface) -> dict[str, Any]:
    """A capability that agrees with the metadata of the example."""
    table = interface.register.get("capability", {})
    found: dict[str, Any] = {}
    if "supported_schema" in table:
        found["supported_schema"] = ["example_token"]
    for name, path in interface.register.get("agrees", {}).items():
        found[name] = interface.example["init"]["metadata"][path.removeprefix("metadata.")]
    for name, choices in interface.register.get("serves", {}).items():
        found[name] = next(iter(choices))
    return found


def _function_name(step: Step) -> str:
    name = step.name.replace(".", "_")
    return f"{name}_" if keyword.iskeyword(name) else name
