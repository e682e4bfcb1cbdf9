from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spacectl.errors import SpacectlError
from spacectl.files import locked, write_atomically


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_directories_are_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_atomically(tmp_path / "a" / "b" / "c.yml", "x: 1\n")
    finally:
        os.umask(old)
    assert mode(tmp_path / "a" / "b" / "c.yml") == 0o600
    assert mode(tmp_path / "a" / "b") == 0o700
    assert (tmp_path / "a" / "b" / "c.yml").read_text() == "x: 1\n"


def test_a_world_readable_file_becomes_private_when_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text("old")
    path.chmod(0o644)
    write_atomically(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)


def test_an_existing_directory_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write_atomically(tmp_path / "c.yml", "x")
    assert mode(tmp_path) == 0o755


def test_a_symlink_stays_and_its_target_is_written(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "real.yml"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "link.yml"
    link.symlink_to(target)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["real.yml"]


@pytest.mark.parametrize("kind", ["directory", "fifo", "device"])
def test_what_is_not_a_regular_file_is_not_replaced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.yml"
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path = Path("/dev/full")
    with pytest.raises(SpacectlError, match="not a regular file") as raised:
        write_atomically(path, "x")
    assert raised.value.exit_status == 1
    assert str(path) in raised.value.message


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("old")
    program = (
        "import resource, sys; from pathlib import Path; from spacectl.files import write_atomically\n"
        "from spacectl.errors import SpacectlError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomically(Path(sys.argv[1]), 'n' * 5000)\n"
        "except SpacectlError as error: print(error.message); sys.exit(error.exit_status)\n"
    )
    done = subprocess.run(
        check=False, args=[sys.executable, "-B", "-c", program, str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(f"cannot write {path}: File too large")
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.yml"]


def test_a_read_only_directory_is_named_and_nothing_is_left_behind(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        place = Path("/proc/self")  # where not even root can make a file
    else:
        place = tmp_path
        place.chmod(0o500)
    with pytest.raises(SpacectlError) as raised:
        write_atomically(place / "x.yml", "x")
    assert raised.value.message.startswith("cannot write ")
    assert raised.value.exit_status == 1


def test_a_text_without_utf8_is_refused_before_the_file_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("old")
    with pytest.raises(SpacectlError, match="not valid Unicode"):
        write_atomically(path, "\udcff")
    assert path.read_text() == "old"


def test_a_process_killed_while_writing_never_leaves_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    whole = {letter * 200_000 for letter in "ab"}
    write_atomically(path, "a" * 200_000)
    program = (
        "import sys; from pathlib import Path; from spacectl.files import write_atomically; print('go', flush=True)\n"
        "while True:\n"
        "    for letter in 'ba': write_atomically(Path(sys.argv[1]), letter * 200_000)\n"
    )
    for delay in (0.0, 0.003, 0.007, 0.011, 0.02):
        process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout:
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert path.read_text() in whole
        assert mode(path) == 0o600


def test_a_lock_makes_the_second_process_wait(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from spacectl.files import locked\n"
        "with locked(Path(sys.argv[1])): print('in')\n"
    )
    with locked(tmp_path):
        process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.7)
    out, _ = process.communicate(timeout=60)
    assert out == "in\n"
