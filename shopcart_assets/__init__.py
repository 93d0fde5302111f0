"""ShopCART as a data-asset platform. Nothing is wired or imported here, so that a stage's library stays cheap to import."""
