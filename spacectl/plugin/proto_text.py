"""An interface's table as a .proto file, and as plain values from which descriptors are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spacectl.plugin.interfaces import Interface, field_spec, signature

IMPORTS = {
    "Struct": "google/protobuf/struct.proto",
    "ListValue": "google/protobuf/struct.proto",
    "Empty": "google/protobuf/empty.proto",
}


def proto_text(interface: Interface) -> str:
    """The .proto file of an interface, all of its services in one."""
    lines = ['syntax = "proto3";', "", f"package {interface.package};", ""]
    lines += [f'import "{name}";' for name in sorted(set(IMPORTS.values()))]
    for service, rpcs in interface.services.items():
        lines += ["", f"service {service} {{"]
        for rpc, text in rpcs.items():
            made = signature(text)
            stream = "stream " if made.streaming else ""
            lines.append(f"  rpc {rpc} ({made.request}) returns ({stream}{_proto_type(made.response)});")
        lines.append("}")
    for message, fields in interface.messages.items():
        lines += ["", f"message {message} {{", *_enums(interface, f"{message}.", "  ")]
        for name, spec in ((name, field_spec(text)) for name, text in fields.items()):
            repeated = "repeated " if spec.repeated else ""
            lines.append(f"  {repeated}{_proto_type(spec.type.removeprefix(f'{message}.'))} {name} = {spec.number};")
        lines.append("}")
    lines += _enums(interface, "", "")
    return "\n".join(lines) + "\n"


def described(interface: Interface) -> dict[str, Any]:
    """The same as plain values: `services`, `messages` and `enums`, their fields as tuples."""
    return {
        "name": interface.file,
        "package": interface.package,
        "services": {
            service: {rpc: tuple(signature(text)) for rpc, text in rpcs.items()}
            for service, rpcs in interface.services.items()
        },
        "messages": {
            message: {name: tuple(field_spec(text)) for name, text in fields.items()}
            for message, fields in interface.messages.items()
        },
        "enums": {name: list(values) for name, values in interface.enums.items()},
    }


def _enums(interface: Interface, prefix: str, indent: str) -> Iterator[str]:
    for name, values in interface.enums.items():
        short = name.removeprefix(prefix)
        if not name.startswith(prefix) or "." in short:
            continue
        if not indent:
            yield ""
        yield f"{indent}enum {short} {{"
        yield from (f"{indent}  {value} = {number};" for number, value in enumerate(values))
        yield f"{indent}}}"


def _proto_type(name: str) -> str:
    return f"google.protobuf.{name}" if name in IMPORTS else name
