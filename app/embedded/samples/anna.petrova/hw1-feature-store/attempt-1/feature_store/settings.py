"""Чтение config.yaml без сторонних библиотек: только строки вида «ключ: число»."""


def load_settings(path):
    settings = {}
    f = open(path, encoding="utf-8")
    for line in f:
        line = line.split("#")[0].strip()
        if line:
            key, value = line.split(":")
            settings[key.strip()] = int(value)
    return settings
