"""A TCP proxy that hands on every byte late: a network with a long round trip, on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def delaying_proxy(port: int, delay: float) -> Iterator[int]:
    """Runs a proxy before `port` of this machine that delays each direction by `delay` seconds; its own port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(lambda near, out: _connect(near, out, port, delay), "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _connect(near: asyncio.StreamReader, back: asyncio.StreamWriter, port: int, delay: float) -> None:
    # the handshake of TCP takes one round trip of its own
    await asyncio.sleep(2 * delay)
    far, out = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_late(near, out, delay), _late(far, back, delay))


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            loop.call_later(delay, _write, writer, data)
    loop.call_later(delay, writer.close)


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if not writer.is_closing():
        writer.write(data)
