# One worker of rocket-coach: docker build -t rocket-coach . && docker run --env-file .env rocket-coach
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/rocket
COPY requirements.lock .
RUN /opt/rocket/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/rocket/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin rocket \
    && install -d -o rocket -g rocket -m 0700 /data
COPY --from=build /opt/rocket /opt/rocket
ENV PATH=/opt/rocket/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=/data/rocket.db \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# Whether it lives; whether it is ready (/readyz) is for whoever sends it events.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["rocket"]
CMD ["serve"]
