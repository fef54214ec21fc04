"""Properties that are worked out once, when somebody asks."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_T = TypeVar("_T")


class lazy(Generic[_T]):  # noqa: N801 - a decorator, as `property`
    """`functools.cached_property` without the lock that it takes before Python 3.12.

    Nobody shares these objects between threads, and a comparison asks for some hundred of them: the locks took as long
    as matching all names does.
    """

    def __init__(self, make: Callable[[Any], _T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> "lazy[_T]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...
    def __get__(self, instance: object | None, owner: type) -> "lazy[_T] | _T":
        """What was made, and kept as the object's own attribute, which is found first from then on."""
        if instance is None:
            return self
        made = self._make(instance)
        setattr(instance, self._name, made)
        return made
