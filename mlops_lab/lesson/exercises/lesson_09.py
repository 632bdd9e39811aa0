"""09. 오퍼레이터, 센서, TaskFlow의 연습문제."""

from __future__ import annotations

import json
import math
from typing import Any

from mlops_lab import flights
from mlops_lab.flights import steps
from mlops_lab.lesson.checking import Wrong, exercise, one_of, short
from mlops_lab.lesson.dag_checks import Dag, expect_order, expect_success, expect_tasks, read_dag, run_to_end
from mlops_lab.lesson.runs import Run

_MODES = {"A": "poke", "B": "deferrable", "C": "reschedule"}
_WAYS = {0.31: "call_people", 0.3: "retrain", 0.2: "keep_model"}
"""09-3에서 실행해 보는 지연율과 가야 할 길. 경계의 값을 고릅니다."""
_SMALL = 1000
"""쪽지로 보아 줄 만한 글자 수."""


@exercise("09-1")
def march_delays(value: Any) -> str:
    """3월의 지연을 TaskFlow로 요약하는 DAG."""
    import pandas as pd

    dag = read_dag(value)
    expect_tasks(dag, ["find_file", "late_rate", "worst", "report"])
    expect_order(
        dag,
        {"late_rate": ["find_file"], "worst": ["find_file"], "report": ["late_rate", "worst"]},
        hint="TaskFlow에서는 값을 넘긴 자리에 화살표가 생깁니다. 누가 누구의 값을 받는지 봅니다.",
    )
    if plain := [name for name, task in dag.tasks.items() if not task["operator_name"].startswith("@task")]:
        raise Wrong(
            saw=f"{', '.join(f'`{name}`' for name in sorted(plain))}의 오퍼레이터: {dag.tasks[plain[0]]['operator_name']}",
            expected="함수에 `@task`를 붙인 태스크",
            hint="오퍼레이터 대신 함수를 적고 `@task`를 붙입니다.",
        )
    home = flights.home()
    steps.prepare("2013-03", home, "labels")
    run = run_to_end(dag)
    expect_success(run)
    place = json.dumps(_xcom(dag, run, "find_file"))
    if len(place) > _SMALL:
        raise Wrong(
            saw=f"`find_file`이 넘긴 쪽지: {len(place):,}글자",
            expected="자료의 경로만 적은 짧은 쪽지",
            hint="파일을 읽는 것은 받는 태스크가 하게 하고, 경로를 글로 돌려줍니다.",
        )
    delays = pd.read_csv(home / "warehouse" / "2013-03" / "labels.csv.gz")["arr_delay"]
    truth = {"late_rate": float((delays > 15).mean()), "worst": float(delays.max())}
    seen = _xcom(dag, run, "report")
    if not isinstance(seen, dict) or set(seen) != set(truth):
        raise Wrong(
            saw=f"`report`가 돌려준 것: {short(seen)}",
            expected="열쇠가 `late_rate`와 `worst`인 사전",
            hint="`report`가 두 값을 받아 사전 하나로 묶어 돌려주는지 봅니다.",
        )
    for name, right in truth.items():
        if not isinstance(seen[name], int | float) or not math.isclose(seen[name], right, rel_tol=1e-3):
            hints = {
                "late_rate": "15분 넘게 늦은 편을 전체의 수로 나눈 비율입니다. 퍼센트가 아닙니다.",
                "worst": "글자로 견주지 않았는지(`'99' > '100'`), 수로 바꾼 다음 가장 큰 것을 골랐는지 봅니다.",
            }
            raise Wrong(
                saw=f"`{name}`의 값 {short(seen[name])}", expected="3월의 자료에서 셈한 값", hint=hints[name]
            )
    return f"지연율 {truth['late_rate']:.3f}, 가장 늦은 편 {truth['worst']:.0f}분입니다. 쪽지에는 경로와 수만 남았습니다."


