"""Statistics of paired, clustered accuracies: numpy and scipy only, one concept a file, no tables and no names of policies.

A session belongs to a user; users are the independent units, because one person's sessions resemble each other. Undefined
is None, never NaN. Signs, order and names of the clusters never change a result.
"""

from shopcart_assets.platform.stats.bootstrap import bootstrap as bootstrap
from shopcart_assets.platform.stats.clusters import Floats as Floats
from shopcart_assets.platform.stats.clusters import Interval as Interval
from shopcart_assets.platform.stats.clusters import cluster_se as cluster_se
from shopcart_assets.platform.stats.clusters import cluster_sums as cluster_sums
from shopcart_assets.platform.stats.clusters import clustered_interval as clustered_interval
from shopcart_assets.platform.stats.clusters import t_interval as t_interval
from shopcart_assets.platform.stats.mcnemar import mcnemar as mcnemar
from shopcart_assets.platform.stats.mcnemar import mcnemar_asymptotic as mcnemar_asymptotic
from shopcart_assets.platform.stats.mcnemar import mcnemar_midp as mcnemar_midp
from shopcart_assets.platform.stats.mcnemar_clustered import ChiSquare as ChiSquare
from shopcart_assets.platform.stats.mcnemar_clustered import durkalski as durkalski
from shopcart_assets.platform.stats.mcnemar_clustered import obuchowski as obuchowski
from shopcart_assets.platform.stats.multiple import holm as holm
from shopcart_assets.platform.stats.power import detectable as detectable
from shopcart_assets.platform.stats.shares import f1 as f1
from shopcart_assets.platform.stats.shares import f1_wilson as f1_wilson
from shopcart_assets.platform.stats.shares import pass_at_k as pass_at_k
from shopcart_assets.platform.stats.shares import wilson as wilson
from shopcart_assets.platform.stats.sign_flip import least_p as least_p
from shopcart_assets.platform.stats.sign_flip import sign_flip as sign_flip
