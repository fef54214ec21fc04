"""Facts about one attempt, by what they are read from; `app.core.evidence.weigh` weighs them."""
