"""쓰는 자리와 쓰는 방법."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from mlops_lab.runner import OutputError, next_try, run_path
from mlops_lab.runner._secrets import Mask
from mlops_lab.runner._store import check_output, reserve_try, write_atomic


def test_the_layout(tmp_path: Path) -> None:
    path = run_path(tmp_path, "dag", "run", "task", try_number=2, map_index=3)
    assert path == tmp_path / "dag" / "run" / "task.3" / "try-2.ipynb"


@pytest.mark.parametrize("evil", ["../..", "..", "/etc", "a/../../b", ".", "\x00", "C:\\x", "~/x"])
def test_no_name_leaves_the_runs_folder(tmp_path: Path, evil: str) -> None:
    path = run_path(tmp_path, "dag", evil, "task")
    assert path.resolve().is_relative_to(tmp_path.resolve())
    assert len(path.relative_to(tmp_path).parts) == 4


def test_different_names_are_different_folders(tmp_path: Path) -> None:
    names = ["a:b", "a/b", "a%3Ab", "a b", "가", "가" * 100, "가" * 101, ".a", "%2Ea"]
    assert len({run_path(tmp_path, name) for name in names}) == len(names)
    for name in names:
        run_path(tmp_path, name, map_index=1000).parent.mkdir(parents=True)


def test_an_empty_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="비었습니다"):
        run_path(tmp_path, "dag", "")


def test_next_try(tmp_path: Path) -> None:
    assert next_try(tmp_path) == 1
    for name in ("try-1.ipynb", "try-10.ipynb", "try-x.ipynb", "try-99.html"):
        (tmp_path / name).touch()
    assert next_try(tmp_path) == 11


@pytest.mark.parametrize("output", ["../out.ipynb", "a/../../out.ipynb", "link/out.ipynb"])
def test_a_path_outside_the_runs_folder(tmp_path: Path, output: str) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "link").symlink_to(tmp_path)
    with pytest.raises(OutputError, match="밖입니다"):
        check_output(Path(output), runs, tmp_path / "in.ipynb")
    with pytest.raises(OutputError, match="밖입니다"):
        check_output(tmp_path / "out.ipynb", runs, tmp_path / "in.ipynb")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["runs"]


def test_wrong_output_names(tmp_path: Path) -> None:
    source = tmp_path / "in.ipynb"
    source.touch()
    with pytest.raises(OutputError, match="원본을 덮어쓰지"):
        check_output(Path("in.ipynb"), tmp_path, source)
    with pytest.raises(OutputError, match="끝이"):
        check_output(Path("out.html"), tmp_path, source)
    (tmp_path / "d.ipynb").mkdir()
    with pytest.raises(OutputError, match="폴더입니다"):
        check_output(Path("d.ipynb"), tmp_path, source)
    source.rename(tmp_path / "file")
    with pytest.raises(OutputError, match="쓸 수 없습니다"):
        check_output(Path("file/out.ipynb"), tmp_path, source)


def test_every_name_that_will_be_written_is_checked(tmp_path: Path) -> None:
    for length, fits in ((79, True), (80, False), (82, False)):
        name = Path("가" * length + ".ipynb")
        if fits:
            check_output(name, tmp_path, tmp_path / "in.ipynb")
            continue
        with pytest.raises(OutputError, match="너무 깁니다"):
            check_output(name, tmp_path / "새 폴더", tmp_path / "in.ipynb")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.ipynb", "out.html", "out.results.json"])
@pytest.mark.parametrize("kind", ["hard", "symbolic", "itself"])
def test_no_output_is_the_input_under_another_name(tmp_path: Path, name: str, kind: str) -> None:
    source = tmp_path / ("in.ipynb" if kind != "itself" else name)
    source.touch()
    if kind == "hard":
        (tmp_path / name).hardlink_to(source)
    elif kind == "symbolic":
        (tmp_path / name).symlink_to(source)
    with pytest.raises(OutputError, match="원본을 덮어쓰지"):
        check_output(Path("out.ipynb"), tmp_path, source)


def test_a_try_is_reserved_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda _: reserve_try(tmp_path / "a"), range(50)))
    assert sorted(path.name for path in taken) == sorted(f"try-{n}.ipynb" for n in range(1, 51))


def test_a_folder_one_may_not_write_to(tmp_path: Path) -> None:
    if os.geteuid() == 0:  # root는 권한을 지나치므로, 쓸 수 없는 진짜 파일 시스템으로 봅니다.
        with pytest.raises(OutputError, match="쓸 수 없습니다"):
            check_output(Path("/proc/1/out.ipynb"), None, tmp_path / "in.ipynb")
    else:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="권한"):
            check_output(Path("out.ipynb"), tmp_path, tmp_path / "in.ipynb")


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.ipynb"
    write_atomic(target, "앞의 것")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, old[1]))  # 커널이 정말로 쓰기를 거절합니다.
    try:
        with pytest.raises(OutputError, match="쓸 자리가 없습니다"):
            write_atomic(target, "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert target.read_text(encoding="utf-8") == "앞의 것"
    assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]


def test_masking_touches_texts_and_not_the_bones() -> None:
    import nbformat

    new = nbformat.v4
    cell = new.new_code_cell("x = 'code'", outputs=[new.new_output("stream", text="stream code")])
    nb = new.new_notebook(cells=[cell], metadata={"papermill": {"parameters": {"token": "code"}}})
    own = new.new_code_cell("x = 'code'", metadata={"tags": ["own"]})
    nb.cells.append(own)
    masked = Mask([("a", "code"), ("b", "stream")]).notebook(nb, own=frozenset({"own"}))
    nbformat.validate(masked)
    assert [cell.source for cell in masked.cells] == [
        "x = 'code'",
        "x = '***'",
    ]  # 넘겨받은 코드는 그대로입니다.
    assert masked.cells[0].outputs[0].text == "*** ***"
    assert masked.metadata.papermill.parameters == {"token": "***"}
    assert nb.cells[0].source == "x = 'code'"
    assert Mask([("a", '비"밀\n')]).value({"a": ['비"밀\n', 1], "b": '비"밀\\n'}) == {
        "a": ["***", 1],
        "b": "***",
    }


def test_a_task_named_like_a_mapped_one_has_its_own_folder(tmp_path: Path) -> None:
    assert run_path(tmp_path, "d", "r", "train.0") != run_path(tmp_path, "d", "r", "train", map_index=0)
