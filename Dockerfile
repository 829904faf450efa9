# A worker. Its configuration comes from variables CONNECT_* (CONNECT_GROUP_ID sets group.id) or from a file mounted over
# /etc/connect-runtime/worker.properties. Plugins: a further image with "RUN pip install PACKAGE".
FROM python:3.12-slim

WORKDIR /opt/connect-runtime
COPY pyproject.toml README.md plugins.toml ./
COPY api api
COPY connectors connectors
COPY connect_runtime connect_runtime
RUN pip install --no-cache-dir . \
    && useradd --create-home --home-dir /var/lib/connect-runtime connect

COPY docker/worker.properties /etc/connect-runtime/worker.properties
COPY plugins.toml /etc/connect-runtime/plugins.toml
USER connect
WORKDIR /var/lib/connect-runtime
EXPOSE 8083
ENTRYPOINT ["connect-runtime"]
CMD ["worker", "/etc/connect-runtime/worker.properties"]
