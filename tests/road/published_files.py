"""What the published command lines read: files of the names that they use."""

from __future__ import annotations

FILES = {
    "plugin_slack_notification_protocol.yml": """\
name: Slack Notification Protocol
service_type: notification.Protocol
image: pyengine/plugin-slack-notification-protocol_settings
capability:
  supported_schema: [slack_webhook]
  data_type: SECRET
tags:
  description: Slack
  "spaceone:plugin_name": Slack
  icon: 'https://assets.example.test/slack.svg'
provider: slack
template: {}
""",
    "register_plugin.yaml": "name: Billing\nimage: lab/plugin-billing\nlabels:\n- cost\n",
    "register_repository.yaml": "name: Local\nrepository_type: local\nendpoint: grpc://repository:50051\n",
    "create_schema.yaml": "name: aws_access_key\nschema:\n  required: [aws_access_key_id]\n  order: 1\n",
    "provider.yaml": "provider: appdynamics\nname: AppDynamics\norder: 10\ntags: {color: '#fff'}\n",
    "ncloud_provider.yaml": "provider: ncloud\nname: 네이버 클라우드\n",
    "root.yaml": "admin:\n  user_id: admin\n  password: 12345678\ndomain:\n  name: root\n",
    "domain.yaml": "name: spaceone\nadmin:\n  user_id: admin@example.com\n  password: 0123\n",
    "register_datasource.yaml": "name: Billing\ndata_source_type: EXTERNAL\nplugin_info:\n  version: 1.10\n",
    "update_collector.yaml": "collector_id: collector-1\nversion: 1.0\noptions: {}\n",
    "keycloak.yaml": """\
domain_id: domain-1
plugin_info:
  plugin_id: plugin-keycloak
  version: '1.0'
  options: {realm: x}
""",
    "config.yaml": "domain_id: domain-1\nconfig:\n  settings:\n    ICON: null\n",
    "test-domain-admin.yaml": """\
name: Domain Admin
role_type: DOMAIN
permissions: [identity.*, on]
domain_id: replaced
""",
    "update_role.yaml": "---\nname: no\n",
    "test/init.yml": "---\noptions: {}\n",
    "test/verify.yml": '{"options": {}, "secret_data": {"key": "0123"}}',
    "test/collect.yml": "options:\n  regions: [us-east-1]\nsecret_data: {}\nfilter: {}\n",
}
SUBSTITUTES = {
    "<whole dashboard JSON>": """'{"name": "Costs", "layouts": {"rows": [[1, 0.5]]}, "labels": ["a"]}'""",
    "${{ tasks.domain.output.domain_id }}": "domain-1",
}
