"""How the kitchen answers: the behaviours behind proto/kitchen and its neighbours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.message import Message

from peers.server import STATUS_CODES, Behaviour, Exchange

COLUMNS = (
    *("dish_id", "name", "state", "calories", "price", "vegan"),
    *("cook", "ingredients", "labels", "tags", "created_at"),
)
MINIMAL = ("dish_id", "name", "state")


def dish(number: int) -> dict[str, Any]:
    """The JSON form of one row; every third lacks most fields, as rows of real services do."""
    row: dict[str, Any] = {
        "dish_id": f"dish-{number:05d}",
        "name": f"요리 {number}" if number % 2 else f"Dish {number}",
    }
    if number % 3 == 2:
        return row
    return row | {
        "state": "COOKED" if number % 2 else "RAW",
        "calories": str(number * 1_000_000_007),
        "price": number / 4,
        "vegan": number % 2 == 0,
        "cook": {"name": "Ann", "email": f"ann{number}@example.com"},
        "ingredients": ["salt", "water"][: number % 4],
        "labels": {"b": "2", "a": "1"},
        "tags": {"order": number, "half": 0.5, "list": [1, "x", None, True], "spaceone:name": "x"},
        "created_at": "2024-01-01T00:00:00.000Z",
    }


def echo(exchange: Exchange) -> Iterator[Message]:
    yield from exchange.requests


def empty(exchange: Exchange) -> Iterator[Message]:
    list(exchange.requests)
    yield exchange.reply()


def count(exchange: Exchange) -> Iterator[Message]:
    request = next(exchange.requests)
    for number in range(1, request.count + 1):
        time.sleep(request.delay)
        yield exchange.reply(number=number)


def total(exchange: Exchange) -> Iterator[Message]:
    yield exchange.reply(number=sum(message.number for message in exchange.requests))


def chat(exchange: Exchange) -> Iterator[Message]:
    for message in exchange.requests:
        yield exchange.reply(text=message.text.upper())


def fail(exchange: Exchange) -> Iterator[Message]:
    request = next(exchange.requests)
    for number in range(1, request.after + 1):
        yield exchange.reply(number=number)
    if request.error_details:
        status = exchange.api.message("google.rpc.Status", {"code": request.code, "message": request.details})
        status.details.extend(request.error_details)
        exchange.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    exchange.context.abort(STATUS_CODES[request.code], request.details)


def _wait(exchange: Exchange, seconds: float) -> None:
    gone = threading.Event()
    exchange.context.add_callback(gone.set)
    gone.wait(seconds or 300)


def hang(exchange: Exchange) -> Iterator[Message]:
    _wait(exchange, next(exchange.requests).seconds)
    yield exchange.reply(number=1)


def hang_stream(exchange: Exchange) -> Iterator[Message]:
    seconds = next(exchange.requests).seconds
    yield exchange.reply(number=1)
    _wait(exchange, seconds)
    yield exchange.reply(number=2)


def big(exchange: Exchange) -> Iterator[Message]:
    reply = exchange.reply()
    reply.data = bytes(next(exchange.requests).size)
    yield reply


def _matches(row: dict[str, Any], condition: Message) -> bool:
    value = condition.value if condition.HasField("value") else condition.v
    wanted: Any = getattr(value, value.WhichOneof("kind"))
    have = row.get(condition.key or condition.k)
    match condition.operator or condition.o or "eq":
        case "eq":
            return have == wanted
        case "contain":
            return str(wanted).lower() in str(have).lower()
        case "in":
            return have in [item.string_value for item in wanted.values]
        case operator:
            raise ValueError(operator)


def rows(exchange: Exchange) -> Iterator[Message]:
    """Rows made up on the spot, with as much of the query as a client can see to have worked."""
    request = next(exchange.requests)
    query = request.query
    found = [dish(number) for number in range(1, (getattr(request, "rows", 0) or 3) + 1)]
    for column in query.only:
        if column.partition(".")[0] not in COLUMNS:
            exchange.context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"ERROR_INVALID_PARAMETER: No such column. (key = query.only, {column})",
            )
    found = [row for row in found if all(_matches(row, condition) for condition in query.filter)]
    if query.filter_or:
        found = [row for row in found if any(_matches(row, condition) for condition in query.filter_or)]
    if query.keyword:
        found = [row for row in found if query.keyword.lower() in row["name"].lower()]
    sorts = query.sort if exchange.descriptor.input_type.name == "RowsRequest" else query.sort.keys or [query.sort]
    for sort in reversed(list(sorts)):
        if sort.key:
            found.sort(key=lambda row, key=sort.key: str(row.get(key, "")), reverse=sort.desc)
    shown = found
    if query.page.limit:
        first = max(query.page.start, 1) - 1
        shown = found[first : first + query.page.limit]
    if query.count_only:
        shown = []
    elif query.minimal:
        shown = [{key: row[key] for key in MINIMAL if key in row} for row in shown]
    yield exchange.reply(results=shown, total_count=len(found))


def get_v2(exchange: Exchange) -> Iterator[Message]:
    yield exchange.reply(**exchange.api.as_dict(next(exchange.requests)))


def menu(exchange: Exchange) -> Iterator[Message]:
    list(exchange.requests)
    yield exchange.reply(results=[dish(1), dish(2)])


def get(exchange: Exchange) -> Iterator[Message]:
    request = next(exchange.requests)
    number = request.dish_id.removeprefix("dish-")
    if not request.dish_id:
        exchange.context.abort(
            grpc.StatusCode.INVALID_ARGUMENT, "ERROR_REQUIRED_PARAMETER: Required parameter. (key = dish_id)"
        )
    if not number.isdecimal():
        exchange.context.abort(
            grpc.StatusCode.NOT_FOUND, f"ERROR_NOT_FOUND: dish_id not found. (dish_id = {request.dish_id})"
        )
    yield exchange.reply(**dish(int(number)))


def create(exchange: Exchange) -> Iterator[Message]:
    values = exchange.api.as_dict(next(exchange.requests))
    yield exchange.reply(dish_id="dish-00001", **values)


def statistics(exchange: Exchange) -> Iterator[Message]:
    list(exchange.requests)
    yield exchange.reply(results=[{"name": "RAW", "count": 4}, {"name": "COOKED", "count": 5}], total_count=2)


def shelf(exchange: Exchange) -> Iterator[Message]:
    values = exchange.api.as_dict(next(exchange.requests))
    yield exchange.reply(place=exchange.descriptor.containing_service.full_name, **values)


BEHAVIOURS: dict[str, Behaviour] = {
    "kitchen.v1.Kitchen/Echo": echo,
    "kitchen.v1.Kitchen/Count": count,
    "kitchen.v1.Kitchen/Sum": total,
    "kitchen.v1.Kitchen/Chat": chat,
    "kitchen.v1.Kitchen/Fail": fail,
    "kitchen.v1.Kitchen/FailStream": fail,
    "kitchen.v1.Kitchen/Hang": hang,
    "kitchen.v1.Kitchen/HangStream": hang_stream,
    "kitchen.v1.Kitchen/Big": big,
    "kitchen.v1.Kitchen/Rows": rows,
    "kitchen.v1.Kitchen/Nothing": empty,
    "kitchen.v1.Dish/create": create,
    "kitchen.v1.Dish/get": get,
    "kitchen.v1.Dish/delete": empty,
    "kitchen.v1.Dish/list": rows,
    "kitchen.v1.Dish/stat": statistics,
    "kitchen.v1.Dish/analyze": statistics,
    "kitchen.v1.Dish/season": get,
    "kitchen.v1.Recipe/list": rows,
    "kitchen.v1.Menu/list": menu,
    "kitchen.v2.Kitchen/Nothing": empty,
    "kitchen.v2.Kitchen/Chill": echo,
    "kitchen.v2.Dish/get": get_v2,
    "kitchen.v2.Dish/plate": get_v2,
    "cellar.v1.Shelf/get": shelf,
    "cellar.v1.Shelf/look_at_cellar": shelf,
    "attic.v1.Shelf/get": shelf,
    "attic.v1.Shelf/look_at_attic": shelf,
    "legacy.v1.Pantry/Echo": echo,
    "modern.v1.Oven/Echo": echo,
}
