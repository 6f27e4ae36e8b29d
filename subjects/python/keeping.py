"""Handles for questions, without making an object more often than the subject's answers can depend on it.

Objects are kept as they were made and questions get copies: some cost a third of a second. What configurations that are constructed
alike have in common, an adapter says; such objects are constructed once, copied, and set up for each. Questions that ask for
freshness get an object that is set up for them; for the defaults and for one in four of all other constructions it comes from a
second one, which no other question has seen.
"""

import zlib

from .adapter import SubjectRaised

#: Pristine handles kept: a few units' configurations in every arithmetic, some tens of kilobytes each.
HANDLES = 800
CONSTRUCTIONS = 400
#: Of so many constructions one is made a second time.
ONE_IN = 4


class Keeping:
    def __init__(self):
        self.handles = Shelf(HANDLES)
        self.constructions = Shelf(CONSTRUCTIONS)

    def handle(self, adapter, unit, config, arithmetic, fresh):
        """A handle nobody has used."""
        if fresh:
            return self.made(adapter, unit, config, arithmetic, fresh)
        key = (unit.name, arithmetic, repr(sorted(config.items())))
        kept = self.handles.take(key, lambda: self.made(adapter, unit, config, arithmetic, fresh))
        copy = adapter.copy(kept)
        if copy is None:
            del self.handles[key]
            return kept
        return copy

    def made(self, adapter, unit, config, arithmetic, fresh):
        key = adapter.construction(unit, config, arithmetic)
        if key is None:
            return adapter.make(unit, config, arithmetic)
        second = fresh and (key == adapter.construction(unit, {}, arithmetic) or zlib.crc32(repr(key).encode()) % ONE_IN == 0)
        kept = self.constructions.take((unit.name, second, key), lambda: adapter.construct(unit, config, arithmetic))
        return adapter.prepare(unit, config, arithmetic, kept)


class Shelf(dict):
    """What was made, by key; at most `room` things, of which the oldest goes: laws work on one unit at a time."""

    def __init__(self, room):
        super().__init__()
        self.room = room

    def take(self, key, make):
        """What is kept under the key, made where nothing is. What cannot be made once cannot be made again."""
        if key not in self:
            try:
                made = make()
            except SubjectRaised as error:
                made = error
            if len(self) >= self.room:
                self.pop(next(iter(self)))
            self[key] = made
        kept = self[key]
        if isinstance(kept, SubjectRaised):
            raise kept.with_traceback(None)
        return kept
