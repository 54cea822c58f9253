"""`python -m watchdog`: the command line."""

from watchdog.cli import main

main()
