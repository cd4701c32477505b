"""What the tests of exercises share: what a student reads, and the answers that every check must meet."""

from helpers import check

REPEATS = 200  # no draw may hide a slip


def said(checking, answer, capsys):
    """What the check cell prints about an answer."""
    check.exercise(checking, answer)
    return capsys.readouterr().out


def gets_its_hint(checking, answer, hint, capsys):
    """Whatever is drawn, a wrong answer is told so in one line that holds its hint."""
    for _ in range(REPEATS):
        found = said(checking, answer, capsys)
        assert found.startswith("not yet") and hint in found and found.count("\n") == 1


def stub(*given):
    return ...


def nothing(*given):
    pass
