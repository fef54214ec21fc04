"""How an id is spelled: what a record's field, an option and a setting agree on, without a model."""

from typing import Final

ID_PATTERN: Final = "[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}"
