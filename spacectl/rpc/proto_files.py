""".proto files -> a descriptor set, by the protoc of grpcio-tools (the extra `proto`)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from spacectl.errors import SpacectlError, UsageError

SECONDS = 120


def compiled(path: Path, includes: Sequence[Path], error: type[SpacectlError] = UsageError) -> bytes:
    """The serialized FileDescriptorSet of a .proto file with all that it imports, with its comments.

    Imports are looked for in `includes`, then beside the file. Raises `error`, which names file and line.
    """
    if find_spec("grpc_tools") is None:
        from spacectl.distribution import installing

        hint = f"`{installing('proto')}` adds what reads .proto files; --protoset FILE does without"
        raise error(f"{path}: grpcio-tools is not installed", hint)
    from tempfile import TemporaryDirectory

    if not path.is_file():
        raise error(f"cannot read {path}: {'it is no file' if path.exists() else 'there is no such file'}")
    well_known = Path(find_spec("grpc_tools").origin or "").parent / "_proto"  # type: ignore[union-attr]  # just found
    places = [*(include.absolute() for include in includes), path.absolute().parent]
    with TemporaryDirectory(prefix="spacectl-") as directory:
        output = Path(directory) / "api.protoset"
        command = [sys.executable, "-m", "grpc_tools.protoc", *(f"-I{place}" for place in (*places, well_known))]
        command += ["--include_imports", "--include_source_info", f"--descriptor_set_out={output}"]
        try:
            done = subprocess.run(  # noqa: S603  # no shell, and our own Python
                [*command, str(path.absolute())], capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise error(f"{path}: protoc did not end within {SECONDS} s") from None
        if done.returncode != 0:
            raise error(*_reasons(path, done.stderr))
        return output.read_bytes()


def _reasons(path: Path, text: str) -> tuple[str, ...]:
    """What protoc complains of, and what to do where it lacks an import."""
    lines = [line for line in text.splitlines() if line.strip() and "warning:" not in line]
    hints = ("-I DIR names the directory that the imports begin in",) if "not found" in text else ()
    return "\n".join(lines[:20]) or f"{path}: protoc failed", *hints
