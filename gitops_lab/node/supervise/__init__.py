"""The small process that starts the processes of pods and ends their whole trees.

`main.py` is run as a script beside the host. It forks one supervisor for each process that it
is asked to start. Supervisors hold the reading end of a pipe, the lifeline, whose other end only
the host has: when the host is gone, however it went, each supervisor kills its tree and ends.
"""
