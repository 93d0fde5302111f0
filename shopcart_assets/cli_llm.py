"""`shopcart spend`: what the language models have cost. Thin, as the commands of `cli` are."""

import json
from dataclasses import asdict

import click

from shopcart_assets.platform.settings import load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each generator.")
def spend(as_json: bool) -> None:
    """Print the dollars that each generator has spent, set aside for what is under way, and left of its budget."""
    from shopcart_assets.platform.llm.budget import spending
    from shopcart_assets.platform.llm.prices import dollars

    for one in spending(load_settings()):
        if as_json:
            click.echo(json.dumps(asdict(one) | {"left_usd": one.left_usd}))
        else:
            left = "no budget" if one.left_usd is None else f"{dollars(one.left_usd)} left"
            click.echo(
                f"{one.generator}: {dollars(one.spent_usd)} spent, {dollars(one.reserved_usd)} set aside, {left}"
            )
