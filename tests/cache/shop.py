"""A shop whose API changes from one release to the next."""

from __future__ import annotations

V1 = """
syntax = "proto3";
package shop.v1;
message PenInfo {
  enum Colour { NONE = 0; BLUE = 1; @colours@ }
  string pen_id = 1;
  string name = 2;
  Colour colour = 3;
  @fields@
}
message Request { string pen_id = 1; string name = 2; @request@ }
message Pens { repeated PenInfo results = 1; int32 total_count = 2; }
service Pen {
  rpc get (Request) returns (PenInfo) {}
  rpc create (Request) returns (PenInfo) {}
  rpc list (Request) returns (Pens) {}
  @verbs@
}
"""


def shop(package: str = "shop.v1", **more: str) -> dict[str, str]:
    """The .proto of a release: with `fields`, `request`, `colours`, `verbs` more than the first one had."""
    text = V1.replace("package shop.v1;", f"package {package};")
    for part in ("fields", "request", "colours", "verbs"):
        text = text.replace(f"@{part}@", more.get(part, ""))
    return {f"{package.replace('.', '/')}/pen.proto": text}
