"""What a reader of the documents has and a test has not: a platform to sign in to, and a server to talk with.

`$PLATFORM` is the endpoint of a sandbox that has a domain `acme` and the user `me@example.com`, whose password is in
`$PASSWORD`; `$CHAT` that of a server with a bidirectional stream, `Chat` of `kitchen.v1.Kitchen`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from peers.kitchen import BEHAVIOURS
from peers.protosets import compile_protoset, read_api
from peers.server import serve

from documents.blocks import Block

PASSWORD = "a-long-password"
ADMIN = {"user_id": "me@example.com", "password": PASSWORD, "name": "Me", "email": "me@example.com"}
SPACECTL = (sys.executable, "-m", "spacectl")


@contextmanager
def stand_ins(blocks: Sequence[Block], folder: Path, environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variables that the blocks want; their servers run until the end."""
    wanted = {run for block in blocks for _, run in block.stand_ins}
    found = {}
    with ExitStack() as stack:
        if "$PLATFORM" in wanted:
            found = {"PLATFORM": stack.enter_context(_platform(folder, environ)), "PASSWORD": PASSWORD}
        if "$CHAT" in wanted:
            api = read_api(compile_protoset(folder / "kitchen.protoset"))
            found["CHAT"] = stack.enter_context(serve(api, BEHAVIOURS)).endpoint
        yield found


@contextmanager
def _platform(folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
    own = {**environ, "HOME": str(folder / "platform")}
    command = [*SPACECTL, "sandbox", "serve", "--port", "0", "--db", ":memory:"]
    with subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            endpoint = process.stderr.readline().removeprefix("serving on ").strip()
            make = ["exec", "create", "identity.Domain", "-j", json.dumps({"name": "acme", "admin": ADMIN})]
            subprocess.run(
                [*SPACECTL, "--endpoint", endpoint, *make], env=own, check=True, timeout=60, capture_output=True
            )
            yield endpoint
        finally:
            process.terminate()
