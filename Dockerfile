# compose.yaml의 모든 Airflow 서비스와 MLflow, JupyterLab이 함께 쓰는 이미지입니다.
# 공식 apache/airflow 이미지에 덧붙이지 않고 uv.lock을 그대로 설치합니다. 그래야 시험한 것과 같은 판이 들어갑니다.
FROM python:3.11-slim-bookworm

# UID가 무엇이든(AIRFLOW_UID) 그룹 0으로 쓰게 둡니다. /etc/passwd에 없는 사용자이므로 이름과 홈을 적어 줍니다.
ENV HOME=/home/airflow \
    USER=airflow \
    LANG=C.UTF-8 \
    PYTHONUTF8=1 \
    PYTHONUNBUFFERED=1 \
    UV_PROJECT_ENVIRONMENT=/opt/venv \
    UV_PYTHON_DOWNLOADS=never \
    UV_NO_CACHE=1 \
    UV_COMPILE_BYTECODE=1 \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin

WORKDIR /src
COPY requirements.txt pyproject.toml uv.lock README.md LICENSE ./
COPY LICENSES LICENSES
RUN pip install --no-cache-dir "$(sed -n 's/^uv==\([0-9.]*\).*/uv==\1/p' requirements.txt)"
# 패키지를 먼저 설치해 두면, 코드만 고쳤을 때 이 층을 다시 만들지 않습니다.
RUN uv sync --frozen --no-default-groups --all-extras --no-extra official --no-install-project
COPY mlops_lab mlops_lab
# wheel에는 항공편 자료와 글꼴이 없으므로 소스 그대로 씁니다. 누구든 읽을 수 있게, 바이트코드는 미리 만들어 둡니다.
RUN uv sync --frozen --no-default-groups --all-extras --no-extra official \
    && python -m compileall -q mlops_lab && chmod -R a+rX .

RUN mkdir -p /home/airflow /opt/airflow && chmod -R g=u /home/airflow /opt/airflow
USER 50000:0
WORKDIR /opt/airflow
