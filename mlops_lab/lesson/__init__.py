"""수업이 함께 쓰는 것: 한글 그림과 노트북 빌더."""

PRELOAD = ("mlops_lab.flights.preload", "mlops_lab.lesson.plotting")
"""Airflow의 예열 프로세스가 읽어 둘 모듈(`[mlops_lab] preload`)."""
