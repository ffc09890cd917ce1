"""Statistical models and how they are fitted: rates of buying, amounts, gaps, renewals, survival functions."""
