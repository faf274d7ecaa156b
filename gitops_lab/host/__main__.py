"""`python -m gitops_lab.host cluster|loop`: runs until it is told to end."""

import argparse
import gc
import logging
import sys
from pathlib import Path

from gitops_lab.host.ready import may_go_on, say_failed

_COLLECT_AFTER = 20_000


def main(arguments: list[str]) -> int:
    """Run one of the two processes; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m gitops_lab.host")
    parser.add_argument("process", choices=("cluster", "loop"))
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--cluster", default="main")
    parser.add_argument("--git-port", type=int, default=0)
    parser.add_argument("--page-port", type=int, default=0)
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    # More watches than kept connections is the normal case here, and no cause for alarm.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    gc.disable()  # what is imported stays: looking through it only takes time
    try:
        if options.process == "cluster":
            from gitops_lab.host import cluster

            _collect()
            if may_go_on():
                cluster.run(options.workspace, options.cluster)
        else:
            from gitops_lab.host import loop

            # A pass makes thousands of small values, and hardly any that refer to each other.
            gc.set_threshold(_COLLECT_AFTER, 20, 100)
            loop.prepare(options.workspace)
            _collect()
            if may_go_on():
                loop.run(options.workspace, options.git_port, options.page_port)
    except Exception as error:
        logging.getLogger(__name__).exception("the %s process ends", options.process)
        say_failed(error)
        return 3
    return 0


def _collect() -> None:
    """From now on, but never again what is there already."""
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
