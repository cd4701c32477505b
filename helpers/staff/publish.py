"""Point a fork at itself: badges and setup cells."""

import re

from helpers.staff import course, notebooks

REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


def publish(repository: str, ref: str) -> None:
    """Write repository and ref into pyproject.toml, then into every badge and setup cell.

    `repository` is "owner/name" on GitHub, `ref` the branch or tag that lessons in Colab use.
    """
    if not REPOSITORY.fullmatch(repository):
        raise ValueError(f"{repository!r} is not a repository. Give owner/name, as in the address on GitHub.")
    if not REF.fullmatch(ref):
        raise ValueError(f"{ref!r} is not a branch or tag. Give a name such as main or v1.0.")
    text = course.PYPROJECT.read_text(encoding="utf-8")
    text = re.sub(r'^repository = ".*"$', f'repository = "{repository}"', text, flags=re.MULTILINE)
    text = re.sub(r'^ref = ".*"$', f'ref = "{ref}"', text, flags=re.MULTILINE)
    course.PYPROJECT.write_text(text, encoding="utf-8")
    notebooks.refresh(course.Home(repository, ref))


def main(options) -> int:
    """Publish; ValueError if repository or ref cannot be one."""
    publish(options.repository, options.ref)
    print(f"Badges and setup cells now point at {options.repository}, {options.ref}.")
    print("Those of the homework follow with `course homework`, which proves its marks again.")
    return 0
