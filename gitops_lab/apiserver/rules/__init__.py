"""CEL rules of custom resources (x-kubernetes-validations): checked when a definition is written
(definition.py), evaluated when an object is (evaluation.py).
"""
