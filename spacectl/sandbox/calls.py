"""One call, as the methods that are unlike those of other resources receive it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spacectl.sandbox.schema import fill

if TYPE_CHECKING:
    from spacectl.sandbox.engine import Engine
    from spacectl.sandbox.resources import Resource
    from spacectl.sandbox.schema import Descriptor, Message


@dataclass(frozen=True)
class Call:
    """A call of a method: its request, and everything that an answer is made from."""

    engine: Engine
    method: Descriptor
    request: Message
    context: Any  # grpc.ServicerContext
    endpoint: str  # URL at which the server answers

    @property
    def resource(self) -> Resource:
        """The resource of the method's service; KeyError when it is none."""
        return self.engine.resource(self.method.containing_service.full_name)

    def answer(self, **values: Any) -> Message:
        """A message of the method's answer type with these plain values."""
        message = self.engine.schema.message_class(self.method.output_type.full_name)()
        fill(message, values)
        return message
