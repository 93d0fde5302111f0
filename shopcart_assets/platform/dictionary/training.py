"""Tables of the training stage."""

import polars as pl

from shopcart_assets.platform.dictionary.column import Column, Table

TABLES = (
    Table(
        "training.checkpoints",
        "One row for each finished fine-tuning run.",
        (
            Column("base_model", pl.String(), "model that was fine-tuned"),
            Column("arm", pl.String(), "action_only, reasoning or think"),
            Column("generator", pl.String(), "model that wrote the rationales; null for action_only"),
            Column("seed", pl.Int64(), "seed of the data order and of new weights"),
            Column("config_sha256", pl.String(), "hash of the complete configuration and of the training data"),
            Column("path", pl.String(), "the Hugging Face directory"),
            Column("n_sessions", pl.Int64(), "sessions trained on"),
            Column("n_sessions_held_out", pl.Int64(), "sessions of train users set aside for held_out_loss_nats"),
            Column("n_steps", pl.Int64(), "optimiser steps"),
            Column("world_size", pl.Int64(), "ranks"),
            Column("first_loss_nats", pl.Float64(), "training loss of the first step, nats a token"),
            Column("last_loss_nats", pl.Float64(), "mean training loss of the last tenth of the steps, nats a token"),
            Column(
                "held_out_loss_nats",
                pl.Float64(),
                "loss after the last step on the held-out sessions, nats a token; null where none were set aside",
            ),
            Column("train_seconds", pl.Float64(), "time in the training loop, all attempts together"),
            Column("peak_memory_bytes", pl.Int64(), "largest memory of a rank: its accelerator's, else resident"),
        ),
        ("experiment",),
        no_person="a run over all sessions; what erasure means for its weights is in privacy.erasure_marks",
    ),
    Table(
        "training.steps",
        "One row for each optimiser step of an experiment's last run; written while it runs.",
        (
            Column("step", pl.Int64(), "optimiser step, from 1", is_key=True),
            Column("loss_nats", pl.Float64(), "mean loss over the step's trained tokens, nats a token"),
            Column("grad_norm", pl.Float64(), "norm of the gradient before clipping"),
            Column("learning_rate", pl.Float64(), "learning rate of the step"),
            Column("n_tokens", pl.Int64(), "tokens read by the step, all ranks"),
            Column("n_trained_tokens", pl.Int64(), "tokens that carried loss, all ranks"),
            Column("tokens_per_second", pl.Float64(), "n_tokens over the step's time"),
            Column("step_seconds", pl.Float64(), "time of the step, without held-out loss and checkpoints"),
            Column(
                "held_out_loss_nats",
                pl.Float64(),
                "loss after the step on the held-out sessions, nats a token; null in steps that did not measure it",
            ),
            Column(
                "mfu", pl.Float64(), "model FLOPs over what the hardware could do; null where its peak is not known"
            ),
            Column("balance", pl.Float64(), "FLOPs of a rank, mean over ranks / those of the busiest; 1 = none waits"),
            Column(
                "peak_memory_bytes", pl.Int64(), "largest memory of a rank so far: its accelerator's, else resident"
            ),
            Column("seconds_left", pl.Float64(), "expected after this step until the last one"),
        ),
        ("experiment",),
        no_person="figures of a run",
    ),
)
