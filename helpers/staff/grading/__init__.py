"""Grade a folder of notebooks that strangers wrote.

How a submission runs. A worker process of its own starts behind a wall of bubblewrap: no network, no view of
other processes. In there, nbclient drives a Jupyter kernel that has one more wall around it: its own root
folder with read-only copies of Python and `helpers`, an empty working folder in memory, another user id where
that is possible, and limits on time, memory, processes, files and disk. Cells run in the order of the
notebook, as in nbgrader. Only the worker holds the tests; each reaches the kernel as text, when its turn has
come, and outside the kernel's history. Points are counted by the worker from the kernel's replies.

What an attacker can not do: read the file of the tests, the solutions, other submissions or results; write a
grade; reach a network, this machine's loopback included; touch files or processes outside; take more than
the limits; stop the run of the others.

What an attacker can do: student code and tests share one Python process. Code that hooks into IPython can
see the text of a test at the moment it runs, and could forge the reply to it. Cells around each test (see
`controls`) catch the ways that do not aim at this very grader: replaced comparisons and self-checks, names
with another meaning, swallowed errors, a kernel that says yes to everything. A run that fails there is
flagged and earns no points until a person has looked. A forger who tells controls from tests by their text is
not caught: reading the notebooks of those with full marks is still the teacher's task. The kernel of the
operating system is shared too: a namespace is no virtual machine.
"""
