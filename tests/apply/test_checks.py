"""The whole manifest is checked before its first task: everything at once, each at its place."""

from __future__ import annotations

import pytest

BAD = """\
    import: [gone.yml]
    vars: {a: 1}
    tasks:
      - name: one
        id: one
        use: "@modules/shell"
      - id: one
        uses: "@module/shell"
        spec: {run: "echo ${{ tasks.two.output }} ${{ var.nope }} ${{ item }} ${{ a b }}"}
      - id: two
        if: ${{ tasks.tow.output | bool }}
        uses: "@modules/reource"
      - uses: "@modules/resource"
        spec:
          resource_type: identity.Project
          data: {name: x}
          matches: [nam]
          mode: NO_UPDATE
          verb: {update: update}
      - uses: "@modules/shell"
        spec: {rum: echo}
      - uses: "@modules/resource"
        spec: {resource_type: identity.Project, data: {nam: x, name: y, project_type: PUBLIC}, matches: [name]}
      - uses: "@modules/shell"
        spec: {run: [echo]}
"""


def test_every_problem_is_reported_at_once_with_its_line_and_nothing_runs(apply) -> None:
    done = apply(BAD)
    assert (done.status, done.out) == (2, "")
    for words in (
        "gone.yml",
        "m.yml:2:1: a manifest has no vars; did you mean var?",
        "m.yml:6:5: a task has no use; did you mean uses?",
        "m.yml:4:5: `uses` or `sub_tasks` is due",
        "m.yml:7:5: the id one is that of m.yml:4:5 already",
        'm.yml:8:11: there is no module @module/shell; write "@modules/shell"',
        "a b",
        "there is no task tow; did you mean two?",
        "m.yml:12:11: there is no module @modules/reource; there is @modules/resource",
        "matches: nam is not in data",
        "mode NO_UPDATE calls no update",
        "@modules/shell needs run in its spec",
        "a spec has no rum; did you mean run?",
        "m.yml:23:52: nam: unknown field",
        "m.yml:25:17: run: a script is due",
    ):
        assert words in done.err, words


def test_names_that_cannot_be_there_are_found_before_the_run(apply) -> None:
    done = apply(
        """\
        tasks:
          - id: a
            uses: "@modules/shell"
            spec: {run: "echo ${{ tasks.b.output }} ${{ tasks.a.output }} ${{ item.x }} ${{ var.no }} ${{ nothing }}"}
          - id: b
            uses: "@modules/shell"
            spec: {run: "echo ran > ran.txt"}
        """
    )
    assert done.status == 2
    assert done.err.count("m.yml:4:17") == 5
    assert "tasks.b comes later" in done.err
    assert "item is for tasks in a loop" in done.err
    assert "there is no variable no: -v no=VALUE gives it" in done.err


def test_fields_that_the_request_does_not_have_are_found_before_the_first_call(apply, run) -> None:
    done = apply(
        """\
        tasks:
          - uses: "@modules/resource"
            spec: {resource_type: identity.ProjectGroup, data: {name: early}, matches: [name]}
          - uses: "@modules/resource"
            spec:
              resource_type: identity.Project
              data: {nam: x, project_type: PUBLIC, tags: {any: key}}
              matches: [nam]
          - uses: "@modules/resource"
            spec: {resource_type: identity.Projet, data: {name: x}, matches: [name]}
          - uses: "@modules/resource"
            spec: {resource_type: identity.Project, mode: EXEC, verb: {exec: creat}}
        """
    )
    assert done.status == 2
    assert "m.yml:7:14: nam" in done.err
    assert "m.yml:10:" in done.err
    assert "Projet" in done.err
    assert "m.yml:12:" in done.err
    assert "early" not in run("list", "identity.ProjectGroup").out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "no manifest is named"),
        (("x.yml", "-v", "novalue"), "not KEY=VALUE"),
        (("x.yml", "--resume"), "--resume needs the journal"),
        (("x.yml", "--detailed-exitcode"), "is for a plan"),
        (("gone.yml",), "gone.yml"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_status_2(run, options, words) -> None:
    done = run("apply", *options)
    assert (done.status, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_local_module_runs_only_where_that_is_allowed(apply, write) -> None:
    write("def run(spec):\n    return {'twice': spec['n'] * 2}\n", "own.py")
    manifest = """\
        tasks:
          - {id: own, uses: own.py, spec: {n: 21}}
          - {uses: "@modules/print", spec: {data: "${{ tasks.own.output.twice }}"}}
        """
    assert "--allow-local-modules runs it" in apply(manifest).err
    done = apply(manifest, "--allow-local-modules")
    assert (done.status, done.out) == (0, "42\n")
