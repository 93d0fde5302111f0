"""Erasure: everything that the lake and the state folder hold of one user goes, provably, and does not come back.

`plan` finds what is the user's, `rows` and `files` take it out, `marks` tells what had learned from it, `proof` looks for what is
left, `run` puts them in an order that a kill at any moment cannot harm.
"""
