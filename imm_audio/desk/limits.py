"""How much one page may ask in a second."""


class Bucket:
    """Tokens that come back with time: so many at once, so many a second."""

    def __init__(self, rate: float, burst: float, now_s: float):
        self._rate, self._burst = rate, burst
        self._tokens, self._at_s = burst, now_s

    def take(self, now_s: float) -> bool:
        """Take one; False when there is none."""
        self._tokens = min(self._burst, self._tokens + self._rate * max(now_s - self._at_s, 0.0))
        self._at_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class Limits:
    """One page's: touches and everything else; a page that goes on and on has to leave."""

    TOUCHES_A_SECOND, TOUCHES_AT_ONCE = 100.0, 200.0
    REST_A_SECOND, REST_AT_ONCE = 20.0, 40.0
    #: What was refused is forgotten at this rate [a second]; beyond so many the page is closed.
    FORGOTTEN_A_SECOND, MOST_REFUSED = 10.0, 1000.0

    def __init__(self, now_s: float):
        self._touches = Bucket(self.TOUCHES_A_SECOND, self.TOUCHES_AT_ONCE, now_s)
        self._rest = Bucket(self.REST_A_SECOND, self.REST_AT_ONCE, now_s)
        self._patience = Bucket(self.FORGOTTEN_A_SECOND, self.MOST_REFUSED, now_s)
        self.refused = 0
        self.spent = False     # nothing more is wanted from this page

    def may_touch(self, now_s: float) -> bool:
        """Whether one more touch, let-go or move is possible."""
        return self._touches.take(now_s) or self._refuse(now_s)

    def may_ask(self, now_s: float) -> bool:
        """Whether one more of anything else is possible."""
        return self._rest.take(now_s) or self._refuse(now_s)

    def _refuse(self, now_s: float) -> bool:
        self.refused += 1
        self.spent = self.spent or not self._patience.take(now_s)
        return False
