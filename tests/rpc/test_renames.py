from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from peers.protosets import read_api

import spacectl.sandbox
from spacectl import renames
from spacectl.errors import InputError
from spacectl.rpc.encode import encode
from spacectl.values import Fields, from_python

API = read_api(Path(spacectl.sandbox.__file__).with_name("api.protoset"))


def problems(message: str, **values: object) -> list[str]:
    pool: DescriptorPool = API.pool
    fields = from_python(values)
    assert isinstance(fields, Fields)
    with pytest.raises(InputError) as raised:
        encode(GetMessageClass(pool.FindMessageTypeByName(message))(), fields)
    return [str(problem) for problem in raised.value.problems]


def test_a_field_that_was_renamed_is_named_by_its_new_name() -> None:
    found = problems("spaceone.api.identity.v2.CreateUserRequest", user_id="a", backend="LOCAL")
    assert found == ["backend: unknown field; did you mean auth_type, its new name?"]
    found = problems("spaceone.api.repository.v1.CreatePluginRequest", resource_type="x.Y")
    assert found == ["resource_type: unknown field; did you mean service_type, as this server, an older one, calls it?"]


def test_a_field_that_went_away_says_so() -> None:
    found = problems("spaceone.api.identity.v2.CreateProviderRequest", provider="a", template={})
    assert found == [f"template: unknown field; {renames.GONE['template']}"]


def test_an_api_that_is_not_cloudforets_has_no_such_history() -> None:
    assert renames.what_became_of("kitchen.v1.CreateDishRequest", "template", ()) is None


def test_no_new_name_is_an_old_name_of_itself() -> None:
    assert not [old for old, new in renames.RENAMED.items() if old in new]
