"""Privacy: takes personal data out of events and pages, before anything is named or simplified.

Patterns with checks, zones as data, keyed pseudonyms. It reads the raw tables of `traffic`; every later stage reads this
stage's tables. Deciding who is admitted belongs to `traffic`, deciding what a model sees to `context`.
"""
