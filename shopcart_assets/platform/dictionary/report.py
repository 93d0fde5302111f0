"""Tables of the report stage."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table

TABLES = (
    Table(
        "report.published",
        "One row for each row of the paper's Tables 1 and 4 (ShopCART) and 2 (OPeRA), as printed.",
        (
            Column("paper_table", pl.Int64(), "number of the table: 1, 2 or 4", is_key=True),
            Column("group", pl.String(), "heading in the table, such as Fine-tuned Models", is_key=True),
            Column("model", pl.String(), "model", is_key=True),
            Column(
                "reasoning",
                pl.Boolean(),
                "fine-tuned with synthesized reasoning; null for prompt-only models",
                is_key=True,
            ),
            Column("action_accuracy_pct", pl.Float64(), "macro exact-match accuracy, percent"),
            Column("session_f1_pct", pl.Float64(), "outcome F1, percent"),
            Column(
                "printed_accuracy_delta_pct",
                pl.Float64(),
                "accuracy against the same model fine-tuned without reasoning, relative, percent; null where not printed",
            ),
            Column(
                "printed_accuracy_points",
                pl.Float64(),
                "accuracy minus DeepSeek-R1's, percentage points; null where not printed",
            ),
            Column("printed_f1_delta_pct", pl.Float64(), "the same of F1, relative, percent"),
            Column("printed_f1_points", pl.Float64(), "the same of F1, percentage points"),
        ),
        no_person="figures of the paper",
    ),
    Table(
        "report.deltas",
        "One row for each row of the paper's tables and for each policy of ours: what reasoning and fine-tuning change.",
        (
            Column("source", pl.String(), "paper table 1, paper table 2, paper table 4 or ours", is_key=True),
            Column("group", pl.String(), "heading in the paper's table; ours: the kind of policy", is_key=True),
            Column("model", pl.String(), "model as printed; ours: the policy", is_key=True),
            Column("arm", pl.String(), "prompted, action_only, reasoning or think; none for a baseline", is_key=True),
            Column("macro_accuracy_pct", pl.Float64(), "macro exact-match accuracy, percent"),
            Column("session_f1_pct", pl.Float64(), "outcome F1, percent"),
            Column(
                "accuracy_delta_pct",
                pl.Float64(),
                "accuracy against the same model, and seed, fine-tuned without reasoning, relative, percent; null where there is none",
            ),
            Column(
                "accuracy_points",
                pl.Float64(),
                "accuracy minus that of the best prompted model of the same source, percentage points; null for itself",
            ),
            Column("f1_delta_pct", pl.Float64(), "the same of F1, relative, percent"),
            Column("f1_points", pl.Float64(), "the same of F1, percentage points"),
            Column("printed_accuracy_delta_pct", pl.Float64(), "as the paper prints it; null where it does not"),
            Column("printed_accuracy_points", pl.Float64(), "as the paper prints it"),
            Column("printed_f1_delta_pct", pl.Float64(), "as the paper prints it"),
            Column("printed_f1_points", pl.Float64(), "as the paper prints it"),
        ),
        no_person="figures over all users",
        is_view=True,
    ),
    Table(
        "report.cost",
        "One row for each generator, policy that a server answers, and experiment: what it took, in dollars, tokens and hours.",
        (
            Column("work", pl.String(), "rationales, answers or training", is_key=True),
            Column("name", pl.String(), "generator, policy or experiment", is_key=True),
            Column("n_requests", pl.Int64(), "different requests that were sent to a model; null for training"),
            Column("n_unanswered", pl.Int64(), "of these, waiting in a batch or failed; null for training"),
            Column("input_tokens", pl.Int64(), "tokens read; null for training"),
            Column("output_tokens", pl.Int64(), "tokens written; null for training"),
            Column("cost_usd", pl.Float64(), "what it cost; 0 for a local model, null where a price is not known"),
            Column(
                "train_hours",
                pl.Float64(),
                "time in the training loop, all attempts together; null for what is no training",
            ),
            Column("peak_memory_bytes", pl.Int64(), "largest memory of a rank; null for what is no training"),
        ),
        no_person="figures over all sessions",
        is_view=True,
    ),
)
