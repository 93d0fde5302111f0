"""Chat templates as the model families write them (without their parts about tools), each with a tokenizer of bytes."""

from dataclasses import dataclass

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast


@dataclass(frozen=True)
class Dialect:
    """A template, its special tokens, and which of them begin a text and end a turn."""

    template: str
    special: tuple[str, ...]
    end: str
    begin: str | None = None

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """A token a byte, one for each special token, and, as in GPT-2, one for two line breaks that nothing follows."""
        alphabet = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "ĊĊ"]
        vocabulary = {letters: number for number, letters in enumerate(alphabet)}
        inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[("Ċ", "Ċ")]))
        inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        inner.decoder = decoders.ByteLevel()
        made: PreTrainedTokenizerFast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
            tokenizer_object=inner,
            bos_token=self.begin,
            eos_token=self.end,
            additional_special_tokens=list(self.special),
        )
        made.chat_template = self.template
        return made


_CHATML = (
    "{% for m in messages %}SYSTEM{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_DEFAULT = (
    "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nNAME<|im_end|>\n' }}{% endif %}"
)
_LLAMA = (
    "{{ bos_token }}{% set date = date_string if date_string is defined else strftime_now('%d %b %Y') %}"
    "{% set has_system = messages[0]['role'] == 'system' %}"
    "{{ '<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: ' + date + '\n\n' }}"
    "{{ (messages[0]['content'] | trim if has_system else '') + '<|eot_id|>' }}"
    "{% for m in (messages[1:] if has_system else messages) %}"
    "{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
# Without a header of its own for replies; the system prompt goes into the last turn, where that is the user's.
_MISTRAL = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:] %}"
    "{% else %}{% set turns = messages %}{% endif %}{{ bos_token }}{% for m in turns %}"
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if m['role'] == 'user' and loop.last and system is defined %}{{ '[INST] ' + system + '\n\n' + m['content'] + '[/INST]' }}"
    "{% elif m['role'] == 'user' %}{{ '[INST] ' + m['content'] + '[/INST]' }}"
    "{% else %}{{ ' ' + m['content'] | trim + eos_token }}{% endif %}{% endfor %}"
)
_GEMMA = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else 'user') + '\n' + m['content'] | trim + '<end_of_turn>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)

DIALECTS = {
    "chatml": Dialect(_CHATML.replace("SYSTEM", ""), ("<|im_start|>",), "<|im_end|>"),
    "smollm2": Dialect(_CHATML.replace("SYSTEM", _DEFAULT), ("<|im_start|>",), "<|im_end|>", "<|im_start|>"),
    "qwen2.5": Dialect(_CHATML.replace("SYSTEM", _DEFAULT), ("<|im_start|>", "<|endoftext|>"), "<|im_end|>"),
    "llama-3.2": Dialect(_LLAMA, ("<|start_header_id|>", "<|end_header_id|>"), "<|eot_id|>", "<|begin_of_text|>"),
    "mistral-v0.3": Dialect(_MISTRAL, ("[INST]", "[/INST]"), "</s>", "<s>"),
    "gemma": Dialect(_GEMMA, ("<start_of_turn>",), "<end_of_turn>", "<bos>"),
}
