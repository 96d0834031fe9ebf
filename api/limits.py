"""How often somebody may ask: in this process, and across processes where Redis is there.

Source: the generic cell rate algorithm, one number per subject, the time at which a steady caller
would be due. Litestar's own middleware counts wrongly across processes.
Units: seconds. Subjects are addresses or keyed hashes, never names.
"""

import math
import time
from collections.abc import Mapping
from typing import NamedTuple

import redis.asyncio
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from api.refusals import TooManyRequests

MOST_SUBJECTS = 50_000

# KEYS[1] the subject; ARGV: times, seconds. The server's clock, because hosts' clocks differ.
TAKE = """
local now = redis.call('TIME')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local every = tonumber(ARGV[2]) / tonumber(ARGV[1])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + every
local wait = due - tonumber(ARGV[2]) - now
if wait > 0 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', due), 'PX', math.ceil((due - now) * 1000))
return '0'
"""


class Limit(NamedTuple):
    """So many times in so many seconds."""

    times: int
    seconds: float


# An office of many phones shares one address, so addresses get more than a person needs.
LIMITS: Mapping[str, Limit] = {
    "sign_in": Limit(60, 60),
    "refresh": Limit(600, 60),
    "registration": Limit(30, 60),
    "duplicate": Limit(30, 60),
    "public_check": Limit(60, 60),
}


class Limits:
    """Counts, and refuses what is too much."""

    def __init__(self, redis_url: str | None = None, limits: Mapping[str, Limit] = LIMITS) -> None:
        self.limits = limits
        self.due: dict[tuple[str, str], float] = {}
        self.redis = redis_url and redis.asyncio.from_url(
            redis_url,
            socket_timeout=0.25,
            socket_connect_timeout=0.25,
            retry=Retry(NoBackoff(), 1),
        )
        self.script = self.redis.register_script(TAKE) if self.redis else None

    async def take(self, kind: str, subject: str) -> None:
        """Count one request of *kind* by *subject*.

        Raises:
            TooManyRequests: it was one too many, and how long to wait.
        """
        limit = self.limits[kind]
        wait = await self._wait_everywhere(kind, subject, limit)
        if wait is None:  # without Redis, or while it is away, each process counts alone
            wait = self._wait_here(kind, subject, limit)
        if wait > 0:
            raise TooManyRequests(math.ceil(wait))

    async def _wait_everywhere(self, kind: str, subject: str, limit: Limit) -> float | None:
        if self.script is None:
            return None
        try:
            return float(await self.script(keys=[f"limit:{kind}:{subject}"], args=list(limit)))
        except RedisError:
            return None

    def _wait_here(self, kind: str, subject: str, limit: Limit) -> float:
        now = time.monotonic()
        due = max(self.due.get((kind, subject), 0.0), now) + limit.seconds / limit.times
        wait = due - limit.seconds - now
        if wait > 0:
            return wait
        if len(self.due) >= MOST_SUBJECTS:
            self.due = {key: at for key, at in self.due.items() if at > now}
        self.due[kind, subject] = due
        return 0.0

    async def close(self) -> None:
        """Let Redis go."""
        if self.redis:
            await self.redis.aclose()
