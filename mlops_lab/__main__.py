"""`python -m mlops_lab`: `mlops-lab`과 같습니다."""

from mlops_lab.cli import app

app(prog_name="mlops-lab")
