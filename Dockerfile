# The newest Python that all packages support: the analysis reads the grammar of the interpreter that it runs on.
# Two stages: packages are installed by hash in the first, only the environment is copied to the second.
FROM python:3.13.9-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_NO_CACHE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    VIRTUAL_ENV=/opt/reviewstream

RUN pip install uv==0.13.9 && python -m venv --without-pip "$VIRTUAL_ENV"

WORKDIR /src
# Dependencies first: this layer is built anew only when one of these two files changes.
# As a constraint, the lock gives versions and hashes without its development packages.
COPY pyproject.toml requirements.lock ./
RUN uv pip install --constraint requirements.lock --compile-bytecode --requirement pyproject.toml --extra tracing

COPY . .
RUN uv pip install --no-deps --compile-bytecode .


FROM python:3.13.9-slim-bookworm

ENV PATH=/opt/reviewstream/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ARCHIVE_PATH=/archives \
    DATA_DIR=/data \
    WEB_HOST=0.0.0.0 \
    WEB_PORT=6066

RUN useradd --no-log-init --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin reviewstream \
    && install -d -o reviewstream -g reviewstream /data /archives

COPY --from=build /opt/reviewstream /opt/reviewstream

USER 10001:10001
WORKDIR /data
# Each container gets a volume of its own: tables must not be shared between workers.
VOLUME /data
EXPOSE 6066

# Alive means that the event loop answers; an outage of a dependency is no reason to restart.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['WEB_PORT'], timeout=4)"]

ENTRYPOINT ["reviewstream"]
CMD ["worker"]
