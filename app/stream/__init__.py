"""Faust glue: the app, its consumer and producer, intakes, keyed lanes, circuit breakers, confirmed sends."""
