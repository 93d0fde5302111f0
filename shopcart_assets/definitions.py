"""The one Definitions object: every stage's assets and checks, in the order in which the data flows.

Only assembly. What an asset does is in its stage; jobs and sensors of the whole lineage are in `automation`.
"""

import dagster as dg

from shopcart_assets import automation
from shopcart_assets.context import definitions as context
from shopcart_assets.dataset import definitions as dataset
from shopcart_assets.evaluation import definitions as evaluation
from shopcart_assets.evaluation.metrics.automation import following
from shopcart_assets.platform.assets import Platform
from shopcart_assets.platform.automation import progress
from shopcart_assets.platform.catalog.assets import catalogued
from shopcart_assets.privacy import definitions as privacy
from shopcart_assets.reasoning import definitions as reasoning
from shopcart_assets.report import definitions as report
from shopcart_assets.traffic import definitions as traffic
from shopcart_assets.training import definitions as training

STAGES = (traffic, privacy, context, reasoning, dataset, training, evaluation, report)

defs = dg.Definitions(
    assets=catalogued(following(asset for stage in STAGES for asset in stage.ASSETS)),
    asset_checks=[check for stage in STAGES for check in stage.CHECKS],
    jobs=[*automation.JOBS, *traffic.JOBS, *reasoning.JOBS],
    schedules=[*traffic.SCHEDULES, *evaluation.SCHEDULES],
    sensors=[*automation.SENSORS, *traffic.SENSORS, *privacy.SENSORS, *reasoning.SENSORS, *evaluation.SENSORS],
    # A process for each of an evaluation's thirty small steps would cost a minute: runs are processes already.
    executor=dg.in_process_executor,
    loggers={"console": dg.colored_console_logger, "progress": progress},
    resources={"platform": Platform()},
)
