"""The environment variables by which a nested `spacectl` works where this one does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from spacectl import environments

NAME = "local"
# what says where the platform is, and who calls
_OVERLAYS = ("SPACECTL_ENVIRONMENT", "SPACECTL_API_KEY", "SPACECTL_ENDPOINT_")

Variables = Mapping[str, str | None]


def once(make: Callable[[], Variables]) -> Callable[[], Variables]:
    """The same function, which works when it is first called, and remembers."""
    made: list[Variables] = []

    def variables() -> Variables:
        if not made:
            made.append(make())
        return made[0]

    return variables


def in_environment(name: str | None) -> Variables:
    """The variables to set for the environment that an option names."""
    return {} if name is None else {"SPACECTL_ENVIRONMENT": name}


def in_sandbox(endpoints: Mapping[str, str], environ: Mapping[str, str], stack: ExitStack) -> Variables:
    """The variables to set, and None for those to unset, for the embedded sandbox, which is at `endpoints`.

    It takes no settings: scripts get a configuration of their own, in which `spacectl config set` works. That goes
    with the stack. Raises SpacectlError.
    """
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spacectl-")))
    lines = "".join(f"  {name}: {url}\n" for name, url in endpoints.items())
    environments.write(folder / "config", NAME, f"endpoints:\n{lines}")
    environments.switch(folder / "config", NAME)
    unset: dict[str, str | None] = {name: None for name in environ if name.startswith(_OVERLAYS)}
    # what is known about a server that is gone in a moment must not stay in the user's cache
    return unset | {"SPACECTL_CONFIG_DIR": str(folder / "config"), "SPACECTL_CACHE_DIR": str(folder / "cache")}
