"""Texts, not code: the versioned prompts and the think-aloud examples that go into them.

`synthesis_v1.txt` is the paper's "Reasoning Synthesize Prompt" (appendix A) for one action instead of a whole journey, with
the sentence completed that breaks off there ("The rationale should follow"). It speaks to the customer and ends in a
question, because the small default model, told to write about a customer, answers as a shop's assistant. A changed prompt
is a new file with a new number: it changes every request, so every rationale is asked for anew.
"""
