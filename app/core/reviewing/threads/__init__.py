"""Comments over a student's attempts: followed through the diff, settled, and never said twice."""

from app.core.reviewing.threads.convergence import converge
from app.core.reviewing.threads.following import follow
from app.core.reviewing.threads.settling import settle_threads
from app.core.reviewing.threads.telling import with_threads

__all__ = ["converge", "follow", "settle_threads", "with_threads"]
