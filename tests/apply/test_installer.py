"""An installer: root domain, owner, token, credentials set in mid-run, repositories, roles and plugins from lists."""

from __future__ import annotations

import json

import pytest

from spacectl.commands import sandbox as sandbox_commands
from spacectl.sandbox import server

ROOT = """\
    tasks:
      - name: Root domain
        id: domain
        uses: "@modules/resource"
        spec:
          resource_type: identity.Domain
          data: {name: "${{ var.domain.root }}", config: {LANGUAGE: "${{ var.language }}"}}
          matches: [name]
          mode: NO_UPDATE
      - name: Owner
        id: owner
        uses: "@modules/resource"
        spec:
          resource_type: identity.DomainOwner
          data:
            owner_id: ${{ var.owner.id }}
            password: ${{ var.owner.password }}
            domain_id: ${{ tasks.domain.output.domain_id }}
          matches: [domain_id]
          mode: NO_UPDATE
          verb: {read: get}
      - name: Token
        id: token
        uses: "@modules/resource"
        spec:
          resource_type: identity.Token
          data:
            user_type: DOMAIN_OWNER
            user_id: ${{ tasks.owner.spec.data.owner_id }}
            credentials: {password: "${{ tasks.owner.spec.data.password }}"}
            domain_id: ${{ tasks.domain.output.domain_id }}
          mode: EXEC
          verb: {exec: issue}
      - name: Configure
        id: shell
        uses: "@modules/shell"
        spec:
          run: |
            spacectl config set api_key ${{ tasks.token.output.access_token }}
      - name: Policy
        id: policy
        uses: "@modules/resource"
        spec:
          resource_type: identity.Policy
          data: {name: Everything, permissions: ["*"], domain_id: "${{ tasks.domain.output.domain_id }}"}
          mode: EXEC
          verb: {exec: create}
      - name: Role
        id: role
        uses: "@modules/resource"
        spec:
          resource_type: identity.Role
          data:
            name: System Admin
            role_type: SYSTEM
            policies: [{policy_type: CUSTOM, policy_id: "${{ tasks.policy.output.policy_id }}"}]
            domain_id: ${{ tasks.domain.output.domain_id }}
          mode: EXEC
          verb: {exec: create}
      - name: Program
        id: program
        uses: "@modules/resource"
        spec:
          resource_type: identity.User
          data:
            user_id: ${{ var.user.id }}
            user_type: API_USER
            backend: LOCAL
            domain_id: ${{ tasks.domain.output.domain_id }}
          mode: EXEC
          verb: {exec: create}
      - name: Binding
        uses: "@modules/resource"
        spec:
          resource_type: identity.RoleBinding
          data:
            resource_type: identity.User
            resource_id: ${{ var.user.id }}
            role_id: ${{ tasks.role.output.role_id }}
            domain_id: ${{ tasks.domain.output.domain_id }}
          mode: EXEC
          verb: {exec: create}
      - name: Key
        id: key
        uses: "@modules/resource"
        spec:
          resource_type: identity.APIKey
          data: {user_id: "${{ tasks.program.output.user_id }}", domain_id: "${{ tasks.domain.output.domain_id }}"}
          mode: EXEC
          verb: {exec: create}
      - name: Configure for the program
        id: shell
        uses: "@modules/shell"
        spec:
          run: |
            spacectl config set api_key ${{ tasks.key.output.api_key }} && spacectl config show --show-secrets
"""
LISTS = """\
    var:
      schemas:
        - name: my_access_key
          service_type: secret.credentials
          labels: []
          tags: {description: A key}
          schema: {type: object, properties: {key: {minLength: 4.0, type: string}}, required: [key]}
      plugins:
        - {name: one, image: plugin-one, registry_config: {}, capability: {supported_schema: [my_access_key]}}
        - {name: two, image: plugin-two, registry_config: {}, capability: {use_resource_secret: true}}
    tasks:
      - name: Repository
        uses: "@modules/resource"
        spec:
          resource_type: repository.Repository
          data: {name: Marketplace, repository_type: remote, endpoint: "grpc://repository.example:50051"}
          mode: EXEC
          verb: {exec: register}
      - name: Schema - ${{ item.name }}
        id: schema
        uses: "@modules/resource"
        loop: ${{ var.schemas|to_data }}
        spec:
          resource_type: repository.Schema
          data:
            name: ${{ item.name }}
            schema: ${{ item.schema|to_data }}
            tags: ${{ item.tags|to_data }}
            labels: ${{ item.labels|to_data }}
            service_type: ${{ item.service_type }}
            domain_id: ${{ tasks.domain.output.domain_id }}
          mode: EXEC
          verb: {exec: create}
      - name: Plugin - ${{ item.name }}
        uses: "@modules/resource"
        loop: ${{ var.plugins|to_data }}
        spec:
          resource_type: repository.Plugin
          data:
            name: ${{ item.name }}
            service_type: inventory.Collector
            image: ${{ var.plugin.prefix }}/${{ item.image }}
            registry_config: ${{ item.registry_config|to_data }}
            capability: ${{ item.capability|to_data }}
          mode: EXEC
          verb: {exec: register}
      - name: Schedule
        uses: "@modules/resource"
        spec:
          resource_type: statistics.Schedule
          data:
            domain_id: ${{ tasks.domain.output.domain_id }}
            topic: daily
            schedule: {hours: [1]}
            options: {aggregate: [{query: {resource_type: inventory.CloudService, query: {}}}]}
          mode: EXEC
          verb: {exec: add}
      - name: Print
        uses: "@modules/print"
        spec: {data: "${{ tasks.domain.output.name }}"}
"""
MAIN = """\
    import: [set/root.yml, {lists}]
    var:
      domain: {root: root}
      language: ko
      owner: {id: admin, password: "Admin123!@#"}
      user: {id: root_api_key}
      plugin: {prefix: example}
    tasks: []
"""


