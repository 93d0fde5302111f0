"""How well the stage finds personal data, measured: made-up people, their data planted in made-up traffic, and what is left of it.

It runs the real `scrub_day`. The words of the planted sentences were written apart from rules.yaml, and rules must not be tuned on them.
"""
