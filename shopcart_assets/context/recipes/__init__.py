"""Recipes: one YAML file a site, data only. What a recipe may say is `shopcart_assets.context.recipe`'s business."""
