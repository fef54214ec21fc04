"""Признаки пользователя по журналу событий."""

from collections import Counter

DAY = 24 * 60 * 60


def compute_user_features(events, now, settings):
    """Признаки за окно или None, если событий слишком мало."""
    recent = select_window(events, now, settings["window_days"] * DAY)
    counts = Counter(event["type"] for event in recent)
    views, purchases = counts["view"], counts["purchase"]
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
    return sum(max(event.get("amount", 0), 0) for event in events if event["type"] == "purchase")


def top_category(events):
    """Самая частая категория или None."""
    counts = Counter(event["category"] for event in events if "category" in event)
    return counts.most_common(1)[0][0] if counts else None
