"""The terminal as a platform: replies are printed, and nothing can be looked up afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bot.engine.turned import Turned
from bot.inbox.contract import Begun, CannotLookError, Capabilities, Post, TryLaterError

PLATFORM = "terminal"
# A window that is open takes its reply within this time; one that was killed never does.
_OTHER_WINDOW_S = 0.5
_REFUSALS = 6


class TerminalAdapter:
    """Prints the replies of one sitting.

    Args:
        show: prints an outcome.
        own_only: print nothing but answers to what was sent in this sitting. Else, what a sitting
            that ended too soon left unanswered is printed as well.
    """

    platform = PLATFORM
    capabilities = Capabilities(
        streaming=False, can_look=False, edits=False, private=True, files=False, identity=True
    )

    def __init__(self, show: Callable[[Turned], None], *, own_only: bool) -> None:
        self._show = show
        self._own_only = own_only
        # Ids of what was sent in this sitting and has no reply yet.
        self.waiting: set[str] = set()
        # While a sitting begins, no other can be about to show what was left behind.
        self.catching_up = False
        # The person waits no longer for the reply under way to be written.
        self.stopped = False
        # Set when what is printed goes nowhere.
        self.closed: BrokenPipeError | None = None
        # Ids of what was answered with the database's fault, and is worked off later all the same.
        self.told: set[str] = set()
        self._shown: set[str] = set()
        self._refused: Counter[str] = Counter()

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        """Print a reply.

        Raises:
            CannotLookError: an earlier sitting may have printed it.
            TryLaterError: it answers a line of another window, which may be open.
        """
        mine = post.answers in self.waiting
        if post.key in self._shown:
            return Begun(post.key, whole=True)
        # A reminder answers no line: any window will do.
        late = self.catching_up or post.answers in self.told
        others = bool(post.answers) and not mine and not late
        if others and self._refused[post.key] < _REFUSALS:
            self._refused[post.key] += 1
            raise TryLaterError(_OTHER_WINDOW_S)
        self._shown.add(post.key)
        self.waiting.discard(post.answers)
        if mine or not self._own_only:
            if repeat:
                raise CannotLookError("a terminal does not tell what it has shown")
            try:
                self._show(post.turned)
            except BrokenPipeError as error:
                # Nobody reads any more: that ends the sitting, it is no fault of the reply.
                self.closed = error
        return Begun(post.key, whole=True)

    async def fill(self, post: Post, platform_id: str) -> None:
        """Nothing printed can be changed, and nothing is begun that would have to be completed."""

    def unwanted(self, key: str, conversation: str) -> bool:
        """Whether Ctrl-C came meanwhile: a model writes no further, and what there is is shown."""
        return self.stopped

    def halt(self, key: str, conversation: str) -> None:
        """Nothing: see :meth:`unwanted`."""

    async def busy(self, conversation: str) -> None:
        """The prompt is away while a reply is being written; that tells it."""
