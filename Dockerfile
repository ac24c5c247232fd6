# docker build -t twinspace .
# docker run -p 127.0.0.1:8000:8000 -v twinspace:/data twinspace
#
# The image holds the program and what it links to, and no shell. Where no registry can be reached, the
# stage `build` can be replaced by a folder that deploy/image/rootfs has made (tests/deploy/image.sh).

FROM docker.io/library/node:22-bookworm-slim AS node
FROM docker.io/library/rust:1.95-bookworm AS build
COPY --from=node /usr/local /usr/local
WORKDIR /source
COPY . .
# The playground's libraries are in the program, or the build fails.
ENV TWINSPACE_BUILD_PLAYGROUND=embed
RUN cargo build --locked --profile dist --bin twinspace && deploy/image/rootfs target/dist/twinspace /image

FROM scratch
COPY --from=build /image/root/ /
COPY --from=build --chown=10001:10001 /image/own/ /
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV TWINSPACE_DATA_DIR=/data TWINSPACE_LISTEN=0.0.0.0:8000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/usr/bin/twinspace", "healthcheck"]
ENTRYPOINT ["/usr/bin/twinspace"]
