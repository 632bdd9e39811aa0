"""Airflow를 그림으로: 그래프, 간트 차트, 격자, 구성 요소. 그림과 대체 텍스트를 함께 돌려줍니다.

자료만 받으므로 Airflow가 없어도 그릴 수 있습니다. 대체 텍스트에는 다시 실행해도 같은 것만 적습니다.
"""

from mlops_lab.lesson.pictures.components import COMPONENTS, HEALTH, draw_components
from mlops_lab.lesson.pictures.gantt import Bar, draw_gantt
from mlops_lab.lesson.pictures.graph import Task, draw_graph, in_order
from mlops_lab.lesson.pictures.grid import GridRun, draw_grid

__all__ = [
    "COMPONENTS",
    "HEALTH",
    "Bar",
    "GridRun",
    "Task",
    "draw_components",
    "draw_gantt",
    "draw_graph",
    "draw_grid",
    "in_order",
]
