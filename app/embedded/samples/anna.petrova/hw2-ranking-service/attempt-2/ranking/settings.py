"""Настройки из config.yaml: строки вида «ключ: число», без сторонних библиотек."""

from pathlib import Path


def load_settings(path="config.yaml"):
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {key.strip(): float(value) for key, value in pairs}
