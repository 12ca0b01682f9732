"""The separate checker (SECURITY.md (e)): says what does not add up in a workspace's database.

    violations(connection)                          # a psycopg2 connection as the cluster's superuser
    python -m tests.support.checker "DSN"           # prints every violation, exit 1 where there is one

SQL only. It shares no code with the product: no function of its schemas is called, every figure is computed anew from
the rows. Each check is a query that gives one line of text for each violation.
"""

from __future__ import annotations

import sys
from typing import Any

_ZERO = "decode(repeat('00', 32), 'hex')"
_CODES = (
    "BASE_FARE DISTANCE TIME SLAB ZONE SEATS PACKAGE EXTRA_KM EXTRA_HOUR DRIVER_ALLOWANCE MIN_FARE_TOPUP MAX_FARE_CAP "
    "CARPOOL_DISCOUNT NIGHT ESCORT WAITING TOLL PARKING NO_SHOW CANCELLATION"
)
_LIST = ", ".join(f"('{code}')" for code in _CODES.split())

# Every trip charge as one row a code: (client_id, run_id, trip_id, code, taxable, tax_milli, amount).
_FLAT = f"""
    SELECT c.client_id, c.run_id, c.trip_id, x.code, x.taxed AS taxable,
           CASE WHEN x.taxed THEN c.tax_milli ELSE 0 END AS tax_milli, x.amount
      FROM app.trip_charges c CROSS JOIN LATERAL (
        SELECT l.code, CASE l.code WHEN 'TOLL' THEN c.toll_taxable WHEN 'PARKING' THEN c.parking_taxable ELSE true END
               AS taxed, (to_jsonb(c)->>lower(l.code))::bigint AS amount FROM (VALUES {_LIST}) AS l(code)) x"""

