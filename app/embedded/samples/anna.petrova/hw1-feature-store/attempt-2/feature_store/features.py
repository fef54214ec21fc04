"""Признаки пользователя по журналу событий."""

DAY = 24 * 60 * 60


def compute_user_features(events, now, settings):
    recent = select_window(events, now, settings["window_days"] * DAY)
    views = 0
    purchases = 0
    for event in recent:
        if event["type"] == "view":
            views = views + 1
        elif event["type"] == "purchase":
            purchases = purchases + 1
    if views + purchases < settings["min_events"]:
        return None
    total = total_amount(recent)
    return {
        "views": views,
        "purchases": purchases,
        "conversion": purchases / views if views else 0,
        "average_check": total / purchases if purchases else 0,
        "days_since_last": (now - max(event["ts"] for event in recent)) // DAY,
        "top_category": top_category(recent),
        "is_premium": total > settings["premium_threshold"],
    }


def select_window(events, now, window):
    """События не позже now и не старше window секунд."""
    return [event for event in events if 0 <= now - event["ts"] <= window]


def total_amount(events):
    """Сумма покупок; записи без суммы и с отрицательной суммой не считаются."""
    total = 0
    for event in events:
        if event["type"] == "purchase" and event.get("amount", 0) > 0:
            total = total + event["amount"]
    return total


def top_category(events):
    """Самая частая категория или None."""
    categories = {}
    for event in events:
        if "category" in event:
            categories[event["category"]] = categories.get(event["category"], 0) + 1
    best = None
    for category in categories:
        if best is None or categories[category] > categories[best]:
            best = category
    return best
