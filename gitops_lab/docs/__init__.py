"""The site: gathered from README.md, site/, the labs' own files and the command line's help.

`python -m gitops_lab.docs build|serve`. Nothing is written twice: a page about a lab is made from
the lab, the command reference by running the commands, the reference of checks from their code.
"""
