"""Tables of the report stage."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table

TABLES = (
    Table(
        "report.published",
        "One row for each row of the paper's Table 1, as printed.",
        (
            Column("group", pl.String(), "Open-Source Models, Proprietary Models or Fine-tuned Models", is_key=True),
            Column("model", pl.String(), "model", is_key=True),
            Column(
                "reasoning",
                pl.Boolean(),
                "fine-tuned with synthesized reasoning; null for prompt-only models",
                is_key=True,
            ),
            Column("action_accuracy_pct", pl.Float64(), "macro exact-match accuracy, percent"),
            Column("session_f1_pct", pl.Float64(), "outcome F1, percent"),
        ),
        no_person="figures of the paper",
    ),
)
