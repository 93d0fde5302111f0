"""The optional last layer: a language model reads the free text that is left, and says which words of it are personal.

Off unless shopcart.yaml names a generator as `privacy_llm`. One snippet a request, so that no snippet can speak for another;
the only effect that an answer can have is that words of its own snippet are replaced. Answers are kept as positions under keyed
hashes: neither the snippet nor a word of the answer is ever stored.
"""
