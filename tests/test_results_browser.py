"""The report in a real browser: nothing is asked of any other place, and the decision fills one printed page."""

import json
import os
import re
import shutil
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from report_study import invented_study
from small_scenario import write_small

from optimizer import Reason
from results import charts, provenance_of, summarize, write_report
from results.report import render_report
from results.validation import Verdict, published_file, read_published
from results.wording import LANGUAGES, Lang
from scenarios import load_scenario
from sim import Interval

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here; `make test` brings it where it may")
QUIET = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-extensions", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


def opened(page: Path, folder: Path) -> tuple[set[str], int]:
    """Print a page to paper; the addresses that it asked for by name or number, and how many sheets it takes.

    Requests of the browser's own services belong to no page; no name is ever resolved.
    """
    log, paper = folder / "requests.json", folder / "paper.pdf"
    root = ("--no-sandbox",) if os.getuid() == 0 else ()
    places = (f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", f"--print-to-pdf={paper}")
    subprocess.run([str(BROWSER), *QUIET, *root, *places, page.as_uri()], check=True, capture_output=True, timeout=300)
    found = json.loads(log.read_text("utf-8"))
    started = found["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    asked = [event["params"] for event in found["events"] if event["type"] == started and "url" in event.get("params", {})]
    of_page = {one["url"] for one in asked if one.get("network_isolation_key", "").startswith("file:")}
    return of_page, len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))


def test_a_request_of_a_page_is_seen(tmp_path: Path) -> None:
    """What the next test relies on: a picture and a style sheet from elsewhere are both found."""
    page = tmp_path / "page.html"
    page.write_text('<img src="http://outside.example/a.png"><link rel="stylesheet" href="https://192.0.2.1/b.css">')
    assert opened(page, tmp_path) == ({"http://outside.example/a.png", "https://192.0.2.1/b.css"}, 1)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_asks_for_nothing(tmp_path: Path, lang: Lang) -> None:
    """Opened and printed in either language, with every picture in it."""
    scenario = load_scenario(write_small(tmp_path / "small"))
    page = write_report(invented_study(scenario, Reason("R-STAY-001", ())), tmp_path / "run", lang=lang)
    asked, sheets = opened(page, tmp_path)
    assert not asked
    assert sheets > 5


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_decision_fills_one_sheet(tmp_path: Path, lang: Lang) -> None:
    """Three phases of Binh Duong with all that the first page can say: one sheet of A4, and the evidence begins the next."""
    scenario, published = load_scenario("binh-duong"), published_file("binh-duong")
    assert published is not None
    held = tuple(Verdict(one, Interval(1, 1, 1), "below", 0.1) for one in read_published(published, scenario))
    study = replace(invented_study(scenario, Reason("R-STAY-001", ()), moves=40, replications=3), validation=held)
    blank: charts.Figures = defaultdict(lambda: dict.fromkeys(LANGUAGES, "<svg></svg>"))
    text = render_report(summarize(study), blank, provenance_of(study), lang=lang)
    first, rest = text.split('<section id="evidence"')
    page = tmp_path / "page.html"
    page.write_text(first + "</main></td></tr></tbody></table></body></html>", "utf-8")
    assert opened(page, tmp_path) == (set(), 1)
    assert rest.startswith(' class="new-page"')
