"""What is wrong with staged rules, and what only looks wrong, by field path: all of it at once, from billing.rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from billing.rules.lint import lint_rules
from billing.rules.parse import examine_rules
from billing.schemas.rating import BillingModelType, ContractRuleConfig
from moveinsync_desktop.models.rule_words import Path, key_at, path_of

WHERE = "rules"


def examine(
    model: BillingModelType, rules: Mapping[str, Any], vehicle_types: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Problems and doubts; doubts only where there is no problem. `vehicle_types`: those that trips really use."""
    config, found = examine_rules(model, rules, where=WHERE)
    problems: dict[str, str] = {}
    for problem in found:
        text = problem.where.removeprefix(WHERE).lstrip(".")
        problems.setdefault(text, _sentence(problem.message, path_of(text)))
    return problems, {} if found else _doubts_of(config, vehicle_types)


def _doubts_of(config: ContractRuleConfig, vehicle_types: Collection[str]) -> dict[str, str]:
    """What can be rated but was probably not meant, by field path; unknown and unused keys have a card of their own."""
    found = lint_rules(config, vehicle_types=vehicle_types)
    made: dict[str, str] = {}
    for finding in found:
        if finding.code not in ("UNKNOWN_KEY", "UNUSED_KEY") or "." in finding.where:
            made.setdefault(finding.where, finding.message)
    return made


def _sentence(message: str, path: Path) -> str:
    """A validation message without the field's own name, which stands beside it already."""
    key = key_at(path)
    label = key.label if key is not None else ""
    if message.endswith(" is missing"):
        return "a choice is needed" if key is not None and key.choices else "a figure is needed"
    text = message.removeprefix(f"{label}: ") if label else message
    return text[:1].lower() + text[1:]
