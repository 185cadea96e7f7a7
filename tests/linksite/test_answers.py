"""Support asks what a stored answer means: the words, and the command."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from linksite import answers
from linksite.intacct import explain, outcomes

SAMPLES = Path(__file__).parent.parent / "samples" / "intacct"


def run(name, **options):
    out = io.StringIO()
    call_command("explain_answer", str(SAMPLES / name), stdout=out, **options)
    return json.loads(out.getvalue())


def test_every_outcome_has_words_and_somebody_who_must_act():
    assert set(answers.MEANINGS) == set(outcomes.OUTCOMES)


@pytest.mark.parametrize("outcome", outcomes.OUTCOMES)
def test_nobody_is_told_to_act_on_what_is_tried_again(outcome):
    is_retried = outcomes.retry(outcome) != "no"

    assert not is_retried or answers.MEANINGS[outcome].who == answers.NOBODY


def test_the_command_prints_what_support_needs():
    told = run("permission-missing.xml")

    assert told["outcome"] == "permission_missing"
    assert told["who"] == "the customer's administrator"
    assert told["errors"][0]["number"] == "PL04000005"
    assert told["errors"][0]["support_id"] == "k3J9~Zx81"
    assert [part["status"] for part in told["results"]] == ["failure"]
    assert told["retry"] == "no"
    assert "permission" in told["message_en"]


def test_status_and_type_count():
    assert run("answer-nothing.txt", status=524)["outcome"] == "unknown_outcome"
    assert run("answer-rows.csv", content_type="text/csv")["results"][0]["rows"] == 2


def test_of_a_mixed_answer_the_first_who_must_act_is_named():
    assert run("answer-mixed.xml")["who"] == answers.ADMINISTRATOR


@pytest.mark.parametrize("name", ["answer-doctype.xml", "answer-cut.xml"])
def test_what_is_refused_is_explained_as_well(name):
    assert run(name)["outcome"] == "malformed_response"


def test_a_file_that_cannot_be_read_ends_with_two():
    with pytest.raises(CommandError) as caught:
        call_command("explain_answer", "/nonexistent/answer.xml")

    assert caught.value.returncode == 2


def test_the_words_come_in_both_languages():
    told = answers.explained(explain.Explanation("throttled"))

    assert told["message_en"].startswith("Sage Intacct is busy")
    assert told["message_fr"]
