"""드리프트 방의 예외."""

from __future__ import annotations


class DriftInputError(ValueError):
    """견줄 수 없는 입력입니다. 무엇을 보았고, 무엇을 바랐고, 다음에 무엇을 할지 적습니다."""


class ProfileError(DriftInputError):
    """기준의 요약(profile)을 읽을 수 없습니다. 다른 판이거나, 깨졌거나, 고쳐졌습니다."""
