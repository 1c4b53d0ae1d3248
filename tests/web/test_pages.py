"""The pages over HTTP: what is served, under which policy, and how large it is. No browser."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.web.pages import PHONE_WORKER_PATH, STATIC, WORKER_PATH, page_routes

VENDOR = STATIC / "vendor" / "qr"
OURS = sorted(path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts)
SCRIPTS = [path for path in OURS if path.suffix == ".js"]
PAGES = {"/counter": "counter", "/office": "office", "/pass": "phone"}
"""The folder of each page; its script is called like it."""

WORKERS = {"/counter": WORKER_PATH, "/pass": PHONE_WORKER_PATH}
BYTES_MAX = 150_000
LINES_MAX, COLUMNS_MAX = 200, 180


@pytest.fixture
def client() -> TestClient:
    """A client of the pages alone."""
    return TestClient(Starlette(routes=page_routes()), base_url="http://127.0.0.1")


def test_the_policy_is_strict(client: TestClient) -> None:
    for path in (*PAGES, "/pages/counter/counter.js", *WORKERS.values()):
        headers = client.get(path).headers
        policy = dict(each.partition(" ")[::2] for each in headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            **dict.fromkeys(("script-src", "style-src", "connect-src", "img-src"), "'self'"),
            **dict.fromkeys(("manifest-src", "worker-src"), "'self'"),
            **dict.fromkeys(("base-uri", "form-action", "frame-ancestors"), "'none'"),
            "require-trusted-types-for": "'script'",
            "trusted-types": "laurel",
        }
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["permissions-policy"].startswith("camera=(self), microphone=()")
        assert "set-cookie" not in headers


def test_a_kept_copy_is_asked_for_and_not_sent_again(client: TestClient) -> None:
    first = client.get("/counter")
    assert first.headers["cache-control"] == "no-cache"
    assert client.get("/counter", headers={"if-none-match": first.headers["etag"]}).status_code in (200, 304)
    script = client.get("/pages/codes.js")
    assert client.get("/pages/codes.js", headers={"if-none-match": script.headers["etag"]}).status_code == 304


def test_the_worker_alone_may_look_after_the_page(client: TestClient) -> None:
    for page, worker in WORKERS.items():
        assert client.get(worker).headers["service-worker-allowed"] == page
    assert "service-worker-allowed" not in client.get("/pages/counter/counter.js").headers


@pytest.mark.parametrize(
    "path", ["/pages/../pages.py", "/pages/%2e%2e/ide/ide.js", "/pages/..%2f..%2fpages.py", "/pages/"]
)
def test_nothing_outside_the_folder_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_pages_are_read_and_nothing_is_sent_to_them(client: TestClient) -> None:
    assert {client.post(page).status_code for page in PAGES} == {405}
    assert client.post("/pages/codes.js").status_code == 405


@pytest.mark.parametrize("folder", PAGES.values())
def test_no_script_and_no_style_is_inline(folder: str) -> None:
    page = (STATIC / folder / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page) == []


def _reached(path: Path, seen: set[Path]) -> set[Path]:
    """Return the modules that one imports, with theirs."""
    if path not in seen:
        seen.add(path)
        for name in re.findall(
            r'^import [^;]*? from [\'"](\.[^\'"]*)[\'"];$', path.read_text("utf-8"), re.MULTILINE
        ):
            _reached((path.parent / name).resolve(), seen)
    return seen


def _files_of(page: str, *, decoder: bool = True) -> set[str]:
    """Return the addresses of all that a page is made of; the decoder comes when a camera is first used."""
    folder = STATIC / PAGES[page]
    named = set(re.findall(r'(?:src|href)="(/pages/[^"]+)"', (folder / "index.html").read_text("utf-8")))
    modules = _reached(folder / f"{PAGES[page]}.js", set())
    if (reader := folder / "reader.js").exists():
        modules |= _reached(reader, set()) if decoder else {reader}
    return {page, *named, *(f"/pages/{path.relative_to(STATIC).as_posix()}" for path in modules)}


@pytest.mark.parametrize("page", WORKERS)
def test_a_worker_keeps_exactly_the_files_of_its_page(client: TestClient, page: str) -> None:
    worker = (STATIC / PAGES[page] / "worker.js").read_text("utf-8")
    [listed] = re.findall(r"const SHELL = (\[.*?\]);", worker, re.DOTALL)
    kept = json.loads(re.sub(r",\s*\]", "]", listed))
    assert sorted(kept) == sorted(_files_of(page))
    assert {path: client.get(path).status_code for path in kept} == dict.fromkeys(kept, 200)


@pytest.mark.parametrize("folder", PAGES.values())
def test_all_modules_are_asked_for_at_once(folder: str) -> None:
    page, script = (STATIC / folder / "index.html").read_text("utf-8"), STATIC / folder / f"{folder}.js"
    preloaded = re.findall(r'<link rel="modulepreload" href="/pages/([^"]+)">', page)
    modules = _reached(script, set()) - {script}
    assert preloaded == sorted(one.relative_to(STATIC).as_posix() for one in modules)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_small(client: TestClient, page: str) -> None:
    contents = [client.get(path).content for path in _files_of(page, decoder=False)]
    whole, packed = sum(map(len, contents)), sum(len(gzip.compress(content)) for content in contents)
    print(f"{page}: {whole} bytes, {packed} compressed file by file; a decoder comes when it is needed")
    assert whole < BYTES_MAX


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_a_script_keeps_to_the_house_numbers(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= COLUMNS_MAX or path.name.startswith("words_") or path.name == "icons.js"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_a_script_makes_no_markup_and_keeps_nothing_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")
    assert [
        one for one in (*forbidden, "localStorage", "sessionStorage", "document.cookie", "console.") if one in text
    ] == []


def _tokens() -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours of the design language, light and dark."""
    text = (STATIC / "design.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    colours = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in (light, dark)]
    return colours[0], {**colours[0], **colours[1]}


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_keep_the_contrast_that_the_design_language_promises(scheme: int) -> None:
    colours = _tokens()[scheme]
    pairs = [(name, f"{name}-ink") for name in ("yes", "done", "held", "back", "no", "notice", "unsure", "line")]
    pairs += [("paper", "ink"), ("sheet", "ink"), ("sheet", "ink-soft"), ("laurel", "on-laurel")]
    assert [pair for pair in pairs if _contrast(colours[pair[0]], colours[pair[1]]) < 7] == []
    edges = [("sheet", "edge"), ("sheet", "laurel"), ("sheet", "focus"), ("paper", "focus")]
    assert [pair for pair in edges if _contrast(colours[pair[0]], colours[pair[1]]) < 3] == []


def test_other_peoples_files_are_those_that_are_named() -> None:
    named = dict(
        re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", (VENDOR / "VENDOR.md").read_text(), re.MULTILINE)
    )
    there = {file.name for file in VENDOR.iterdir()} - {"VENDOR.md", ".gitattributes"}
    assert named == {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in there}
