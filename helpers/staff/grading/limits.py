"""What one submission may take."""

from __future__ import annotations

from dataclasses import dataclass

GIGA, MEGA = 2**30, 2**20


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; each is enforced from outside the submission's own process.

    Attributes
    ----------
    cell_seconds, seconds : float
        Wall time of a cell, and of the whole notebook.
    cpu_seconds : int
        Processor time of a process; several cores add up.
    memory : int
        Bytes of memory of all processes together.
    processes : int
        Processes and threads.
    file_size, disk : int
        Bytes of one file, and of all files together. Files lie in memory, beside `memory`.
    output : int
        Bytes that the outputs of the notebook may take; what comes after is dropped.
    """

    cell_seconds: float = 120
    seconds: float = 900
    cpu_seconds: int = 1800
    memory: int = 3 * GIGA
    processes: int = 256
    file_size: int = 256 * MEGA
    disk: int = 512 * MEGA
    output: int = 4 * MEGA
