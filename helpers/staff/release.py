"""Check everything, date the changelog, and tag a version: `course release 1.0.0`.

Nothing is sent anywhere: the last line says what to push.
"""

import re
import subprocess
import sys
from datetime import date

from helpers import ROOT

BRANCH = "main"


def git(*words: str) -> str:
    """Run git in the course's folder; give what it prints. ValueError with its last line if it fails."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise ValueError("There is no git here. Install it to release a version.") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()[-1]
        raise ValueError(f"`git {words[0]}` failed: {said}")
    return done.stdout.strip()


def faults(version: str) -> list[str]:
    """List what keeps a version from being released, a sentence each; the tests are not run here."""
    found = []
    if git("status", "--porcelain"):
        found.append("There are changes that are not committed: commit them, or take them back.")
    if (branch := git("branch", "--show-current")) != BRANCH:
        found.append(f"The branch is {branch or 'no branch'}: a version is released from {BRANCH}.")
    if git("tag", "--list", f"v{version}"):
        found.append(f"The tag v{version} is there already: choose the next version.")
    head = rf"^## \[{re.escape(version)}\] - Unreleased\n(.*?)(?=^## |\Z)"
    section = re.search(head, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M | re.S)
    if not section:
        found.append(f"CHANGELOG.md has no section `## [{version}] - Unreleased`: write what has changed.")
    elif not re.search(r"^- \S", section[1], re.M):
        found.append(f"CHANGELOG.md says nothing of {version}: write what has changed.")
    for name, pattern in {
        "pyproject.toml": r'^version = "(.+)"$',
        "CITATION.cff": r"^version: (.+)$",
    }.items():
        here = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.M)
        if not here or here[1] != version:
            found.append(f"{name} has the version {here and here[1]}: write {version} there.")
    return found


def tag(version: str) -> None:
    """Write today's date into changelog and citation, commit the two, and tag the commit."""
    today, (changes, citation) = f"{date.today():%Y-%m-%d}", (ROOT / "CHANGELOG.md", ROOT / "CITATION.cff")
    text = changes.read_text(encoding="utf-8").replace(f"[{version}] - Unreleased", f"[{version}] - {today}")
    changes.write_text(text, encoding="utf-8")
    text = re.sub(r"^date-released:.*\n", "", citation.read_text(encoding="utf-8"), flags=re.M)
    text = re.sub(r"^(version: .*\n)", rf"\1date-released: {today}\n", text, flags=re.M)
    citation.write_text(text, encoding="utf-8")
    git("commit", "-m", f"Version {version}", changes.name, citation.name)
    git("tag", "-a", f"v{version}", "-m", f"Version {version}")


def main(options) -> int:
    """Release a version; returns 1, and leaves all as it was, if anything is in the way."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", options.version):
        raise ValueError(f"{options.version} is no version: write three numbers, such as 1.0.0.")
    found = faults(options.version)
    if not found and not options.tested:
        if subprocess.run([sys.executable, "-m", "helpers.staff", "test"], cwd=ROOT).returncode:
            found = ["A test fails: see above. Nothing was tagged."]
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        tag(options.version)
        print(f"Tagged v{options.version}. Send it with `git push origin {BRANCH} v{options.version}`.")
    return int(bool(found))
