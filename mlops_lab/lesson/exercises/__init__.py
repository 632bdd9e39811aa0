"""수업마다의 연습문제 검사. `lesson_NN.py` 하나가 수업 하나입니다. 쓰는 법은 `mlops_lab.lesson.checking`에 있습니다."""
