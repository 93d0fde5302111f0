"""Texts, not code: the versioned prompts and the think-aloud examples that go into them.

`paper_v1.txt` is the paper's prompt (appendix A) as far as it is printed; `answer_per_*_v1.txt` say how the answer is written.
`brief_v1.txt` is the same for a model too small for JSON and whole pages: it speaks to the customer and ends in a question,
because the small default model, told to write about a customer, answers as a shop's assistant. Lines that begin with # are
not sent. A changed prompt is a new file with a new number: it changes every request, so every rationale is asked for anew.
"""
