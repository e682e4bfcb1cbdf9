"""Random APIs and random messages of them, for hypothesis: every kind of field that a .proto file can declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from hypothesis import strategies as st

WELL_KNOWN_FILES = (any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2)
WRAPPERS = tuple(name for name in wrappers_pb2.DESCRIPTOR.message_types_by_name)
WELL_KNOWN = ("Any", "Duration", "Empty", "FieldMask", "Struct", "Value", "ListValue", "Timestamp", *WRAPPERS)
F = descriptor_pb2.FieldDescriptorProto
INTEGERS = {
    **dict.fromkeys((F.TYPE_INT32, F.TYPE_SINT32, F.TYPE_SFIXED32), (-(1 << 31), (1 << 31) - 1)),
    **dict.fromkeys((F.TYPE_INT64, F.TYPE_SINT64, F.TYPE_SFIXED64), (-(1 << 63), (1 << 63) - 1)),
    **dict.fromkeys((F.TYPE_UINT32, F.TYPE_FIXED32), (0, (1 << 32) - 1)),
    **dict.fromkeys((F.TYPE_UINT64, F.TYPE_FIXED64), (0, (1 << 64) - 1)),
}
SCALARS = (*INTEGERS, F.TYPE_BOOL, F.TYPE_STRING, F.TYPE_BYTES, F.TYPE_DOUBLE, F.TYPE_FLOAT)
KEYS = (*INTEGERS, F.TYPE_BOOL, F.TYPE_STRING)
MESSAGES = ("Alpha", "Beta")
MAX_DEPTH = 3


@dataclass(frozen=True)
class RandomApi:
    """The file that hypothesis drew, and the pool that holds it beside the well-known types."""

    file: descriptor_pb2.FileDescriptorProto
    pool: descriptor_pool.DescriptorPool

    def make(self, name: str = "random.Alpha") -> Any:
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))()

    def __repr__(self) -> str:
        return str(self.file)


def pool_with(*files: descriptor_pb2.FileDescriptorProto) -> descriptor_pool.DescriptorPool:
    """A new pool with the well-known types and these files."""
    pool = descriptor_pool.DescriptorPool()
    for module in WELL_KNOWN_FILES:
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    for file in files:
        pool.Add(file)
    return pool


@st.composite
def apis(draw: st.DrawFn, required: bool = False) -> RandomApi:
    """Two messages, Alpha and Beta, that may hold each other, and two enums, one of them closed where that can be."""
    syntax = draw(st.sampled_from(("proto2", "proto3", "editions")))
    file = descriptor_pb2.FileDescriptorProto(name="random.proto", package="random", syntax=syntax)
    if syntax == "editions":
        file.edition = descriptor_pb2.EDITION_2023
    file.dependency.extend(module.DESCRIPTOR.name for module in WELL_KNOWN_FILES)
    for name in ("Open", "Closed"):
        enum = file.enum_type.add(name=name)
        for label, number in (("ZERO", 0), ("One", 1), ("minus", -1), ("ALIAS", 1)):
            enum.value.add(name=f"{name}_{label}", number=number)
        enum.options.allow_alias = True
        if name == "Closed" and syntax == "editions":
            enum.options.features.enum_type = descriptor_pb2.FeatureSet.CLOSED
    for name in MESSAGES:
        message = file.message_type.add(name=name)
        for number in range(1, draw(st.integers(1, 7)) + 1):
            add_field(draw, file, message, number, required)
        if syntax != "proto3":
            message.extension_range.add(start=100, end=200)
            extension = file.extension.add(name=f"extra{name}", number=100, extendee=f".random.{name}")
            draw_type(draw, extension, syntax)
            extension.label = draw(st.sampled_from((F.LABEL_OPTIONAL, F.LABEL_REPEATED)))
    return RandomApi(file, pool_with(file))


def add_field(draw: st.DrawFn, file: Any, message: Any, number: int, required: bool) -> None:
    name = draw(st.sampled_from(("snake_case", "plain", "camelCase", "_a", "with_2", "Upper"))) + f"_{number}"
    field = message.field.add(name=name, number=number, label=F.LABEL_OPTIONAL)
    shapes = ["singular", "repeated", "map", "optional", "oneof"]
    shapes += ["group"] if file.syntax == "proto2" else []
    shapes += ["required"] if file.syntax == "proto2" and required else []
    shape = draw(st.sampled_from(shapes))
    if shape == "map":
        entry_name = "".join(part[:1].upper() + part[1:] for part in name.split("_")) + "Entry"
        entry = message.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=F.LABEL_OPTIONAL, type=draw(st.sampled_from(KEYS)))
        draw_type(draw, entry.field.add(name="value", number=2, label=F.LABEL_OPTIONAL), file.syntax)
        field.label, field.type, field.type_name = (
            F.LABEL_REPEATED,
            F.TYPE_MESSAGE,
            f".random.{message.name}.{entry_name}",
        )
        return
    if shape == "group":
        inner = message.nested_type.add(name=f"Group{number}")
        inner.field.add(name="inside", number=1, label=F.LABEL_OPTIONAL, type=F.TYPE_INT32)
        field.name, field.type, field.type_name = (
            f"group{number}",
            F.TYPE_GROUP,
            f".random.{message.name}.Group{number}",
        )
        field.label = draw(st.sampled_from((F.LABEL_OPTIONAL, F.LABEL_REPEATED)))
        return
    draw_type(draw, field, file.syntax)
    if shape == "repeated":
        field.label = F.LABEL_REPEATED
    elif shape == "required" and field.type not in (F.TYPE_MESSAGE, F.TYPE_GROUP):
        field.label = F.LABEL_REQUIRED
    elif shape == "oneof":
        if not message.oneof_decl:
            message.oneof_decl.add(name="choice")
        field.oneof_index = 0
    elif shape == "optional" and file.syntax == "editions" and can_be_implicit(field):
        field.options.features.field_presence = descriptor_pb2.FeatureSet.IMPLICIT


def can_be_implicit(field: Any) -> bool:
    return field.type != F.TYPE_MESSAGE and not field.type_name.endswith("Closed")


def draw_type(draw: st.DrawFn, field: Any, syntax: str) -> None:
    kind = draw(st.sampled_from(("scalar", "enum", "message", "well_known")))
    if kind == "scalar":
        field.type = draw(st.sampled_from(SCALARS))
    elif kind == "enum":
        field.type = F.TYPE_ENUM
        names = (".random.Open", ".random.Closed", ".google.protobuf.NullValue")
        field.type_name = draw(st.sampled_from(names if syntax == "proto3" else names[:2]))
    else:
        field.type = F.TYPE_MESSAGE
        names = [f".random.{name}" for name in MESSAGES]
        field.type_name = draw(
            st.sampled_from(names if kind == "message" else [f".google.protobuf.{n}" for n in WELL_KNOWN])
        )


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8) | st.sampled_from(
    (
        "null",
        "~",
        "true",
        "no",
        "1.10",
        "012",
        "2022-04-01",
        "1e3",
        ".inf",
        "NaN",
        "{a}",
        "[1",
        "a: b",
        "#",
        "\x85",
        "\u2028",
    )
)
NUMBERS = st.integers(-(1 << 53), 1 << 53).map(float) | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def messages(draw: st.DrawFn, api: RandomApi, name: str = "random.Alpha") -> Any:
    """A message of a type of the API with some of its fields set."""
    message = api.make(name)
    fill(draw, api, message, 0)
    return message


def fill(draw: st.DrawFn, api: RandomApi, message: Any, depth: int) -> None:
    """Sets some fields, every required one, to random values."""
    full_name = message.DESCRIPTOR.full_name
    if full_name.startswith("google.protobuf."):
        fill_well_known(draw, api, message, full_name.removeprefix("google.protobuf."), depth)
        return
    fields = [*message.DESCRIPTOR.fields, *api.pool.FindAllExtensions(message.DESCRIPTOR)]
    for field in fields:
        if not field.is_required and not draw(st.booleans()):
            continue
        if field.message_type is not None and depth >= MAX_DEPTH:
            continue
        target = message.Extensions[field] if field.is_extension else getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            fill_map(draw, api, target, field, depth)
        elif field.is_repeated:
            for _ in range(draw(st.integers(0, 3))):
                if field.message_type is not None:
                    fill(draw, api, target.add(), depth + 1)
                else:
                    target.append(draw(scalar(field)))
        elif field.message_type is not None:
            target.SetInParent()
            fill(draw, api, target, depth + 1)
        elif field.is_extension:
            message.Extensions[field] = draw(scalar(field))
        else:
            setattr(message, field.name, draw(scalar(field)))


def fill_map(draw: st.DrawFn, api: RandomApi, target: Any, field: Any, depth: int) -> None:
    value = field.message_type.fields_by_name["value"]
    for _ in range(draw(st.integers(0, 3))):
        key = draw(scalar(field.message_type.fields_by_name["key"]))
        if value.message_type is not None:
            fill(draw, api, target[key], depth + 1)
        else:
            target[key] = draw(scalar(value))


def scalar(field: Any) -> st.SearchStrategy[Any]:
    """The values of a scalar or enum field."""
    if field.type in INTEGERS:
        low, high = INTEGERS[field.type]
        return st.sampled_from((0, 1, low, high)) | st.integers(low, high)
    if field.type == F.TYPE_ENUM:
        numbers = list(field.enum_type.values_by_number)
        return st.sampled_from(numbers if field.enum_type.is_closed or len(numbers) == 1 else [*numbers, 7, -9])
    kinds = {
        F.TYPE_BOOL: st.booleans(),
        F.TYPE_STRING: TEXTS,
        F.TYPE_BYTES: st.binary(max_size=8),
        F.TYPE_DOUBLE: st.floats(),
        F.TYPE_FLOAT: st.floats(width=32),
    }
    return kinds[field.type]


def fill_well_known(draw: st.DrawFn, api: RandomApi, message: Any, name: str, depth: int) -> None:
    if name == "Timestamp":
        message.seconds = draw(st.integers(-62135596800, 253402300799))
        message.nanos = draw(st.sampled_from((0, 1000000, 1000, 1)) | st.integers(0, 999999999))
    elif name == "Duration":
        message.seconds = draw(st.integers(-315576000000, 315576000000))
        nanos = draw(st.sampled_from((0, 500000000, 1000, 1)) | st.integers(0, 999999999))
        message.nanos = nanos if message.seconds >= 0 else -nanos
    elif name == "FieldMask":
        message.paths.extend(draw(st.lists(st.from_regex(r"[a-z]+(_[a-z]+)?(\.[a-z]+)?", fullmatch=True), max_size=3)))
    elif name == "Any":
        if draw(st.booleans()):
            types = ["random.Alpha", "random.Beta", *(f"google.protobuf.{one}" for one in WELL_KNOWN)]
            inner = api.make(draw(st.sampled_from(types[:2] if depth >= MAX_DEPTH else types)))
            fill(draw, api, inner, depth + 1)
            message.Pack(inner)
    elif name == "Struct":
        for key in draw(st.lists(TEXTS, max_size=3)):
            fill_value(draw, message.fields[key], depth)
    elif name == "ListValue":
        for _ in range(draw(st.integers(0, 3))):
            fill_value(draw, message.values.add(), depth)
    elif name == "Value":
        fill_value(draw, message, depth)
    elif name != "Empty":
        message.value = draw(scalar(message.DESCRIPTOR.fields_by_name["value"]))


def fill_value(draw: st.DrawFn, value: Any, depth: int) -> None:
    kind = draw(
        st.sampled_from(("null", "number", "string", "bool") + (("struct", "list") if depth < MAX_DEPTH else ()))
    )
    if kind == "null":
        value.null_value = 0
    elif kind == "number":
        value.number_value = draw(NUMBERS)
    elif kind == "string":
        value.string_value = draw(TEXTS)
    elif kind == "bool":
        value.bool_value = draw(st.booleans())
    elif kind == "struct":
        value.struct_value.SetInParent()
        for key in draw(st.lists(TEXTS, max_size=3)):
            fill_value(draw, value.struct_value.fields[key], depth + 1)
    else:
        value.list_value.SetInParent()
        for _ in range(draw(st.integers(0, 3))):
            fill_value(draw, value.list_value.values.add(), depth + 1)