CHECKS: dict[str, str] = {
    "the trip's figures are the sum of its codes": f"""
        SELECT format('trip %s of run %s: taxable %s, codes %s; untaxed %s, codes %s', c.trip_id, c.run_id, c.taxable,
                      f.taxable, c.non_taxable, f.untaxed)
          FROM app.trip_charges c
          JOIN (SELECT client_id, run_id, trip_id, coalesce(sum(amount) FILTER (WHERE taxable), 0) AS taxable,
                       coalesce(sum(amount) FILTER (WHERE NOT taxable), 0) AS untaxed
                  FROM ({_FLAT}) f GROUP BY 1, 2, 3) f USING (client_id, run_id, trip_id)
         WHERE (c.taxable, c.non_taxable) IS DISTINCT FROM (f.taxable, f.untaxed)""",
    "a run's totals are the sum of its ledger": """
        SELECT format('run %s (%s): %s', r.id, r.status, x.what)
          FROM app.billing_runs r
          LEFT JOIN LATERAL (SELECT count(*) AS trips, coalesce(sum(c.taxable), 0) AS taxable,
                                    coalesce(sum(c.non_taxable), 0) AS untaxed, coalesce(sum(c.incentive), 0) AS bonus
                               FROM app.trip_charges c WHERE c.client_id = r.client_id AND c.run_id = r.id) c ON true
          LEFT JOIN LATERAL (SELECT coalesce(sum(p.amount), 0) AS amount FROM app.period_charges p
                              WHERE p.client_id = r.client_id AND p.run_id = r.id) p ON true
          CROSS JOIN LATERAL (VALUES
            (CASE WHEN r.trips <> c.trips THEN format('%s trips, the ledger has %s', r.trips, c.trips) END),
            (CASE WHEN r.taxable <> c.taxable + p.amount
                  THEN format('taxable %s, the ledger has %s', r.taxable, c.taxable + p.amount) END),
            (CASE WHEN r.non_taxable <> c.untaxed THEN format('untaxed %s, ledger %s', r.non_taxable, c.untaxed) END),
            (CASE WHEN r.incentive <> c.bonus THEN format('incentive %s, ledger %s', r.incentive, c.bonus) END),
            (CASE WHEN r.total <> r.taxable + r.non_taxable + r.tax + r.round_off + r.incentive
                  THEN format('total %s is not the sum of its parts', r.total) END)) AS x(what)
         WHERE r.status IN ('DRAFT', 'ISSUED', 'VOID') AND r.kind = 'BILL' AND x.what IS NOT NULL""",
    "an invoice says what its run says": """
        SELECT format('invoice %s of run %s: total %s and run %s, incentive %s; taxable %s and %s; tax %s and %s',
                      i.id, r.id, i.total, r.total, r.incentive, i.taxable, r.taxable, i.tax, r.tax)
          FROM app.invoices i JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id
         WHERE r.kind = 'BILL' AND i.corrects_id IS NULL
           AND (i.total, i.taxable, i.non_taxable, i.tax, i.cgst, i.sgst, i.igst, i.rcm_tax, i.round_off, i.tds)
               IS DISTINCT FROM (r.total - r.incentive, r.taxable, r.non_taxable, r.tax, r.cgst, r.sgst, r.igst,
                                 r.rcm_tax, r.round_off, r.tds)""",
    "an invoice is the sum of its lines": """
        SELECT format('invoice %s: %s', i.id, x.what) FROM app.invoices i
          LEFT JOIN LATERAL (
            SELECT coalesce(sum(l.amount) FILTER (WHERE l.taxable), 0) AS taxable,
                   coalesce(sum(l.amount) FILTER (WHERE NOT l.taxable), 0) AS untaxed, coalesce(sum(l.tax), 0) AS tax,
                   coalesce(sum(l.cgst), 0) AS cgst, coalesce(sum(l.sgst), 0) AS sgst, coalesce(sum(l.igst), 0) AS igst
              FROM app.invoice_lines l WHERE l.client_id = i.client_id AND l.invoice_id = i.id) l ON true
          CROSS JOIN LATERAL (VALUES
            (CASE WHEN i.taxable <> l.taxable THEN format('taxable %s, lines %s', i.taxable, l.taxable) END),
            (CASE WHEN i.non_taxable <> l.untaxed THEN format('untaxed %s, lines %s', i.non_taxable, l.untaxed) END),
            (CASE WHEN (i.tax, i.cgst, i.sgst, i.igst) IS DISTINCT FROM (l.tax, l.cgst, l.sgst, l.igst)
                  THEN format('tax %s, lines %s', i.tax, l.tax) END),
            (CASE WHEN i.total <> i.taxable + i.non_taxable + i.tax + i.round_off
                  THEN format('total %s is not the sum of its parts', i.total) END)) AS x(what)
         WHERE x.what IS NOT NULL""",
    "an invoice's lines are the sum of the ledger": f"""
        SELECT format('run %s, %s %s at %s: ledger %s, line %s', run_id, source, code, tax_milli, s.amount, l.amount)
          FROM (SELECT client_id, run_id, source, code, taxable, tax_milli, sum(amount)::bigint AS amount FROM (
                  SELECT client_id, run_id, 'TRIP' AS source, code, taxable, tax_milli, amount FROM ({_FLAT}) f
                  UNION ALL SELECT client_id, run_id, 'PERIOD', code, true, tax_milli, amount FROM app.period_charges) u
                 GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(amount) <> 0) s
          FULL JOIN (SELECT i.client_id, i.run_id, x.source, x.code, x.taxable, x.tax_milli,
                            CASE i.doc_type WHEN 'CREDIT_NOTE' THEN -x.amount ELSE x.amount END AS amount
                       FROM app.invoices i JOIN app.invoice_lines x
                         ON x.client_id = i.client_id AND x.invoice_id = i.id
                      WHERE x.amount <> 0 AND i.note_kind IS DISTINCT FROM 'LINES') l
               USING (client_id, run_id, source, code, taxable, tax_milli)
         WHERE s.amount IS DISTINCT FROM l.amount""",
    "notes take no more than was billed": """
        SELECT format('invoice %s, %s %s: %s left, tax %s', o.id, l.source, l.code, sum(d.sign * l.amount),
                      sum(d.sign * l.tax))
          FROM app.invoices o
          JOIN LATERAL (SELECT n.id, CASE n.doc_type WHEN 'CREDIT_NOTE' THEN -1 ELSE 1 END AS sign FROM app.invoices n
                         WHERE n.client_id = o.client_id AND n.status = 'ISSUED'
                           AND (n.id = o.id OR n.corrects_id = o.id)) d ON true
          JOIN app.invoice_lines l ON l.client_id = o.client_id AND l.invoice_id = d.id
         WHERE o.corrects_id IS NULL AND o.status = 'ISSUED'
           AND EXISTS (SELECT 1 FROM app.invoices n WHERE n.client_id = o.client_id AND n.corrects_id = o.id)
         GROUP BY o.client_id, o.id, l.source, l.code, l.taxable, l.tax_milli
        HAVING CASE WHEN l.code IN ('CARPOOL_DISCOUNT', 'MAX_FARE_CAP', 'ABSENCE', 'SLA_PENALTY', 'MONTHLY_CAP')
                    THEN greatest(sum(d.sign * l.amount), sum(d.sign * l.tax), sum(d.sign * l.cgst))
                    ELSE -least(sum(d.sign * l.amount), sum(d.sign * l.tax), sum(d.sign * l.cgst)) END > 0""",
    "a note's run is its document with its sign": """
        SELECT format('note %s: total %s, run %s', i.id, i.total, r.total) FROM app.invoices i
          JOIN app.billing_runs r ON r.client_id = i.client_id AND r.id = i.run_id
         WHERE i.corrects_id IS NOT NULL AND (r.kind <> 'NOTE' OR i.total <= 0
           OR (r.taxable, r.tax, r.total - r.incentive)
           IS DISTINCT FROM (CASE i.doc_type WHEN 'CREDIT_NOTE' THEN -i.taxable ELSE i.taxable END,
                             CASE i.doc_type WHEN 'CREDIT_NOTE' THEN -i.tax ELSE i.tax END,
                             CASE i.doc_type WHEN 'CREDIT_NOTE' THEN -i.total ELSE i.total END))""",
    "no trip costs less than nothing": """
        SELECT format('trip %s of contract %s: %s over its issued runs', c.trip_id, r.contract_id, sum(c.taxable))
          FROM app.trip_charges c JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
         WHERE r.status = 'ISSUED' GROUP BY c.client_id, c.trip_id, r.contract_id
        HAVING sum(c.taxable - c.carpool_discount - c.max_fare_cap) < 0 OR sum(c.incentive) < 0""",
    "a trip is billed at most once": """
        SELECT format('trip %s is billed %s times', c.trip_id, count(*)) FROM app.trip_charges c
          JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
         WHERE c.kind = 'BILL' AND r.status IN ('DRAFT', 'ISSUED') GROUP BY c.client_id, c.trip_id
        HAVING count(*) > 1
        UNION ALL
        SELECT format('trip %s of run %s (%s): released %s', c.trip_id, r.id, r.status, c.released_at)
          FROM app.trip_charges c JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
         WHERE (c.released_at IS NULL) <> (r.status IN ('DRAFT', 'ISSUED'))""",
    "a charge has its trip and its run": """
        SELECT format('charge of trip %s, run %s', c.trip_id, c.run_id) FROM app.trip_charges c
         WHERE NOT EXISTS (SELECT 1 FROM app.trips t WHERE t.client_id = c.client_id AND t.id = c.trip_id)
            OR NOT EXISTS (SELECT 1 FROM app.billing_runs r WHERE r.client_id = c.client_id AND r.id = c.run_id)
        UNION ALL
        SELECT format('trip %s is not of the contract or month of run %s', t.id, r.id) FROM app.trip_charges c
          JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
          JOIN app.trips t ON t.client_id = c.client_id AND t.id = c.trip_id
         WHERE t.rev = c.trip_rev AND c.kind = 'BILL' AND r.kind = 'BILL'
           AND (t.contract_id IS DISTINCT FROM r.contract_id OR NOT r.period @> t.start_time)""",
    "numbers have no gap": """
        SELECT format('series %s %s: %s documents from %s to %s, the next is %s', s.prefix, s.fy, n.many, n.first,
                      n.last, s.next_number)
          FROM app.number_series s
          JOIN LATERAL (SELECT count(*) AS many, count(DISTINCT i.sequence_no) AS different,
                               min(i.sequence_no) AS first, max(i.sequence_no) AS last FROM app.invoices i
                         WHERE i.client_id = s.client_id AND i.series_id = s.id) n ON true
         WHERE CASE WHEN n.many = 0 THEN s.next_number <> s.first_number
                    ELSE n.different <> n.many OR n.last - n.first + 1 <> n.many OR n.first <> s.first_number
                         OR s.next_number <> n.last + 1 END
        UNION ALL
        SELECT format('number %s is used %s times', i.number, count(*)) FROM app.invoices i WHERE i.number IS NOT NULL
         GROUP BY coalesce(i.supplier_gstin, i.branch_id::text), i.fy, i.doc_type, i.number HAVING count(*) > 1
        UNION ALL
        SELECT format('invoice %s (%s): number %s, sequence %s', i.id, i.status, i.number, i.sequence_no)
          FROM app.invoices i
         WHERE (i.status IN ('ISSUED', 'VOID')) <> (i.number IS NOT NULL AND i.sequence_no IS NOT NULL)
            OR ltrim(substring(i.number FROM '[0-9]+$'), '0') IS DISTINCT FROM i.sequence_no::text""",
    "states go together": """
        SELECT format('run %s is %s, its invoice %s', r.id, r.status, i.status) FROM app.billing_runs r
          JOIN app.invoices i ON i.client_id = r.client_id AND i.run_id = r.id
         WHERE r.status <> CASE i.status WHEN 'APPROVED' THEN 'DRAFT' ELSE i.status END
        UNION ALL
        SELECT format('run %s (%s) has %s documents', r.id, r.status, n.many) FROM app.billing_runs r
          JOIN LATERAL (SELECT count(*) AS many FROM app.invoices i
                         WHERE i.client_id = r.client_id AND i.run_id = r.id) n ON true
         WHERE n.many <> CASE WHEN r.status = 'SUPERSEDED' THEN 0 ELSE 1 END
           -- a settlement that owes nothing moves trips in the ledger without a document
           AND NOT (r.kind = 'NOTE' AND n.many = 0 AND r.total = r.incentive)
        UNION ALL
        SELECT format('run %s (%s) was never finished', r.id, r.status) FROM app.billing_runs r
         WHERE r.posted_at IS NULL
        UNION ALL
        SELECT format('%s runs of contract %s in %s', count(*), r.contract_id, r.month) FROM app.billing_runs r
         WHERE r.status IN ('DRAFT', 'ISSUED') AND r.kind = 'BILL' GROUP BY r.client_id, r.contract_id, r.month
        HAVING count(*) > 1
        UNION ALL
        SELECT format('versions %s and %s of contract %s overlap', a.number, b.number, a.contract_id)
          FROM app.contract_versions a JOIN app.contract_versions b
            ON b.client_id = a.client_id AND b.contract_id = a.contract_id AND b.id > a.id AND b.validity && a.validity
         WHERE 'ACTIVE' = ALL (ARRAY[a.status, b.status]) AND a.superseded_at IS NULL AND b.superseded_at IS NULL""",
    "an import is whole": """
        SELECT format('batch %s (%s): %s accepted, %s trips', b.id, b.status, b.accepted, n.trips)
          FROM app.import_batches b
          JOIN LATERAL (SELECT count(*) AS trips, sum(t.distance_m) AS metres, max(t.rev) AS rev FROM app.trips t
                         WHERE t.client_id = b.client_id AND t.batch_id = b.id) n ON true
         WHERE n.trips <> CASE b.status WHEN 'UNDONE' THEN 0 ELSE b.accepted END
            OR (n.rev = 1 AND n.metres <> b.distance_m)
        UNION ALL
        SELECT format('file %s was written in %s transactions', b.file_id, count(DISTINCT b.created_at))
          FROM app.import_batches b GROUP BY b.file_id HAVING count(DISTINCT b.created_at) > 1
        UNION ALL
        SELECT format('trip id %s of vendor %s is stored %s times', t.external_ref, t.vendor_id, count(*))
          FROM app.trips t WHERE t.superseded_at IS NULL GROUP BY t.client_id, t.vendor_id, t.external_ref
        HAVING count(*) > 1""",
    "the audit chain holds": f"""
        SELECT format('chain %s, entry %s: %s', e.chain, e.seq, x.what)
          FROM (SELECT v.*, lag(v.seq, 1, 0::bigint) OVER w AS seq_before, lag(v.hash, 1, {_ZERO}) OVER w AS hash_before
                  FROM audit.events v WINDOW w AS (PARTITION BY v.chain ORDER BY v.seq)) e
          CROSS JOIN LATERAL (VALUES
            (CASE WHEN e.seq <> e.seq_before + 1 THEN 'something before it was removed' END),
            (CASE WHEN e.prev <> e.hash_before THEN 'it does not follow the one before' END),
            (CASE WHEN e.hash <> sha256(e.prev || convert_to(jsonb_build_array(e.chain::text, e.seq::text,
                (extract(epoch FROM e.at) * 1000000)::bigint::text, e.actor::text, e.db_user, host(e.addr),
                e.txid::text, e.action, e.entity, e.entity_id::text, e.before::text, e.after::text, e.reason,
                e.app_version)::text, 'UTF8')) THEN 'its content was changed' END)) AS x(what)
         WHERE x.what IS NOT NULL
        UNION ALL
        SELECT format('the head of chain %s says %s, its last entry is %s', coalesce(h.chain, l.chain), h.seq, l.seq)
          FROM audit.heads h FULL JOIN (SELECT DISTINCT ON (chain) chain, seq, hash FROM audit.events
                                         ORDER BY chain, seq DESC) l ON l.chain = h.chain
         WHERE (h.seq, h.hash) IS DISTINCT FROM (l.seq, l.hash)
        UNION ALL
        SELECT format('%s %s waits in the audit queue', q.action, q.entity) FROM audit.queue q""",
    "what moved money is in the audit log once": """
        SELECT format('invoice %s (%s) has %s entries ISSUE', i.id, i.status, n.many) FROM app.invoices i
          JOIN LATERAL (SELECT count(*) AS many FROM audit.events e
                         WHERE e.chain = i.client_id AND e.action = 'ISSUE' AND e.entity_id = i.id) n ON true
         WHERE i.corrects_id IS NULL AND n.many <> CASE WHEN i.status IN ('ISSUED', 'VOID') THEN 1 ELSE 0 END
        UNION ALL
        SELECT format('run %s (%s) has %s entries RUN', r.id, r.status, n.many) FROM app.billing_runs r
          JOIN LATERAL (SELECT count(*) AS many FROM audit.events e
                         WHERE e.chain = r.client_id AND e.action = 'RUN' AND e.entity_id = r.id) n ON true
         WHERE r.kind = 'BILL' AND n.many <> 1""",
}


def violations(connection: Any) -> list[str]:
    """What does not add up, a line each; an empty list is a clean database. `connection` must be a superuser's."""
    found: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone()[0] != "on":
            raise RuntimeError("row-level security would hide violations: connect as the superuser")
        for name, query in CHECKS.items():
            cursor.execute(query)
            found += [f"{name}: {row[0]}" for row in cursor.fetchall()]
    return found


def main() -> int:
    """Check the database of the connection string given."""
    import psycopg2

    connection = psycopg2.connect(sys.argv[1])
    found = violations(connection)
    connection.close()
    sys.stdout.write("\n".join(found or ["clean"]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
