"""The story of a test session: step by step what the person saw and did, and what each policy expected.

`told`: tables to a story. `text`, `page`: a story for a terminal, for Markdown and for a browser; `shown`: a page of the shop made
harmless. `lake`: sessions and their tables. `choice`, `explorer`: which sessions are told, and their files. Page text and model
output are hostile: what leaves `told` is one line of visible characters; who shows it escapes it.
"""
