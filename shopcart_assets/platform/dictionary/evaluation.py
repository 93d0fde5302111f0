"""Tables of the evaluation stage."""

import polars as pl

from shopcart_assets.platform.dictionary.answered import ANSWERED, REQUEST_KEY
from shopcart_assets.platform.dictionary.column import TIMESTAMP, Column, Table

_CASE = (
    Column("seed", pl.Int64(), "seed of the policy's own randomness or of its training", is_key=True),
    Column("session_id", pl.String(), "session", is_key=True),
    Column("step", pl.Int64(), "position of the action in its session, from 2", is_key=True),
)
_POLICY = Column("policy", pl.String(), "what predicted", is_key=True)

TABLES = (
    Table(
        "evaluation.predictions",
        "One row for each test case: what the policy answered, word for word.",
        (
            *_CASE,
            Column("sample", pl.Int64(), "which answer to the case, from 0; the first one is judged", is_key=True),
            Column("output", pl.String(), "the answer as it was given; untrusted text"),
            Column(
                "rationale",
                pl.String(),
                "the rationale that the model wrote before it; untrusted text, null where none",
            ),
            Column("stop_reason", pl.String(), "end_turn, max_tokens, refusal; null where nobody said"),
            Column("round", pl.String(), "when a server was asked, such as 2026-W48; null for what is computed here"),
        ),
        ("policy",),
    ),
    Table(
        "evaluation.likelihoods",
        "One row for each test case of a local model: what it holds likely of all that can be done on the page.",
        (
            *_CASE,
            Column(
                "human_nats", pl.Float64(), "-log probability of the human action as JSON, to its end-of-turn token"
            ),
            Column("human_rank", pl.Int64(), "its place among the candidates, from 1; null where it is none of them"),
            Column("n_candidates", pl.Int64(), "legal actions that were scored"),
            Column("best_action", pl.String(), "the likeliest candidate, as JSON"),
            Column("best_nats", pl.Float64(), "-log probability of it"),
            Column("candidates_nats", pl.Float64(), "-log of the probability of all candidates together"),
            Column("p_terminate", pl.Float64(), "probability of terminate among the candidates, 0 to 1"),
            Column("p_purchase", pl.Float64(), "probability of a purchase among the candidates, 0 to 1"),
        ),
        ("policy",),
    ),
    Table(
        "evaluation.verdicts",
        "One row for each test case: was the prediction right, and if not, how was it wrong.",
        (
            *_CASE,
            Column("user_id", pl.String(), "opaque id of the person"),
            Column("is_final", pl.Boolean(), "whether it is the session's last action"),
            Column("human_action", pl.String(), "what the person did, as JSON"),
            Column("predicted_action", pl.String(), "what the policy predicted, as JSON; null where illegal"),
            Column("human_type", pl.String(), "click, type_and_submit or terminate"),
            Column("human_category", pl.String(), "search, purchase, product, filter, page, other or terminate"),
            Column("predicted_category", pl.String(), "the same of the prediction, or illegal"),
            Column("parse_mode", pl.String(), "strict, think_stripped, fenced, embedded or failed"),
            Column("illegal_reason", pl.String(), "why the answer is not a legal action here; null where it is"),
            Column("is_type", pl.Boolean(), "action type equal"),
            Column("is_target", pl.Boolean(), "action type and target equal"),
            Column("is_exact", pl.Boolean(), "type, target and text equal after Unicode NFC: the paper's exact match"),
            Column("is_folded", pl.Boolean(), "as is_exact after NFKC, case folding and trimming of the text"),
            Column("text_f1", pl.Float64(), "token F1 of the typed text; null unless both are searches"),
            Column(
                "rank",
                pl.Int64(),
                "place of the human action among the legal ones by likelihood; null where not scored",
            ),
            Column("nats", pl.Float64(), "-log probability of the human action as JSON; null where not scored"),
            Column(
                "error",
                pl.String(),
                "correct, illegal, didnt_terminate, didnt_click, didnt_search, clicked_wrong_button, searched_wrong_keyword",
            ),
            Column("human_is_purchase", pl.Boolean(), "the person bought"),
            Column("predicted_is_purchase", pl.Boolean(), "the policy predicted a purchase"),
            Column("weight", pl.Float64(), "1 / cases of the session: weights of a policy add up to its sessions"),
        ),
        ("policy",),
    ),
    Table(
        "evaluation.responses",
        "One row for each question to a server, for a test case in a round: its answer's price, or that it waits, or why it failed.",
        (
            Column("session_id", pl.String(), "session", is_key=True),
            Column("step", pl.Int64(), "position of the action in its session, from 2", is_key=True),
            Column("sample", pl.Int64(), "which answer to the case, from 0; the first one is judged", is_key=True),
            REQUEST_KEY,
            Column("estimated_tokens", pl.Int64(), "length of the prompt as it was estimated before it was sent"),
            Column("max_tokens", pl.Int64(), "most tokens that the answer may have"),
            Column("n_left_out", pl.Int64(), "oldest pages that the prompt leaves out, because it would be too long"),
            *ANSWERED,
        ),
        ("policy", "round"),
    ),
    Table(
        "evaluation.rounds",
        "One row for each test case and round of a policy that a server answers: its verdict, kept when it is asked anew.",
        (
            Column("session_id", pl.String(), "session", is_key=True),
            Column("step", pl.Int64(), "position of the action in its session, from 2", is_key=True),
            Column("user_id", pl.String(), "opaque id of the person"),
            Column("is_final", pl.Boolean(), "whether it is the session's last action"),
            Column("weight", pl.Float64(), "1 / cases of the session"),
            Column("predicted_action", pl.String(), "what the policy predicted, as JSON; null where illegal"),
            Column("is_exact", pl.Boolean(), "type, target and text equal after Unicode NFC"),
            Column("error", pl.String(), "correct, illegal or a kind of miss, as in evaluation.verdicts"),
            Column("model", pl.String(), "the model that answered, as it names itself"),
            Column("cost_usd", pl.Float64(), "what the case's answers cost when they were bought; null where unknown"),
        ),
        ("policy", "round"),
    ),
    Table(
        "evaluation.found_policies",
        "One row for each model id that a watched server has listed and a declared pattern matches: a policy that nobody wrote down.",
        (
            Column("policy", pl.String(), "the policy's name: the model id as a partition key", is_key=True),
            Column("model", pl.String(), "model id as the server lists it"),
            Column("kind", pl.String(), "messages or openai: the protocol that its server speaks"),
            Column("base_url", pl.String(), "address of the server; null = the kind's own service"),
            Column("server", pl.String(), "kind of server, such as vllm; null = guessed from its address"),
            Column("route", pl.String(), "online, batch or auto: how it is asked"),
            Column("budget_usd", pl.Float64(), "all that the policy may cost; null = only the lake's budget"),
            Column("max_output_tokens", pl.Int64(), "most tokens of one answer"),
            Column("found_at", TIMESTAMP, "when the id was on the list for the first time"),
            Column("pattern", pl.String(), "the declared pattern that matched it first"),
        ),
        no_person="models, not people",
    ),
    Table(
        "evaluation.samples",
        "One row for each test case of a policy that was asked for several answers: how many of them are right.",
        (
            *_CASE,
            Column("n_samples", pl.Int64(), "answers drawn"),
            Column("n_exact", pl.Int64(), "of them exact"),
            Column("n_legal", pl.Int64(), "of them legal on the page"),
            Column("n_distinct", pl.Int64(), "different legal actions among them"),
        ),
        ("policy",),
    ),
)
