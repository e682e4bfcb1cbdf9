"""What repository does that other services do not: it names plugins after their images and knows their versions."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from spacectl.sandbox import status
from spacectl.sandbox.engine import serialized_page
from spacectl.sandbox.queries import list_rows
from spacectl.sandbox.resources import REPOSITORIES
from spacectl.sandbox.schema import plain

if TYPE_CHECKING:
    from spacectl.sandbox.calls import Call
    from spacectl.sandbox.engine import Engine
    from spacectl.sandbox.schema import Message

MAX_IMAGE_LENGTH = 48
# Cloudforet's developer guide registers an image with an underscore, which the real repository refuses.
IMAGE_NAME = re.compile(r"[a-zA-Z0-9_-]+")
REGISTRY_URLS = {
    "DOCKER_HUB": "registry.hub.docker.com",
    "AWS_PUBLIC_ECR": "public.ecr.aws",
    "HARBOR": "harbor.sandbox.example",
}
VERSIONS = ("1.0.2", "1.0.1", "1.0")
REPOSITORY_TYPES = ("local", "remote", "managed")


def register_repository(call: Call) -> Message:
    """Registers a repository of one of the known types."""
    if call.request.repository_type not in REPOSITORY_TYPES:
        words = f"Invalid repository type. (supported_types = {' | '.join(REPOSITORY_TYPES)})"
        raise status.ApiError("INVALID_ARGUMENT", "ERROR_INVALID_REPOSITORY_TYPE", words)
    return call.engine.create(call.resource, call.request)


def local_repository(engine: Engine) -> dict[str, str]:
    """The repository in which things are registered, as the `repository_info` of a row."""
    resource = engine.resource(REPOSITORIES + "Repository")
    for row in map(engine.row_class(resource).FromString, engine.store.bodies(resource.service)):
        if row.repository_type == "local":
            return {name: getattr(row, name) for name in ("repository_id", "name", "repository_type")}
    raise status.not_found({"repository_type": "local"}, resource.missing)


def plugin_id_of(image: str) -> str:
    """The identifier of the plugin in an image: its last part. Raises ApiError for a name that cannot be one."""
    name = image.rpartition("/")[2]
    if len(name) > MAX_IMAGE_LENGTH:
        words = f"The length of image should be less than equal {MAX_IMAGE_LENGTH} in {name}"
        raise status.ApiError("INVALID_ARGUMENT", "ERROR_INVALID_IMAGE_LENGTH", words)
    if not IMAGE_NAME.fullmatch(name):
        words = f"Image name format is [a-zA-Z0-9\\-]+ in {name}"
        raise status.ApiError("INVALID_ARGUMENT", "ERROR_INVALID_IMAGE_NAME_FORMAT", words)
    return name


def register_plugin(call: Call) -> Message:
    """Registers a plugin in the local repository."""
    registry = plain(call.request).get("registry_type", "DOCKER_HUB")
    more = {
        "plugin_id": plugin_id_of(call.request.image),
        "registry_url": REGISTRY_URLS.get(registry, ""),
        "repository_info": local_repository(call.engine),
    }
    return call.engine.create(call.resource, call.request, more)


def create_policy(call: Call) -> Message:
    """Creates a policy in the local repository, under the name that the request gives it."""
    if not call.request.policy_id:
        call.request.policy_id = f"policy-{secrets.token_hex(6)}"
    return create_in_repository(call)


def create_in_repository(call: Call) -> Message:
    """Creates a schema or a policy in the local repository."""
    return call.engine.create(call.resource, call.request, {"repository_info": local_repository(call.engine)})


def get_plugin(call: Call) -> Message:
    """Answers a plugin, of one repository or of any."""
    return found(
        call,
        status.ApiError(
            "INVALID_ARGUMENT",
            "ERROR_NO_PLUGIN",
            f"Plugin does not exists. (plugin_id = {call.request.plugin_id})",
        ),
    )


def get_schema(call: Call) -> Message:
    """Answers a schema, of one repository or of any."""
    words = f"Schema does not exists. (name = {call.request.name})"
    return found(call, status.ApiError("INTERNAL", "ERROR_NO_SCHEMA", words))


def found(call: Call, missing: status.ApiError) -> Message:
    """The row that a get request names; `missing` is raised where it is in no such repository."""
    try:
        _, row = call.engine.named(call.resource, call.request)
    except status.ApiError:
        raise missing from None
    if call.request.repository_id not in ("", row.repository_info.repository_id):
        raise missing
    return call.engine.get(call.resource, call.request)


def get_versions(call: Call) -> Message:
    """Answers the versions of a plugin; in the sandbox every plugin has the same."""
    get_plugin(call)
    return call.answer(results=VERSIONS, total_count=len(VERSIONS))


def list_of_repository(call: Call) -> bytes:
    """Lists plugins, schemas or policies; a repository that is named must exist."""
    if call.request.repository_id:
        call.engine.find(call.engine.resource(REPOSITORIES + "Repository"), call.request.repository_id)
    rows, total = list_rows(call.engine.store, call.resource, call.engine.row_class(call.resource), call.request)
    return serialized_page(call.method.output_type, rows, total)
