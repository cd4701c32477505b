"""What stands around the course: forms, workflows, citation, changelog, hooks, container, and links."""

import json
import os
import re
import subprocess
import sys
import urllib.parse

import pytest
import yaml

from helpers import ROOT
from helpers.assets import tomllib
from helpers.staff.__main__ import LINT, add_options

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
SCHEMAS = {
    "github-issue-forms": sorted(FORMS.glob("[0-9]*.yml")),
    "github-issue-config": [FORMS / "config.yml"],
    "github-workflows": sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    "citation-file-format": [ROOT / "CITATION.cff"],
}
PAGES = [*ROOT.glob("*.md"), ROOT / "data" / "README.md", ROOT / "slides" / "README.md"]
PAGES += sorted((ROOT / "docs").rglob("*.md"))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def against_schema(name, files):
    """Compare files with a published schema, as check-jsonschema brings it: exit code and what it says."""
    nothing = f"NO SCHEMA: this environment has no check-jsonschema that knows {name}"
    command = pytest.importorskip("check_jsonschema", reason=nothing).main
    from click.testing import CliRunner  # it is written with click

    done = CliRunner().invoke(command, ["--builtin-schema", f"vendor.{name}", *map(str, files)])
    if "'--builtin-schema'" in done.output:
        pytest.skip(nothing)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", SCHEMAS)
def test_forms_workflows_and_citation_are_what_their_schemas_ask_for(name, tmp_path):
    assert SCHEMAS[name]
    code, said = against_schema(name, SCHEMAS[name])
    assert code == 0, said
    if name == "github-issue-forms":
        wrong = tmp_path / "wrong.yml"
        wrong.write_text(read(SCHEMAS[name][0]).replace("type: textarea", "type: text", 1), encoding="utf-8")
        assert against_schema(name, [wrong])[0] == 1


def test_every_supported_python_is_tested_and_windows_and_macos_too():
    jobs = yaml.safe_load(read(".github/workflows/test.yml"))["jobs"]
    low, high = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups())
    assert jobs["test"]["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(low, high)]
    assert jobs["elsewhere"]["strategy"]["matrix"]["os"] == ["windows-latest", "macos-latest"]
    words = " ".join(step.get("run", "") for step in jobs["elsewhere"]["steps"]).split()
    assert {"01", "04"} <= set(words) and "bash" in str(jobs["elsewhere"]["defaults"])
    assert all(list(ROOT.glob(word)) for word in words if word.startswith("tests/"))


def test_a_nightly_failure_opens_one_issue_not_one_a_night(tmp_path):
    jobs = yaml.safe_load(read(".github/workflows/nightly.yml"))["jobs"]
    assert set(jobs["tell"]["needs"]) == set(jobs) - {"tell"}
    (step,) = jobs["tell"]["steps"]
    lines = ["#!/bin/sh", 'test "$2" = list && cat open', 'test "$2" = create && echo "$4" >> open', "true"]
    (tmp_path / "gh").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "open").touch()
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "RUN": "https://example.org/1"}
    for night in range(1, 4):
        subprocess.run(["bash", "-ec", step["run"]], cwd=tmp_path, env=environment, check=True)
        assert (tmp_path / "open").read_text(encoding="utf-8") == "The nightly run fails\n", night


def test_the_hooks_are_what_course_test_runs():
    (local,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert [hook["entry"] for hook in local["hooks"]] == [
        " ".join(words).replace("codespell_lib", "codespell") for words in LINT
    ]
    packages = {name for hook in local["hooks"] for name in hook["additional_dependencies"]}
    assert packages - {"tomli>=2"} <= set(PROJECT["optional-dependencies"]["dev"])


def test_spelling_is_checked_with_the_courses_words(tmp_path):
    pytest.importorskip("codespell_lib", reason="NO CODESPELL: not installed here")
    file = tmp_path / "page.md"
    words = [sys.executable, "-m", "codespell_lib", "--toml", str(ROOT / "pyproject.toml"), str(file)]
    slip = "Teh shoe.\n"  # codespell:ignore
    for text, right in (("An einsum of nd and dh, of kinds bui.\n", True), (slip, False)):
        file.write_text(text, encoding="utf-8")
        assert (subprocess.run(words, cwd=ROOT, capture_output=True).returncode == 0) == right


def test_the_container_has_a_supported_python_and_the_ports_of_the_demo():
    container = json.loads(read(".devcontainer/devcontainer.json"))
    newest = int(PROJECT["requires-python"].rpartition("<3.")[2]) - 1
    assert container["image"].endswith(f":3.{newest}")
    ports = {}
    add_options("demo", lambda name, **options: ports.update({name: options.get("default")}))
    assert container["forwardPorts"][0] == ports["--port"] == 7860
    assert {str(port) for port in container["forwardPorts"]} == set(container["portsAttributes"])


def test_citation_and_project_name_the_same_version_and_authors():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == PROJECT["version"]
    assert citation["title"] == read("README.md").splitlines()[0].removeprefix("# ")
    (author,) = citation["authors"]
    assert re.search(rf"Copyright \(c\) \d+ {author['name']}\n", read("LICENSE"), re.IGNORECASE)
    assert citation["license"] == ["MIT", "CC-BY-4.0"]


def test_the_changelog_keeps_its_format():
    heads = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    matches = [
        re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d|Unreleased)", head) for head in heads
    ]
    assert heads and all(matches)
    versions = [tuple(map(int, match.groups()[:3])) for match in matches]
    assert versions == sorted(set(versions), reverse=True) and (1, 0, 0) in versions
    kinds = re.findall(r"^### (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, place = urllib.parse.unquote(link).partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if place and target.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads], link
