#!/usr/bin/env python
"""The door for every management command."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linksite.settings")
    if sys.argv[1:2] == ["bench_sync"]:
        from linksite import benching

        benching.prepare()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
