-- How did the loss of each fine-tuning run fall?
select
    experiment,
    step,
    round(loss_nats, 4) as loss_nats,
    round(avg(loss_nats) over (partition by experiment order by step rows between 4 preceding and current row), 4) as smoothed_nats,
    round(held_out_loss_nats, 4) as held_out_loss_nats,
    round(n_trained_tokens / n_tokens, 4) as trained_share,
    learning_rate,
    round(tokens_per_second, 1) as tokens_per_second
from training.steps
order by experiment, step
