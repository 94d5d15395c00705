"""The same work done by other programs: each module knows one of them.

NAME; WORKLOADS it can do; `missing(python)`, why it can't run, "" when it can; `command(work, seconds, folder, python)`,
what renders that much sound, with whatever files it needs written to `folder`.  `python` is an interpreter that may have
packages which ours has not; modules that need some run themselves in it.
"""
