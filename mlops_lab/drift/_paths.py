"""판정 한 번이 읽고 쓸 곳을, 읽기 전에 모두 봅니다."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mlops_lab._files import NAME_BYTES
from mlops_lab.drift._errors import DriftInputError


def check_paths(sources: Mapping[str, Path], targets: Mapping[str, tuple[Path, tuple[str, ...]]]) -> None:
    """읽고 쓸 곳이 서로 다르고, 쓸 곳에는 정말 쓸 수 있는지 봅니다. 아무것도 만들지 않습니다.

    Args:
        sources: 오류에 적을 이름에서, 읽을 파일로.
        targets: 오류에 적을 이름에서, 쓸 파일과 그 이름의 끝으로 될 수 있는 것(`.json`)으로.

    Raises:
        DriftInputError: 두 곳이 같은 파일이거나, 이름이 너무 길거나, 끝이 다르거나, 폴더이거나, 쓸 수 없습니다.
    """
    every = {**sources, **{what: target for what, (target, _) in targets.items()}}
    for what, path in every.items():
        if (size := len(os.fsencode(path.name))) > NAME_BYTES:
            raise DriftInputError(
                f"{what}에 준 이름이 {size}바이트입니다. {NAME_BYTES}바이트까지 됩니다. 짧은 이름을 주십시오."
            )
    for (what, path), (other, same) in itertools.combinations(every.items(), 2):
        if path.resolve() == same.resolve() or (path.exists() and same.exists() and path.samefile(same)):
            raise DriftInputError(
                f"{what}와(과) {other}이(가) 같은 파일입니다({path}). 서로 다른 곳을 주십시오."
            )
    for what, (target, suffixes) in targets.items():
        if target.is_dir():
            raise DriftInputError(f"{what}에 준 {target}은(는) 폴더입니다. 파일의 이름까지 적어 주십시오.")
        if target.suffix.lower() not in suffixes:
            raise DriftInputError(f"{what}에 준 {target}의 이름은 {suffixes[0]}로 끝나야 합니다.")
        if target.exists() and not target.is_file():
            raise DriftInputError(f"{what}에 준 {target}은(는) 보통 파일이 아닙니다. 파일의 경로를 주십시오.")
        above = next(each for each in target.absolute().parents if each.exists())
        try:  # 권한만 보아서는 읽기 전용인 디스크를 모릅니다.
            with tempfile.TemporaryFile(dir=above):
                pass
        except OSError as error:
            raise DriftInputError(
                f"{target}에 쓸 수 없습니다({above}: {error.strerror}). 다른 곳을 주십시오."
            ) from error
