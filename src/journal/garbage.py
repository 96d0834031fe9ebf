"""Python's garbage collector, told what kind of process a book lives in.

The collector walks every container that is alive again and again. A book keeps tens of thousands
of folded states that are never part of a cycle; walking them cost up to a third of all commands.
"""

import gc

YOUNG = 50_000
MIDDLE = 20
OLD = 50


def calm_collector() -> None:
    """Leave what is alive now out of all collections, and collect the rest less often.

    For the process's own start, once everything is imported and opened.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
