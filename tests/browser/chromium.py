"""한국어, 서울 시간대의 Chromium 한 개. 아무것도 내려받지 않고, 빈 프로필로 시작합니다."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.ui import WebDriverWait

from mlops_lab.lesson import plotting

SIZE = (1280, 800)
MAX_BYTES = 200_000
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=ko-KR",
)
_NOT_YET = (
    NoSuchElementException,
    StaleElementReferenceException,
    ElementClickInterceptedException,
    ElementNotInteractableException,
)
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{folder}</dir>
  <alias binding="strong"><family>sans-serif</family><prefer><family>NanumGothic</family></prefer></alias>
</fontconfig>
"""


def binary() -> str | None:
    """브라우저. Debian의 chromium이나, GitHub의 컴퓨터에 있는 Chrome."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def driver_path() -> str | None:
    """ChromeDriver. 자리를 알려 주므로 Selenium Manager는 아무것도 내려받지 않습니다."""
    return shutil.which("chromedriver") or shutil.which(
        "chromedriver", path=os.environ.get("CHROMEWEBDRIVER")
    )


def missing() -> list[str]:
    """설치해야 할 Debian의 꾸러미."""
    return ([] if binary() else ["chromium"]) + ([] if driver_path() else ["chromium-driver"])


@contextmanager
def chromium() -> Iterator[Chrome]:
    """빈 프로필의 브라우저. 나갈 때 프로필까지 없앱니다."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(_FONTS.format(folder=Path(plotting.__file__).parent / "fonts"), "utf-8")
        options = ChromeOptions()
        options.binary_location = binary() or "chromium"
        for flag in (*_FLAGS, f"--user-data-dir={folder}/profile"):
            options.add_argument(flag)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Chromium은 root일 때 sandbox를 쓰지 못합니다.
        options.add_experimental_option("prefs", {"intl.accept_languages": "ko-KR,ko"})
        environment = {
            **os.environ,
            "TZ": "Asia/Seoul",
            "LANGUAGE": "ko",
            "HOME": folder,
            "FONTCONFIG_FILE": str(fonts),
        }
        driver = Chrome(options, ChromeService(driver_path(), env=environment))
        try:
            resize(driver)
            yield driver
        finally:
            driver.quit()


def resize(driver: Chrome, width: int = SIZE[0], height: int = SIZE[1]) -> None:
    """보이는 화면의 크기(픽셀)를 정합니다."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def wait(driver: Chrome, seconds: float = 180) -> WebDriverWait[Chrome]:
    """조건이 이루어질 때까지 기다리는 것. 시간은 이루어지지 않을 때의 한계일 뿐입니다."""
    return WebDriverWait(driver, seconds, poll_frequency=0.2, ignored_exceptions=_NOT_YET)


def click(driver: Chrome, how: str, what: str) -> None:
    """누를 수 있게 되면 누릅니다. React가 화면을 다시 그려 놓친 것은 다시 찾습니다."""
    wait(driver).until(lambda _: driver.find_element(how, what).click() or True, f"누를 수 없습니다: {what}")


def picture(driver: Chrome, path: Path) -> None:
    """보이는 화면을 `path`에 씁니다. 200 kB가 넘으면 색을 256가지로 줄입니다."""
    data = driver.get_screenshot_as_png()
    if len(data) > MAX_BYTES:
        small = io.BytesIO()
        Image.open(io.BytesIO(data)).convert("RGB").quantize(256).save(small, "PNG", optimize=True)
        data = small.getvalue()
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(data)
    temporary.replace(path)
