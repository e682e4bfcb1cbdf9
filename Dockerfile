# spacectl in a container:
#   docker build -t spacectl .
#   docker run --rm -v ~/.spaceone:/home/spacectl/.spaceone:ro spacectl list repository.Plugin
# In a Pod that stays (`command: [sleep, infinity]`): kubectl exec deploy/spacectl -- spacectl list repository.Plugin
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/spacectl && /opt/spacectl/bin/pip install --no-cache-dir . \
    && find /opt/spacectl -name __pycache__ -prune -exec rm -rf {} + \
    && /opt/spacectl/bin/python -m compileall -q /opt/spacectl/lib

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home spacectl \
    && install -d -o spacectl -g spacectl -m 700 /home/spacectl/.spaceone
COPY --from=build /opt/spacectl /opt/spacectl
ENV PATH=/opt/spacectl/bin:$PATH HOME=/home/spacectl
# by number: Kubernetes checks runAsNonRoot without looking into the image
USER 10001
WORKDIR /home/spacectl
VOLUME /home/spacectl/.spaceone
ENTRYPOINT ["spacectl"]
CMD ["--help"]