@exercise("09-2")
def sensor_modes(value: Any) -> str:
    """세 가지 사정에 맞는 기다리는 방법."""
    if not isinstance(value, dict) or set(value) != set(_MODES):
        raise Wrong(
            saw=short(value),
            expected='열쇠가 "A", "B", "C"인 사전',
            hint="`modes`의 꼴을 그대로 두고 `...`만 바꿉니다.",
        )
    given = {name: one_of(value[name], ("poke", "reschedule", "deferrable")) for name in _MODES}
    missed = [name for name, mode in given.items() if mode != _MODES[name]]
    if not missed:
        return "얼마나 오래, 몇 개를, 누가 대신 기다려 줄 수 있는지가 방법을 정합니다."
    hints = {
        "A": "곧 끝날 일입니다. 자리를 비우고 다시 앉는 데에도 시간이 듭니다. 그럴 까닭이 있습니까?",
        "B": "300개가 10개의 자리를 번갈아 쓰며 들여다본다고 생각해 봅니다. 대신 기다려 줄 것이 있습니까?",
        "C": "자리를 차지하면 안 되고, 대신 기다려 줄 것도 없습니다. 남는 것은 무엇입니까?",
    }
    raise Wrong(
        saw=f"{len(_MODES) - len(missed)}개가 맞고, {', '.join(missed)}가 다릅니다",
        expected="사정에 맞는 방법",
        hint=hints[missed[0]],
    )


@exercise("09-3")
def choose_action(value: Any) -> str:
    """지연율을 보고 세 길 가운데 하나로 가는 DAG."""
    dag = read_dag(value)
    expect_tasks(dag, ["decide", *_WAYS.values(), "write_note", "report"])
    default = dag.details["params"].get("late_rate", {}).get("value")
    if default != 0.2:
        raise Wrong(
            saw=f"매개변수 `late_rate`의 기본값: {short(default)}",
            expected="기본값이 0.2인 매개변수 `late_rate`",
            hint="DAG의 `params`에 이름과 기본값을 적습니다.",
        )
    for rate, way in _WAYS.items():
        run = run_to_end(dag, {"late_rate": rate})
        expect_success(run)
        states = {each.task_id: each.raw_state for each in run.instances}
        gone = [name for name in _WAYS.values() if states[name] == "success"]
        if gone != [way]:
            raise Wrong(
                saw=f"지연율 {rate:g}에서 간 길: {', '.join(f'`{name}`' for name in gone) or '없음'}",
                expected="문제에서 말한 한 길",
                hint="경계의 값을 봅니다. `보다 크면`과 `이하이면`은 값이 같을 때 서로 다른 길입니다.",
            )
        wanted = "skipped" if way == "keep_model" else "success"
        for name, state in (("write_note", wanted), ("report", "success")):
            if states[name] != state:
                raise Wrong(
                    saw=f"지연율 {rate:g}(`{way}`)에서 `{name}`의 상태: {run.tasks[name]}",
                    expected="문제에서 말한 때에만 실행되고, 아니면 건너뛰는 것",
                    hint="업스트림이 건너뛰었을 때 이 태스크가 어떻게 될지, 화살표와 트리거 규칙을 함께 봅니다.",
                )
    waits = {name: ["decide"] for name in _WAYS.values()}
    waits |= {"write_note": ["call_people", "retrain"], "report": [*_WAYS.values(), "write_note"]}
    expect_order(
        dag, waits, hint="`report`는 맨 마지막입니다. 다른 태스크가 모두 끝난 뒤에 시작하는지 봅니다."
    )
    return "지연율을 바꾸어 세 번 실행했습니다. 경계의 값에서도 길이 하나뿐이고, 보고서는 늘 남았습니다."


def _xcom(dag: Dag, run: Run, task_id: str) -> Any:
    """태스크가 돌려준 값. 없으면 None입니다."""
    path = f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/xcomEntries"
    keys = {entry["key"] for entry in dag.lab.client.get(path)["xcom_entries"]}
    return dag.lab.xcom(run, task_id) if "return_value" in keys else None
