"""`python -m gitops_lab.cli`, as scripts/lab runs it."""

import sys

from gitops_lab.cli.program import main

sys.exit(main())
