# One image for both roles: web (the default) and worker (`python -m app.worker`).
# Everything that must outlive a container is in /data.

FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/venv
COPY requirements.lock /tmp/requirements.lock
# Hashes are checked: what is installed is what was locked.
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    -r /tmp/requirements.lock

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libreoffice-writer-nogui python3-uno \
        fonts-liberation2 fonts-crosextra-carlito fonts-crosextra-caladea fonts-dejavu-core \
        fonts-noto-core fonts-droid-fallback \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin paraph \
    && install -d -o paraph -g paraph -m 0700 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/paraph
COPY install.json install.schema.json LICENSE ./
COPY app ./app
COPY handlers ./handlers
COPY placements ./placements
COPY templates ./templates
COPY static ./static
COPY locales ./locales
COPY migrations ./migrations
COPY tools/standalone ./tools/standalone
RUN /opt/venv/bin/python -m compileall -q app handlers placements
ENV PATH=/opt/venv/bin:$PATH \
    PARAPH_DATA=/data \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER paraph
VOLUME /data
EXPOSE 8610
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s --retries=4 CMD \
    ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8610/readyz', timeout=3)"]
# No access log: addresses of signing pages are secrets.
CMD ["gunicorn", "app.web:create_app()", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--bind", "0.0.0.0:8610", "--worker-tmp-dir", "/dev/shm", "--forwarded-allow-ips", "*"]
