"""What one submission may take."""

from dataclasses import dataclass

GIGA, MEGA = 2**30, 2**20


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; each is enforced from outside the submission's own process."""

    cell_seconds: float = 120  # wall time of a cell
    seconds: float = 900  # and of the whole notebook
    cpu_seconds: int = 1800  # processor time of a process; several cores add up
    memory: int = 3 * GIGA  # bytes of all processes together
    processes: int = 256  # and threads
    file_size: int = 256 * MEGA  # bytes of one file
    disk: int = 512 * MEGA  # and of all files together, which lie in memory, beside `memory`
    output: int = 4 * MEGA  # bytes of the notebook's outputs; what comes after is dropped
