"""Secrets are on no screen: not in progress, errors, debug, plans or results."""

from __future__ import annotations

MANIFEST = """\
    var:
      word: {value: hunter-22, secret: true}
      api_key: key-abcdef
    tasks:
      - name: Say ${{ var.word }}
        id: say
        debug: true
        uses: "@modules/shell"
        spec: {run: "echo '${{ var.word }} ${{ var.api_key }}' | tee file"}
      - uses: "@modules/print"
        spec: {data: {all: "${{ tasks.say.output.result }}", password: other-secret}}
      - name: fails
        uses: "@modules/shell"
        spec: {run: "echo ${{ var.word }} key-abcdef; exit 3"}
"""


def test_marked_variables_and_values_under_secret_keys_are_masked_everywhere(apply, tmp_path) -> None:
    for options in ((), ("-o", "json"), ("--dry-run",), ("--dry-run", "-o", "json"), ("--error-format", "json")):
        done = apply(MANIFEST, *options)
        for secret in ("hunter-22", "key-abcdef", "other-secret"):
            assert secret not in done.out + done.err
    assert (tmp_path / "file").read_text() == "hunter-22 key-abcdef\n"


def test_a_journal_is_for_its_owner_alone(apply, tmp_path) -> None:
    apply(MANIFEST, "--journal", "j")
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


def test_what_is_made_of_a_secret_is_one(apply) -> None:
    done = apply(
        """\
        var:
          word: {value: hunter-22, secret: true}
          url: https://me:${{ var.word | replace('-', '%2D') }}@example.com
        tasks:
          - id: say
            debug: true
            uses: "@modules/shell"
            spec: {run: "echo ${{ var.word | upper }} ${{ var.url }} ${{ 'plain' }}"}
          - uses: "@modules/print"
            spec: {data: "${{ tasks.say.output.result }}"}
        """
    )
    assert done.status == 0, done.err
    for secret in ("HUNTER-22", "hunter%2D22"):
        assert secret not in done.out + done.err
    assert "**** https://me:****@example.com plain" in done.err


def test_standard_output_alone_shows_secrets_where_that_is_asked_for(apply) -> None:
    done = apply(MANIFEST, "--show-secrets", "--no-progress")
    assert "hunter-22 key-abcdef" in done.out
    assert "other-secret" in done.out
    assert "hunter-22" not in done.err
