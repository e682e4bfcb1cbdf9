# spacectl in a container:
#   docker build -t spacectl .
#   docker run --rm --user "$(id -u):$(id -g)" -v ~/.spaceone:/home/spacectl/.spaceone spacectl list repository.Plugin
# Your files can be read by nobody but you: --user runs the command as you. Mounted `:ro`, no token can be renewed.
# In a Pod that stays (`command: [sleep, infinity]`): kubectl exec deploy/spacectl -- spacectl list repository.Plugin
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv --without-pip /opt/spacectl \
    && pip --python /opt/spacectl/bin/python install --no-cache-dir .

FROM python:3.13-slim
LABEL org.opencontainers.image.source=https://github.com/cloudforet-io/spacectl
# any user may write here, since --user and some clusters choose their own
RUN useradd --uid 10001 --no-create-home --home-dir /home/spacectl spacectl \
    && install -d -m 1777 /home/spacectl
COPY --from=build /opt/spacectl /opt/spacectl
ENV PATH=/opt/spacectl/bin:$PATH HOME=/home/spacectl
# the base image has no compiled modules, and no user may write them there: those of a call are compiled now
RUN mkdir /tmp/home \
    && HOME=/tmp/home spacectl --environment sandbox list repository.Plugin -o yaml >/dev/null \
    && HOME=/tmp/home spacectl --help >/dev/null \
    && rm -rf /tmp/home
# by number: Kubernetes checks runAsNonRoot without looking into the image
USER 10001
WORKDIR /home/spacectl
ENTRYPOINT ["spacectl"]
CMD ["--help"]
