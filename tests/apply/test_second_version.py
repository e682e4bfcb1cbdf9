"""The set-up of a platform by the second version of identity: root domain, administrator, token, roles, bindings."""

from __future__ import annotations

import json

from peers.command import Spacectl

MANIFEST = """\
var:
  admin: {id: root@example.com, password: {value: Sup3rSecret, secret: true}}
  password: {value: Sup3rSecret, secret: true}
  roles:
    - {name: Owner, type: WORKSPACE_OWNER, pages: ["*"]}
    - {name: Member, type: WORKSPACE_MEMBER, pages: [project, asset]}
tasks:
  - name: Who is there
    id: admins
    uses: "@modules/resource"
    spec:
      resource_type: identity.User
      data: {user_id: "${{ var.admin.id }}"}
      mode: EXEC
      verb: {exec: list}
  - name: Begin
    id: system
    if: ${{ tasks.admins.output | len == 0 }}
    uses: "@modules/resource"
    spec:
      resource_type: identity.System
      data: {admin: {user_id: "${{ var.admin.id }}", name: Root, password: "${{ var.password }}"}}
      mode: EXEC
      verb: {exec: init}
  - name: Set up
    sub_tasks:
      - name: Token
        id: token
        uses: "@modules/resource"
        spec:
          resource_type: identity.Token
          data:
            credentials: {user_id: "${{ var.admin.id }}", password: "${{ var.password }}"}
            auth_type: LOCAL
            domain_id: domain-sandbox
          mode: EXEC
          verb: {exec: issue}
      - name: Configure
        uses: "@modules/shell"
        spec: {run: "spacectl config set token ${{ tasks.token.output.access_token | quote }}"}
  - name: Role ${{ item.name }}
    id: roles
    loop: ${{ var.roles }}
    uses: "@modules/resource"
    spec:
      resource_type: identity.Role
      data: {name: "${{ item.name }}", role_type: "${{ item.type }}", page_access: "${{ item.pages }}"}
      matches: [name]
  - name: Binding
    uses: "@modules/resource"
    spec:
      resource_type: identity.RoleBinding
      data: {user_id: "${{ var.admin.id }}", role_id: "${{ tasks.roles[0].output.role_id }}"}
      matches: [user_id, role_id]
      mode: NO_UPDATE
  - uses: "@modules/print"
    spec: {data: "${{ tasks.roles.output | map(attribute='page_access') | list }}"}
"""


def test_a_platform_is_set_up_once_and_left_alone_after(platform: str, spacectl: Spacectl) -> None:
    (spacectl.home / "m.yml").write_text(MANIFEST)
    first = spacectl("apply", "m.yml")
    assert (first.status, json.loads(first.out)) == (0, [["*"], ["project", "asset"]]), first.err
    assert "finished: 1 read, 2 called, 1 ran, 3 created, 1 done" in first.err
    second = spacectl("apply", "m.yml")
    assert "finished: 1 read, 1 skipped, 1 called, 1 ran, 3 unchanged, 1 done" in second.err
    (spacectl.home / "m.yml").write_text(MANIFEST.replace("[project, asset]", "[project]"))
    third = spacectl("apply", "m.yml")
    assert "Role Owner: unchanged" in third.err
    assert "Role Member: updated" in third.err
    assert json.loads(third.out) == [["*"], ["project"]]
    assert "Sup3rSecret" not in first.err + second.err + third.err
