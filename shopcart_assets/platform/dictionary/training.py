"""Tables of the training stage."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table

TABLES = (
    Table(
        "training.checkpoints",
        "One row for each finished fine-tuning run.",
        (
            Column("base_model", pl.String(), "model that was fine-tuned"),
            Column("arm", pl.String(), "action_only or reasoning"),
            Column("generator", pl.String(), "model that wrote the rationales; null for action_only"),
            Column("seed", pl.Int64(), "seed of the data order and of new weights"),
            Column("config_sha256", pl.String(), "hash of the complete configuration and of the training data"),
            Column("path", pl.String(), "the Hugging Face directory"),
            Column("n_sessions", pl.Int64(), "training sessions"),
            Column("n_steps", pl.Int64(), "optimiser steps"),
            Column("world_size", pl.Int64(), "ranks"),
            Column("first_loss_nats", pl.Float64(), "training loss of the first step, nats a token"),
            Column("last_loss_nats", pl.Float64(), "mean training loss of the last tenth of the steps, nats a token"),
            Column("train_seconds", pl.Float64(), "time in the training loop, all attempts together"),
            Column("peak_rss_bytes", pl.Int64(), "largest resident memory of a rank"),
        ),
        ("experiment",),
        no_person="a run over all sessions; what erasure means for its weights is in privacy.erasure_marks",
    ),
    Table(
        "training.steps",
        "One row for each optimiser step.",
        (
            Column("step", pl.Int64(), "optimiser step, from 1", is_key=True),
            Column("loss_nats", pl.Float64(), "mean loss over the step's trained tokens, nats a token"),
            Column("grad_norm", pl.Float64(), "norm of the gradient before clipping"),
            Column("learning_rate", pl.Float64(), "learning rate of the step"),
            Column("n_tokens", pl.Int64(), "tokens read by the step, all ranks"),
            Column("n_trained_tokens", pl.Int64(), "tokens that carried loss, all ranks"),
            Column("tokens_per_second", pl.Float64(), "n_tokens over the step's time"),
        ),
        ("experiment",),
        no_person="figures of a run",
    ),
)
