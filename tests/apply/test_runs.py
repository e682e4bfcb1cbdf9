"""A run: idempotent, minimal, stopped by its first failure, with nothing but the result on standard output."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

PROJECT = """\
    var: {name: shop-2, tag: one}
    tasks:
      - name: Project ${{ var.name }}
        id: project
        uses: "@modules/resource"
        spec:
          resource_type: identity.Project
          data:
            name: ${{ var.name }}
            project_type: PUBLIC
            tags: {stage: "${{ var.tag }}"}
          matches: [name]
"""


def row(run, name: str) -> dict:
    return json.loads(run("list", "identity.Project", "-p", f"name={name}", "-o", "json").out)["results"][0]


def test_what_is_not_there_is_created_and_a_second_run_changes_nothing(apply, run) -> None:
    first, second = apply(PROJECT), apply(PROJECT)
    assert (first.status, first.out, second.status, second.out) == (0, "", 0, "")
    assert "Project shop-2: created identity.Project" in first.err
    assert "Project shop-2: unchanged identity.Project" in second.err
    assert "nothing was changed" in second.err
    assert "nothing was changed" not in first.err


def test_only_what_differs_is_updated_and_foreign_keys_stay(apply, run) -> None:
    apply(PROJECT)
    before = row(run, "shop-2")
    run("exec", "update", "identity.Project", "-p", f"project_id={before['project_id']}", "-p", "tags.other=kept",
        "-p", "tags.stage=one")  # fmt: skip
    done = apply(PROJECT, "--set", "tag=two")
    assert "Project shop-2: updated identity.Project" in done.err
    after = row(run, "shop-2")
    assert after["tags"] == {"stage": "two", "other": "kept"}
    assert after["project_id"] == before["project_id"]
    assert "unchanged" in apply(PROJECT, "--set", "tag=two").err


def test_a_plan_says_what_would_be_done_and_does_nothing(apply, run) -> None:
    assert apply(PROJECT, "--dry-run").status == 0
    plan = apply(PROJECT, "--dry-run", "--detailed-exitcode")
    assert (plan.status, plan.err) == (4, "")
    assert "+ create identity.Project  Project shop-2  (m.yml:3:5)" in plan.out
    assert "shop-2" not in run("list", "identity.Project").out
    apply(PROJECT)
    same = apply(PROJECT, "--dry-run", "--detailed-exitcode")
    assert (same.status, "nothing to do" in same.out) == (0, True)
    other = apply(PROJECT, "-v", "tag=two", "--dry-run", "--detailed-exitcode", "-o", "json")
    entry = json.loads(other.out)["results"][0]
    assert other.status == 4
    assert entry["action"] == "update"
    assert entry["changes"] == [{"path": "tags.stage", "before": "one", "after": "two"}]
    assert row(run, "shop-2")["tags"] == {"stage": "one"}


def test_a_plan_goes_on_where_values_are_known_only_after_the_run(apply) -> None:
    plan = apply(
        PROJECT
        + """\
      - if: ${{ tasks.project.output.project_id != '' }}
        uses: "@modules/shell"
        spec: {run: "touch ran"}
      - loop: ${{ range(tasks.project.output | length) }}
        uses: "@modules/print"
        spec: {data: "${{ tasks.project.output | upper }}"}
      - id: inner
        uses: "@modules/resource"
        spec:
          resource_type: identity.ServiceAccount
          data: {name: a, provider: aws, data: {x: "1"}, project_id: "${{ tasks.project.output.project_id }}"}
          matches: [name, project_id]
    """,
        "--dry-run",
    )
    assert plan.status == 0
    assert "? depends" in plan.out
    assert "+ create identity.ServiceAccount" in plan.out
    assert not Path("ran").exists()


def test_more_than_one_match_is_a_failure_that_lists_them(apply, run) -> None:
    for _ in range(2):
        run("exec", "create", "identity.Project", "-p", "name=shop-2", "-p", "project_type=PUBLIC")
    done = apply(PROJECT)
    assert done.status == 1
    assert "2 of identity.Project match by name: project-" in done.err


def test_a_read_that_fails_is_a_failure_and_nothing_is_created(apply, run) -> None:
    done = apply(
        """\
        tasks:
          - name: first
            uses: "@modules/shell"
            spec: {run: "true"}
          - name: Read
            uses: "@modules/resource"
            spec:
              resource_type: repository.Plugin
              data: {repository_id: gone, name: n, image: a/b, service_type: c}
              matches: [repository_id]
              verb: {create: register}
              mode: NO_UPDATE
          - name: last
            uses: "@modules/shell"
            spec: {run: "true"}
        """
    )
    assert done.status > 64 or done.status == 2
    assert "a/b" not in run("list", "repository.Plugin").out


def test_the_first_failure_stops_the_run_and_says_what_was_done_and_what_not(apply) -> None:
    manifest = """\
        tasks:
          - {name: first, uses: "@modules/shell", spec: {run: "true"}}
          - {name: second, uses: "@modules/shell", spec: {run: "echo broken; exit 7"}}
          - {name: third, uses: "@modules/shell", spec: {run: "touch third"}}
        """
    done = apply(manifest)
    assert (done.status, done.out) == (7, "")
    assert "task 'second' (m.yml:3:5): the script ended with exit status 7: broken" in done.err
    assert "done so far: first" in done.err
    assert "not done: third" in done.err
    assert not Path("third").exists()
    last = apply(manifest, "--error-format", "json").err.splitlines()[-1]
    assert json.loads(last)["error"]["task"]["where"] == "m.yml:3:5"


def test_what_was_left_of_loops_and_groups_is_not_done_and_a_script_shows_all_that_it_said(apply) -> None:
    done = apply(
        """\
        tasks:
          - name: group
            loop: [1, 2, 3]
            sub_tasks:
              - name: inner ${{ item }}
                loop: [4, 5, 6]
                uses: "@modules/shell"
                spec: {run: "[ ${{ item }} = 4 ] || { echo why; echo 'error: bad'; echo 'hint: good'; exit 3; }"}
              - {name: sibling, uses: "@modules/print", spec: {data: 1}}
          - {name: after, uses: "@modules/print", spec: {data: 2}}
        """
    )
    assert (done.status, done.out) == (3, "")
    assert "task 'inner 5' (m.yml:5:9): the script ended with exit status 3: error: bad\n" in done.err
    assert "not done: inner ${{ item }} (1 more), sibling, group (2 more), after" in done.err
    assert "      why\n" in done.err


def test_a_failed_call_gives_its_own_status(apply) -> None:
    done = apply(
        """\
        tasks:
          - name: Get
            uses: "@modules/resource"
            spec: {resource_type: identity.Project, data: {project_id: gone}, mode: EXEC, verb: {exec: get}}
        """
    )
    assert done.status == 69
    assert "get identity.Project: ERROR_NOT_FOUND" in done.err


def test_loops_have_items_and_their_outputs_are_a_list(apply) -> None:
    done = apply(
        """\
        var: {names: [a, b, 0]}
        tasks:
          - name: Each ${{ item }}
            id: each
            loop: ${{ var.names }}
            uses: "@modules/shell"
            spec: {run: "printf %s ${{ item }}"}
          - name: outer
            loop: [x, y]
            sub_tasks:
              - {id: all, uses: "@modules/concat", spec: {data: ["${{ item }}"]}}
          - uses: "@modules/print"
            spec:
              data:
                one: ${{ tasks.each.output | map(attribute='result') | list }}
                two: ${{ tasks.all.output }}
                three: "${{ [range(2), {'a': 1}.items()] }}"
        """
    )
    assert done.status == 0, done.err
    assert json.loads(done.out) == {"one": ["a", "b", "0"], "two": ["x", "y"], "three": [[0, 1], [["a", 1]]]}
    assert "Each a: ran" in done.err
    assert "outer (2 times)" in done.err


def test_what_imports_overrides_what_is_imported_and_flags_beat_files(apply, write) -> None:
    write("var: {a: imported, b: imported, c: imported}\n", "inner/i.yml")
    write("var: {c: from-file}\n", "v.yml")
    text = """\
        import: [inner/i.yml]
        var: {a: "${{ var.b }}!"}
        env: {MARK: from-file}
        tasks:
          - {id: s, uses: "@modules/shell", spec: {run: "printf %s $MARK"}}
          - {uses: "@modules/print", spec: {data: "${{ [var.a, var.b, var.c, tasks.s.output.result] }}"}}
        """
    assert json.loads(apply(text).out) == ["imported!", "imported", "imported", "from-file"]
    done = apply(text, "-v", "b=${{ flag }}", "--var-file", "v.yml", "-e", "MARK=flag")
    assert json.loads(done.out) == ["${{ flag }}!", "${{ flag }}", "from-file", "flag"]


def test_a_file_that_two_others_import_runs_once(apply, write) -> None:
    write("var: {v: base}\ntasks: [{id: base, uses: '@modules/shell', spec: {run: echo}}]\n", "base.yml")
    write("import: [base.yml]\nvar: {v: left}\n", "left.yml")
    write("import: [./base.yml]\n", "right.yml")
    done = apply("import: [left.yml, right.yml]\ntasks: [{uses: '@modules/print', spec: {data: '${{ var.v }}'}}]")
    assert (done.status, done.out) == (0, '"base"\n')
    assert "finished: 1 ran, 1 done" in done.err


@pytest.mark.parametrize(
    ("env", "script", "words"),
    [
        ('{"A=B": 1}', "echo", "env: 'A=B' cannot be an environment variable"),
        ('{A: "a\\0"}', "echo", "env: 'A' cannot be an environment variable"),
        ("{}", "echo ${{ 'x' * 3000000 }}", "the script cannot be run: Argument list too long"),
    ],
)
def test_a_script_that_cannot_be_started_is_a_failure_of_its_task(apply, env: str, script: str, words: str) -> None:
    done = apply(f"env: {env}\ntasks: [{{name: s, uses: '@modules/shell', spec: {{run: \"{script}\"}}}}]")
    assert done.status in (1, 2)
    assert f"task 's' (m.yml:2:9): {words}" in done.err


def test_the_module_of_a_task_may_be_an_expression_and_groups_have_results(apply) -> None:
    done = apply(
        """\
        var: {module: concat}
        tasks:
          - id: group
            sub_tasks: [{id: made, uses: "@modules/${{ var.module }}", spec: {data: [1]}}]
          - if: not ${{ tasks.group.output | bool }}
            uses: "@modules/print"
            spec: {data: "${{ tasks.made.output }}"}
        """
    )
    assert (done.status, json.loads(done.out)) == (0, [1])
    assert (
        "there is no module @modules/nope"
        in apply('var: {m: nope}\ntasks: [{uses: "@modules/${{ var.m }}", spec: {data: [1]}}]\n').err
    )


def test_a_part_of_a_variable_can_be_given_on_the_command_line(apply) -> None:
    text = """\
        var: {domain: {user: demo, root: root}, n: 1}
        tasks: [{uses: "@modules/print", spec: {data: ["${{ var.domain }}", "${{ var.n }}"]}}]
        """
    assert json.loads(apply(text, "-v", "domain.user=me", "-v", "domain.a.b=c").out) == [
        {"user": "me", "root": "root", "a": {"b": "c"}},
        1,
    ]


def test_a_person_at_a_terminal_sees_colours_and_a_tree_and_a_pipe_plain_lines(write, spacectl) -> None:
    path = write(
        """\
        tasks:
          - name: group
            sub_tasks:
              - {name: inner, uses: "@modules/shell", spec: {run: "true"}}
        """
    )
    seen = spacectl("--environment", "sandbox", "apply", str(path), tty=("stderr",))
    assert "group (sub-tasks)\n  inner: \x1b[36mran\x1b[0m (" in seen.err
    assert "\x1b" not in spacectl("--environment", "sandbox", "apply", str(path)).err


def test_a_task_costs_less_than_three_milliseconds_beyond_its_calls(apply) -> None:
    def cost(count: int) -> float:
        lines = [
            f"  - {{id: t{n}, name: 'T ${{{{ var.a }}}}', if: '${{{{ var.a == 1 }}}}', uses: '@modules/concat', "
            f"spec: {{data: ['${{{{ var.a }}}}', {n}]}}}}\n"
            for n in range(count)
        ]
        started = time.process_time()
        done = apply("var: {a: 1}\ntasks:\n" + "".join(lines))
        assert f"finished: {count} done" in done.err
        return time.process_time() - started

    cost(1)
    assert (cost(500) - cost(1)) / 499 < 0.003


@pytest.mark.parametrize("option", ["-s", "--no-progress"])
def test_silent_says_nothing_and_the_result_is_all(apply, option: str) -> None:
    done = apply(PROJECT, option, "-o", "yaml")
    assert done.err == ""
    assert "action: create" in done.out


def test_an_older_version_of_an_api_is_taken_where_only_that_has_the_fields(apply) -> None:
    done = apply(
        """\
        tasks:
          - id: domain
            uses: "@modules/resource"
            spec:
              resource_type: identity.Domain
              data: {name: demo, config: {LANGUAGE: en}}
              matches: [name]
              mode: NO_UPDATE
        """,
        "-o",
        "json",
    )
    assert done.status == 0, done.err
    assert json.loads(done.out)["tasks"]["domain"]["output"]["config"] == {"LANGUAGE": "en"}


def test_a_directory_is_its_manifests_in_order_but_for_those_that_others_import(run, write) -> None:
    said = 'tasks: [{{name: {0}, uses: "@modules/print", spec: {{data: "{0}"}}}}]\n'
    write("import: [zz/far.yaml, b.yml]\n" + said.format("first"), "d/a.yml")
    write(said.format("imported"), "d/b.yml")
    write("var: {x: 1}\n" + said.format("last"), "d/c.json")
    write(said.format("far"), "d/zz/far.yaml")
    write("no manifest", "d/notes.txt")
    for line in (("-f", "d"), ("d",), ("d/",)):
        done = run("apply", *line)
        assert done.status == 0
        assert [one.partition(":")[0] for one in done.err.splitlines()[:-1] if ": " in one] == [
            *("far", "imported", "first", "last"),
        ]
    write("- not one\n", "d/e.yml")
    wrong = run("apply", "d")
    assert (wrong.status, wrong.out) == (2, "")
    assert "d/e.yml:1:1" in wrong.err
    write("import: [b.yml]\n", "loop/a.yml")
    write("import: [a.yml]\n", "loop/b.yml")
    assert "imports itself" in run("apply", "loop").err
    write("", "empty/README.md")
    assert "holds no file that ends in .yml, .yaml, .json" in run("apply", "empty").err


def test_turns_of_a_loop_whose_name_is_the_same_are_told_apart(apply) -> None:
    done = apply("""\
        tasks:
          - name: role
            loop: [viewer, editor]
            sub_tasks:
              - name: say
                uses: "@modules/print"
                spec: {data: "${{ item }}"}
          - name: thing
            loop: [{a: 1}, {a: 2}]
            uses: "@modules/print"
            spec: {data: "${{ item.a }}"}
          - loop: [{a: 1}]
            if: "${{ false }}"
            uses: "@modules/print"
            spec: {data: x}
          - name: own ${{ item }}
            loop: [1]
            uses: "@modules/print"
            spec: {data: x}
    """)
    lines = [line.partition(":")[0] for line in done.err.splitlines()]
    for name in ("  role viewer (sub-tasks)", "  role editor (sub-tasks)", "  thing [0]", "  thing [1]", "  own 1"):
        assert name in lines
    assert "  print [0]" in lines


def test_the_turn_of_a_loop_that_fails_is_named(apply) -> None:
    done = apply("""\
        tasks:
          - name: role
            loop: [good, bad]
            uses: "@modules/shell"
            spec: {run: "test ${{ item }} = good"}
    """)
    assert done.status == 1
    assert "role bad" in done.err
