"""How pytest-xdist deals tests out to its worker processes, and what it does when one of them dies."""

import pytest

from helpers import cores

NOTEBOOK = "::test_nbval_passes["
# Both build the page for phones, and install what it takes from npm: one after the other.
TOGETHER = {"tests/test_site.py": "tests/test_pocket.py"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file together, with data, kernels, ports and browser; a notebook goes alone."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.partition("::")[0]
            return nodeid if NOTEBOOK in nodeid else TOGETHER.get(file, file)

        def _assign_work_unit(self, node):
            """Notebooks keep every core busy; the one more worker takes files, whose tests often wait."""
            spare = self.nodes.index(node) >= cores()
            wanted = (unit for unit in self.workqueue if (NOTEBOOK in unit) != spare)
            if first := next(wanted, None):
                self.workqueue.move_to_end(first, last=False)
            super()._assign_work_unit(node)

        def _reschedule(self, node):
            """Give a worker two tests at least, or tell it that there are no more: else it would wait."""
            while (
                self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2
            ):
                self._assign_work_unit(node)
            if not self.workqueue and not node.shutting_down:
                node.shutdown()

        def remove_node(self, node):
            """Hand on what a dead worker left, but for the test in which it died: that one has failed."""
            units = self.assigned_work.pop(node)
            left = [(unit, test) for unit in units.values() for test, done in unit.items() if not done]
            if not left:
                return None
            unit, died = left[0]
            unit[died] = True
            self.workqueue.update({scope: unit for scope, unit in units.items() if not all(unit.values())})
            for other in self.assigned_work:
                self._reschedule(other)
            return died

    return ByFile(config, log)
