"""The cache on disks and in directories of every kind: never an error, never a wrong answer, nobody else's business."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from peers.command import Result, Spacectl, clean_environment
from peers.server import Server

from spacectl.cache_files import Place, endpoints
from spacectl.cache_format import PROTOSET, SERVICES, file_name
from spacectl.rpc.cache import DescriptorCache

LINE = ("get", "kitchen.Dish", "-p", "dish_id=dish-00001", "-o", "json")


@pytest.fixture
def get(spacectl_inprocess: Callable[..., Result], kitchen: Server) -> Callable[..., Result]:
    return lambda **options: spacectl_inprocess("--endpoint", kitchen.endpoint, *LINE, **options)


@pytest.fixture
def kept(cache: Path, get: Callable[..., Result], kitchen: Server) -> list[Path]:
    """The files of the cache after a call."""
    assert get().status == 0
    kitchen.forget()
    return sorted(path for path in cache.rglob("*") if path.is_file())


def good(result: Result) -> bool:
    return (result.status, result.err) == (0, "") and '"dish_id": "dish-00001"' in result.out


def test_only_the_owner_can_read_it_whatever_the_umask(cache: Path, kitchen: Server, home: Path) -> None:
    program = [sys.executable, "-m", "spacectl", "--endpoint", kitchen.endpoint, *LINE]
    done = subprocess.run(program, env=clean_environment(home), umask=0, capture_output=True, check=False)
    assert done.returncode == 0
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [cache, *cache.rglob("*")]}
    assert len(modes) > 3
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_it_holds_no_credentials_and_nothing_of_calls(cache: Path, kitchen: Server, spacectl: Spacectl) -> None:
    env = {"SPACECTL_API_KEY": "top-secret-key", "SPACECTL_ENDPOINT_KITCHEN": kitchen.endpoint}
    assert spacectl("exec", "create", "kitchen.Dish", "-p", "name=my-own-dish", env=env).status == 0
    assert dict(kitchen.last.metadata)["token"] == "top-secret-key"
    assert '"name": "my-own-dish"' in str(kitchen.last.requests).replace("'", '"')
    everything = b"".join(str(path).encode() + path.read_bytes() for path in cache.rglob("*") if path.is_file())
    assert b"kitchen.v1.Dish" in everything
    assert [word for word in (b"top-secret-key", b"my-own-dish", b"dish-00001") if word in everything] == []


def test_many_processes_on_a_cold_cache_and_on_an_old_one_all_get_their_answer(
    cache: Path, kitchen: Server, spacectl: Spacectl
) -> None:
    outs = set()
    for count in (20, 5):
        kitchen.forget()
        started = [spacectl.start("--endpoint", kitchen.endpoint, *LINE) for _ in range(count)]
        results = [(*process.communicate(timeout=120), process.returncode) for process in started]
        assert {(err, status) for _, err, status in results} == {(b"", 0)}
        outs |= {out for out, _, _ in results}
        assert len(kitchen.calls) == count
        assert kitchen.reflections != []
        for path in cache.rglob("*.*"):
            os.utime(path, (0, 0))
    assert len(outs) == 1
    assert list(cache.rglob("*.tmp")) == []
    assert len(list(cache.rglob("*.services"))) == 1


def flip(path: Path) -> None:
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def other_form(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"spacectl-cache-", b"spacectl-cache-9", 1))


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 10)


def symlink(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def unreadable(path: Path) -> None:
    path.chmod(0)


@pytest.mark.parametrize(
    "spoil",
    [flip, truncate, empty, other_form, garbage, symlink, directory, fifo, unreadable],
    ids=lambda f: f.__name__,
)
def test_a_spoilt_file_only_costs_a_question(
    get: Callable[..., Result], kept: list[Path], kitchen: Server, spoil: Callable[[Path], None]
) -> None:
    for path in kept:
        spoil(path)
    assert good(get())
    assert len(kitchen.calls) == 1
    if not (spoil is unreadable and os.geteuid() == 0):
        assert kitchen.reflections != []


@pytest.mark.parametrize("spoil", [flip, truncate, empty, garbage, symlink, fifo], ids=lambda f: f.__name__)
def test_a_spoilt_file_is_replaced(
    get: Callable[..., Result], kept: list[Path], kitchen: Server, spoil: Callable[[Path], None]
) -> None:
    for path in kept:
        spoil(path)
    assert good(get())
    kitchen.forget()
    assert good(get())
    assert kitchen.reflections == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_owner_is_not_believed(get: Callable[..., Result], kept: list[Path], kitchen: Server) -> None:
    for path in kept:
        os.chown(path, 12345, 12345)
    assert good(get())
    assert kitchen.reflections != []


def test_a_file_in_the_place_of_another_is_not_believed(tmp_path: Path) -> None:
    one, two = Place(tmp_path, "grpc://one:1"), Place(tmp_path, "grpc://two:2")
    for place in (one, two):
        place.write(SERVICES, "", b"a.B\nc.D", 1)
        place.write(PROTOSET, "a.B", b"x", 1)
    assert one.read(PROTOSET, "a.B") == (b"x", 1)
    folders = {place: (tmp_path / file_name(place.key, SERVICES)).parent for place in (one, two)}
    file = next(folders[one].glob("*.protoset"))
    next(folders[two].glob("*.protoset")).replace(file)
    assert one.read(PROTOSET, "a.B") is None
    next(folders[two].glob("*.services")).replace(next(folders[one].glob("*.services")))
    assert one.read(SERVICES) is None
    assert list(endpoints(tmp_path)) == []


@pytest.mark.parametrize("place", ["cache", "folder"])
def test_a_directory_that_cannot_be_written_costs_nothing_but_time(
    get: Callable[..., Result], kept: list[Path], cache: Path, kitchen: Server, place: str
) -> None:
    blocked = cache if place == "cache" else kept[0].parent
    for path in kept:
        path.unlink()
    if place == "cache":
        kept[0].parent.rmdir()
    if os.geteuid() != 0:
        blocked.chmod(0o500)
    else:  # root may write anywhere: a file in the directory's place stops it as well
        blocked.rmdir()
        blocked.write_text("")
    try:
        assert good(get())
        assert len(kitchen.calls) == 1
    finally:
        blocked.chmod(0o700)


@pytest.mark.parametrize(
    "env",
    [
        {"HOME": None},
        {"HOME": "/nonexistent"},
        {"HOME": "/dev/null"},
        {"HOME": "/proc"},
        {"SPACECTL_CACHE_DIR": ""},
        {"SPACECTL_CACHE_DIR": "/dev/full"},
        {"SPACECTL_CACHE_DIR": "x" * 5000},
        {"XDG_CACHE_HOME": "/proc/1"},
    ],
    ids=str,
)
def test_a_home_that_is_no_home_costs_nothing_but_time(get: Callable[..., Result], env: dict[str, str | None]) -> None:
    assert good(get(env=env))


def test_a_disk_that_fills_up_leaves_nothing_half_written(
    cache: Path, kitchen: Server, spacectl: Spacectl, get: Callable[..., Result]
) -> None:
    argv = [sys.executable, "-m", "spacectl", "--endpoint", kitchen.endpoint, *LINE]
    # not by preexec_fn: a fork of this process, which serves gRPC in threads, may hang
    limited = (
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300, resource.RLIM_INFINITY)); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, *argv],
        env=clean_environment(spacectl.home),
        cwd=spacectl.home,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"dish-00001" in done.stdout
    assert list(cache.rglob("*.tmp")) == []
    assert list(cache.rglob("*.protoset")) == []
    assert good(get())
    kitchen.forget()
    assert good(get())
    assert kitchen.reflections == []


def test_a_temporary_file_of_a_dead_process_stops_nobody(
    get: Callable[..., Result], kept: list[Path], kitchen: Server
) -> None:
    for path in kept:
        for number in range(1, 3):
            path.with_name(f"{path.name}.{number:016x}.tmp").write_bytes(b"half")
        path.unlink()
    assert good(get())
    kitchen.forget()
    assert good(get())
    assert kitchen.reflections == []


def test_what_was_asked_for_before_the_list_does_not_count(tmp_path: Path) -> None:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    cache = DescriptorCache(tmp_path, "grpc://x:1")
    file = FileDescriptorProto(name="a.proto", package="a")
    file.service.add(name="B")
    cache.store_files("a.B", {"a.proto": file}, 1000)
    assert cache.files("a.B", 1000) == {"a.proto": file}
    assert cache.files("a.B", 1001) is None
