# `gateway-policy` for pipelines without Python: docker run --rm -v "$PWD:/work" gateway-policy check state.json
FROM python:3.13-slim AS build
COPY policypack /source
RUN python -m venv /opt/gateway-policy \
 && /opt/gateway-policy/bin/pip install --no-cache-dir "/source[html,verify]"

FROM python:3.13-slim
COPY --from=build /opt/gateway-policy /opt/gateway-policy
ENV PATH=/opt/gateway-policy/bin:$PATH PYTHONDONTWRITEBYTECODE=1
RUN useradd --create-home runner
USER runner
WORKDIR /work
ENTRYPOINT ["gateway-policy"]
CMD ["--help"]
