"""무엇이 비밀인지, 무엇을 가리고 무엇을 가리지 않는지."""

from __future__ import annotations

import pytest

from mlops_lab.runner._secrets import Mask, is_secret


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "db_password",
        "dbPassword",
        "PGPASSWORD",
        "PASSWORD1",
        "DB_PASS",
        "dbpass",
        "SSHPASS",
        "MYSQL_PWD",
        "userPw",
        "passphrase",
        "api_token",
        "apiToken",
        "accessToken",
        "HF_TOKEN",
        "GITHUB_PAT",
        "tokens",
        "client_secret",
        "clientSecrets",
        "AWS_SECRET_ACCESS_KEY",
        "API_KEY",
        "apikey",
        "APIKey",
        "OPENAI_API_KEY",
        "privateKey",
        "private_key",
        "credentials",
        "비밀번호",
        "db_암호",
    ],
)
def test_secret_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "month",
        "tokenizer",
        "key",
        "sort_key",
        "primary_key",
        "public_key",
        "compass",
        "bypass",
        "passenger",
        "n_passengers",
        "passed_rows",
        "PWD",
        "OLDPWD",
        "pat",
        "patience",
        "author",
        "secretary",
        "keyboard",
        "POSTGRES_PASSWORD_FILE",
        "token_path",
        "credentials_dir",
    ],
)
def test_ordinary_names(name: str) -> None:
    assert not is_secret(name)


def mask(parameters: dict[str, object] | None = None, **env: str) -> Mask:
    return Mask.of(parameters or {}, env)


def test_what_is_masked() -> None:
    assert mask({"dbPassword": "abcd"}).text("abcd") == "***"
    assert mask(PGPASSWORD="hunter22").text("hunter22") == "***"
    assert mask({"tokens": ["first-1", "second-2"]}).text("first-1 second-2") == "*** ***"
    assert mask({"db": {"host": "here", "password": "abcd"}}).text("here abcd") == "here ***"
    assert mask({"credentials": {"user": "kim-1", "x": "abcd"}}).text("kim-1 abcd") == "*** ***"
    assert mask(DATABASE_URL="postgres://me:abcd1@host/db").text("me abcd1 host") == "me *** host"


def test_what_is_not_masked() -> None:
    assert mask({"max_tokens": 4096}).text("4096") == "4096"
    assert (
        mask({"password": "abc"}, API_KEY="short").text("abc short") == "abc short"
    )  # 짧은 것을 가리면 글이 망가집니다.
    assert (
        mask(PWD="/home/someone", HOME_URL="http://host/path").text("/home/someone host")
        == "/home/someone host"
    )


@pytest.mark.parametrize(
    ("secret", "is_certain"),
    [("postgres", False), ("changeme", False), ("s3cr3t-12", True), ("Password", True), ("a" * 16, True)],
)
def test_whether_the_same_text_can_be_chance(secret: str, is_certain: bool) -> None:
    for value in (secret, f"x {secret}", [{"a": secret}]):
        assert mask(APP_SECRET=secret).found_in(value) == ("APP_SECRET", is_certain)
    assert mask(APP_SECRET=secret).found_in(["other", 1, None]) is None
