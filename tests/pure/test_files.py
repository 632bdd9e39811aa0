"""쓰기: 다 쓴 것만 제자리에 있고, 임시 파일은 남지 않습니다."""

from __future__ import annotations

import os
import resource
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_lab._files import PRIVATE, write_atomic


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def a_small_disk() -> Iterator[None]:
    """커널이 파일 하나의 10,000바이트 뒤를 정말로 거절합니다."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("content", ["한글\n둘째 줄\n", b"\x00\xff\r\n"])
@pytest.mark.parametrize("sync", [False, True])
def test_a_file_is_replaced_whole(content: str | bytes, sync: bool, tmp_path: Path) -> None:
    path = tmp_path / "없던 폴더" / ("가" * 85)  # 파일 이름의 한도인 255바이트
    for each in ("앞의 것", content):
        assert write_atomic(path, each, sync=sync) == path
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_permissions_are_those_of_open(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "plain", "")
        (tmp_path / "opened").open("w").close()
        write_atomic(tmp_path / "secret", "", mode=PRIVATE)
    finally:
        os.umask(before)
    assert permissions(tmp_path / "plain") == permissions(tmp_path / "opened") == 0o666 & ~umask
    assert permissions(tmp_path / "secret") == 0o600


@pytest.mark.usefixtures("a_small_disk")
@pytest.mark.parametrize("sync", [False, True])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(sync: bool, tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, "앞의 것")
    for size in (10_001, 1_000_000):
        with pytest.raises(OSError, match="File too large"):
            write_atomic(path, "x" * size, sync=sync)
    assert path.read_text("utf-8") == "앞의 것"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_place_of_the_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomic(tmp_path / "a", "x")
    assert [item.name for item in tmp_path.iterdir()] == ["a"]


def test_a_reader_never_sees_half_of_two_writers(tmp_path: Path) -> None:
    path = tmp_path / "a"
    whole = [letter * 300_000 for letter in "ab"]
    write_atomic(path, whole[0])
    writers = [
        threading.Thread(target=lambda text=text: [write_atomic(path, text) for _ in range(50)])
        for text in whole
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_text("utf-8") in whole
    assert [item.name for item in tmp_path.iterdir()] == ["a"]
