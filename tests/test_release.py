"""`course release`, in repositories of its own."""

import subprocess
from datetime import date

import pytest
import yaml

from helpers.staff import release
from helpers.staff.__main__ import main

CHANGES = (
    "# Changelog\n\n## [1.0.0] - Unreleased\n\n### Added\n\n- All of it.\n\n## [0.9.0] - 2020-01-01\n\n- x\n"
)
FILES = {
    "CHANGELOG.md": CHANGES,
    "pyproject.toml": '[project]\nversion = "1.0.0"\n',
    "CITATION.cff": "cff-version: 1.2.0\nversion: 1.0.0\ndate-released: 2020-01-01\nlicense: MIT\n",
}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A small course on the branch main, ready for version 1.0.0; and a `git` for it."""
    monkeypatch.setattr(release, "ROOT", tmp_path)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "t")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "t@example.org")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "x"]):
        git(tmp_path, *words)
    return tmp_path


def git(folder, *words):
    return subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    git(folder, "commit", "-qam", "y")


def test_a_version_is_dated_committed_and_tagged(repository, capsys):
    assert main(["release", "1.0.0", "--tested"]) == 0
    assert "git push origin main v1.0.0" in capsys.readouterr().out
    today = date.today().isoformat()
    assert git(repository, "cat-file", "-t", "v1.0.0") == "tag"
    assert git(repository, "rev-parse", "v1.0.0^{commit}") == git(repository, "rev-parse", "HEAD")
    changes = git(repository, "show", "v1.0.0:CHANGELOG.md")
    assert f"## [1.0.0] - {today}\n" in changes and "[0.9.0] - 2020-01-01" in changes
    citation = yaml.safe_load(git(repository, "show", "v1.0.0:CITATION.cff"))
    assert (citation["version"], str(citation["date-released"])) == ("1.0.0", today)
    assert git(repository, "status", "--porcelain") == ""
    assert main(["release", "1.0.0", "--tested"]) == 1
    assert "v1.0.0 is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda at: (at / "new.txt").write_text("x"), "not committed"),
        (lambda at: git(at, "switch", "-qc", "draft"), "The branch is draft"),
        (lambda at: git(at, "checkout", "-q", "--detach"), "The branch is no branch"),
        (lambda at: git(at, "tag", "v1.0.0"), "v1.0.0 is there already"),
        (lambda at: commit(at, "CHANGELOG.md", CHANGES.replace("1.0.0", "1.1.0")), "no section `## [1.0.0]"),
        (lambda at: commit(at, "CHANGELOG.md", CHANGES.replace("- All of it.", "")), "says nothing of 1.0.0"),
        (
            lambda at: commit(at, "pyproject.toml", '[project]\nversion = "0.9.0"\n'),
            "pyproject.toml has the v",
        ),
        (lambda at: commit(at, "CITATION.cff", "version: 0.9.0\n"), "CITATION.cff has the version 0.9.0"),
    ],
)
def test_what_is_in_the_way_is_one_sentence_and_nothing_changes(repository, capsys, spoil, said):
    spoil(repository)
    before = git(repository, "rev-parse", "HEAD"), git(repository, "tag"), git(repository, "status", "-s")
    assert main(["release", "1.0.0", "--tested"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and said in lines[0]
    assert before == (
        git(repository, "rev-parse", "HEAD"),
        git(repository, "tag"),
        git(repository, "status", "-s"),
    )


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0rc1", "01.0.0"])
def test_a_version_is_three_numbers(version, repository, capsys):
    assert main(["release", version]) == 2
    assert "is no version" in capsys.readouterr().err


def test_the_tests_run_last_and_must_pass(repository, monkeypatch, capsys):
    called, run = [], subprocess.run

    def fake(words, **options):
        if words[0] == "git":
            return run(words, **options)
        called.append(words[1:])
        return subprocess.CompletedProcess(words, 3)

    monkeypatch.setattr(release.subprocess, "run", fake)
    assert main(["release", "1.0.0"]) == 1
    assert called == [["-m", "helpers.staff", "test"]] and "A test fails" in capsys.readouterr().err
    assert main(["release", "2.0.0"]) == 1 and len(called) == 1, "where something else is wrong, none runs"


def test_without_a_repository_or_git_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["release", "1.0.0"]) == 2 and "not a git repository" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["release", "1.0.0"]) == 2 and "no git here" in capsys.readouterr().err
