"""Experiments and policies as data: the files that come along, one a profile, and those that a user writes beside shopcart.yaml.

Reading, checking and expanding files. What a value means is in `platform/experiment.py` and `platform/policy.py`.
"""
