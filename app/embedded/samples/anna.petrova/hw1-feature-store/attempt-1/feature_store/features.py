"""Признаки пользователя по журналу событий."""

DAY = 24 * 60 * 60


def compute_user_features(events, now, settings):
    window = settings["window_days"] * DAY
    views = 0
    purchases = 0
    total = 0
    last = None
    categories = {}
    for event in events:
        if event["ts"] <= now:
            if now - event["ts"] <= window:
                if event["type"] == "view":
                    views = views + 1
                elif event["type"] == "purchase":
                    purchases = purchases + 1
                    if "amount" in event:
                        if event["amount"] > 0:
                            total = total + event["amount"]
                if last is None or event["ts"] > last:
                    last = event["ts"]
                if "category" in event:
                    if event["category"] in categories:
                        categories[event["category"]] += 1
                    else:
                        categories[event["category"]] = 1
    if views + purchases < settings["min_events"]:
        return None
    result = {}
    result["views"] = views
    result["purchases"] = purchases
    result["conversion"] = purchases / views
    if purchases > 0:
        result["average_check"] = total / purchases
    else:
        result["average_check"] = 0
    if last is not None:
        result["days_since_last"] = (now - last) // DAY
    best = None
    for category in categories:
        if best is None or categories[category] > categories[best]:
            best = category
    result["top_category"] = best
    if total > settings["premium_threshold"]:
        result["is_premium"] = True
    else:
        result["is_premium"] = False
    return result