@pytest.mark.parametrize("where", ["embedded", "configured"])
def test_an_installer_runs_as_it_is_and_a_second_run_creates_nothing_twice(
    run, write, tmp_path, where, request
) -> None:
    write(ROOT, "set/root.yml")
    # an import may be absolute, as in a Job whose files are mounted
    write(MAIN.replace("{lists}", str(write(LISTS, "set/lists.yml"))), "main.yml")
    if where == "embedded":
        apply = run
    else:
        request.getfixturevalue("platform")
        apply = request.getfixturevalue("spacectl_inprocess")
    first = apply("apply", "main.yml", "-o", "json", "-s")
    assert first.status == 0, first.err
    printed, _, rest = first.out.partition("\n")
    results = json.loads(rest)
    assert printed == '"root"'
    assert "api_key: ****" in results["tasks"]["shell"]["output"]["result"]
    second = apply("apply", "main.yml")
    assert second.status == 0, second.err
    # a token is issued, and a key that is told only once is made anew: later tasks need them
    assert "finished: 11 unchanged, 2 called, 2 ran, 1 done" in second.err
    assert "Key: called create identity.APIKey" in second.err
    for done in (first, second):
        assert "Admin123" not in done.out + done.err


def test_an_id_that_is_only_the_name_of_the_module_may_be_there_twice_until_somebody_uses_it(apply) -> None:
    twice = """\
        tasks:
          - {id: shell, uses: "@modules/shell", spec: {run: "true"}}
          - {id: shell, uses: "@modules/shell", spec: {run: "true"}}
        """
    assert apply(twice).status == 0
    used = apply(twice + "  - {uses: '@modules/print', spec: {data: '${{ tasks.shell.output }}'}}\n")
    assert (used.status, "m.yml:3:5: the id shell is that of m.yml:2:5 already" in used.err) == (2, True)
    assert apply(twice.replace("id: shell", "id: other")).status == 2


def test_a_command_in_the_sandbox_has_an_endpoint_for_every_service() -> None:
    assert set(sandbox_commands.SERVICES) == set(server.SERVICES)


def test_a_value_of_a_map_or_a_required_field_may_be_an_expression(apply) -> None:
    done = apply(
        """\
        var: {schema: {type: object}}
        tasks:
          - uses: "@modules/resource"
            spec:
              resource_type: repository.Schema
              data: {name: s, service_type: a.b, schema: "${{ var.schema }}"}
              matches: [name]
        """
    )
    assert done.status == 0, done.err
