"""The context stage: scrubbed pages become small named pages, and recorded events become actions on those names.

parse -> targets.locate -> build -> cards -> names -> prune -> emit        (one page: simplify.py)
contexts.py and actions.py do a day; assets.py and checks.py put it into the graph.
"""
