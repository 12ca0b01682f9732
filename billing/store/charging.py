"""What a month cost, as conditions for queries: one rule for the Overview and the reports."""

from __future__ import annotations

CHARGING = "(r.kind = 'BILL' AND r.status IN ('DRAFT', 'ISSUED') OR r.kind = 'NOTE' AND r.status = 'ISSUED')"
"""Of runs `r`: bills, and what issued notes added to them or took away."""

MODELS = """app.billing_run_versions b JOIN app.contract_versions v
            ON v.client_id = b.client_id AND v.id = b.version_id"""
MODEL = f"""model AS (SELECT b.client_id, b.run_id, b.version_number, v.billing_model
                 FROM {MODELS} WHERE b.client_id = :client)"""
"""A WITH term: the billing model of each version of a run."""

NEWEST_MODEL = f"""coalesce(m.billing_model, (SELECT v.billing_model FROM {MODELS}
                JOIN app.billing_runs o ON o.client_id = b.client_id AND o.id = b.run_id
               WHERE o.client_id = r.client_id AND o.contract_id = r.contract_id AND o.month = r.month
               ORDER BY o.created_at DESC, b.version_number DESC LIMIT 1))"""
"""The model `m` of run `r`; where a note corrects a version that is gone by now, the contract's newest model."""
