"""What a file of the descriptor cache looks like and is called: without anything that a key press would feel.

A file begins with a line that says what it is and a checksum of the rest, then a line with the endpoint and one with
the service.
"""

from __future__ import annotations

from collections.abc import Mapping

MAGIC = b"spacectl-cache-3 "
FNV_OFFSET, FNV_PRIME = 0x6C62272E07BB014262B821756295C58D, 0x1000000000000000000013B
SERVICES, PROTOSET, OUTLINE = ".services", ".protoset", ".outline"


def directory(environ: Mapping[str, str]) -> str | None:
    """Where the cache is: SPACECTL_CACHE_DIR, else XDG_CACHE_HOME or ~/.cache; None for nowhere."""
    given = environ.get("SPACECTL_CACHE_DIR")
    if given is not None:
        return given or None
    base = environ.get("XDG_CACHE_HOME", "")
    if base.startswith("/"):  # a relative one is to be ignored, says the specification
        return f"{base}/spacectl"
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return f"{home}/.cache/spacectl" if home else None


def file_name(key: str, kind: str, service: str = "") -> str:
    """`FOLDER/FILE` for what is kept of a service, or of an endpoint itself for ""."""
    return f"{hashed(key)}/{hashed(service or key)}{kind}"


def hashed(text: str) -> str:
    """The name of a file for a text that cannot be one: its FNV-1a of 128 bits.

    hashlib would load OpenSSL for it. Two texts of one name would take each other's place, and never be mistaken for
    each other: the head of a file tells.
    """
    value = FNV_OFFSET
    for byte in text.encode("utf-8", "surrogateescape"):
        value = (value ^ byte) * FNV_PRIME % (1 << 128)
    return f"{value:032x}"


def head(key: str, service: str = "") -> bytes:
    """The lines that say what a file is about."""
    return f"{key}\n{service}\n".encode("utf-8", "surrogateescape")


def sealed(content: bytes) -> bytes:
    """A file with this content, which begins with its head."""
    return _first_line(content) + b"\n" + content


def opened(data: bytes, head: bytes, *, checked: bool = True) -> bytes | None:
    """What a file holds after its head; None for one that is torn, foreign or about something else.

    Completion does without the checksum: a wrong offer does no harm.
    """
    first, _, content = data.partition(b"\n")
    if not content.startswith(head) or not (first == _first_line(content) if checked else first.startswith(MAGIC)):
        return None
    return content[len(head) :]


def _first_line(content: bytes) -> bytes:
    from binascii import crc32

    return b"%s%08x %d" % (MAGIC, crc32(content), len(content))
