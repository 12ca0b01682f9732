-- Runs, ledger, invoices (DESIGN.md section 3, Money). Users only read here; every change goes through definer functions (SECURITY.md R9).

CREATE TABLE app.billing_runs (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,           -- made by the client: it is the intent key
    contract_id     uuid NOT NULL,
    month           date NOT NULL CHECK (extract(day FROM month) = 1),
    period          tstzrange NOT NULL,      -- the month in the client's zone
    kind            text NOT NULL DEFAULT 'BILL' CHECK (kind IN ('BILL', 'NOTE')),
    status          text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'ISSUED', 'SUPERSEDED', 'VOID')),
    inputs          jsonb NOT NULL,          -- the bundle without trips
    inputs_hash     bytea NOT NULL CHECK (length(inputs_hash) = 32),
    engine_version  integer NOT NULL CHECK (engine_version > 0),
    trips           integer NOT NULL DEFAULT 0,
    distance_m      bigint NOT NULL DEFAULT 0,
    taxable         bigint NOT NULL DEFAULT 0,
    non_taxable     bigint NOT NULL DEFAULT 0,
    tax             bigint NOT NULL DEFAULT 0,
    cgst            bigint NOT NULL DEFAULT 0,
    sgst            bigint NOT NULL DEFAULT 0,
    igst            bigint NOT NULL DEFAULT 0,
    rcm_tax         bigint NOT NULL DEFAULT 0,
    round_off       bigint NOT NULL DEFAULT 0,
    incentive       bigint NOT NULL DEFAULT 0,
    total           bigint NOT NULL DEFAULT 0,   -- what the client pays, incentive included
    tds             bigint NOT NULL DEFAULT 0,
    posted_at       timestamptz,                 -- set by the definer when every charge is in and the sums agree
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      uuid,
    issued_at       timestamptz,
    ended_at        timestamptz,                 -- superseded or void since
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, contract_id) REFERENCES app.contracts
);
CREATE UNIQUE INDEX billing_runs_one ON app.billing_runs (client_id, contract_id, month)
    WHERE kind = 'BILL' AND status IN ('DRAFT', 'ISSUED');
CREATE INDEX billing_runs_month ON app.billing_runs (client_id, month, id);

-- Which version rows a run was rated with, at which revision.
CREATE TABLE app.billing_run_versions (
    client_id       uuid NOT NULL,
    run_id          uuid NOT NULL,
    version_id      uuid NOT NULL,
    version_number  integer NOT NULL,
    version_rev     integer NOT NULL,
    PRIMARY KEY (client_id, run_id, version_id),
    FOREIGN KEY (client_id, run_id) REFERENCES app.billing_runs,
    FOREIGN KEY (client_id, version_id) REFERENCES app.contract_versions
);
CREATE INDEX billing_run_versions_version ON app.billing_run_versions (client_id, version_id);

-- The ledger: one row per trip and run, one column per trip line code, in paise. Bit n of lines_shown says that the n-th code has a line
-- (a line at 0.00 is not "no line"): BASE_FARE is bit 0, then the order of the columns below. Its two references are held a batch at a time by
-- private.guard_charges and private.guard_trip, with the same row locks: checked row by row they took two thirds of a run (measured).
CREATE TABLE app.trip_charges (
    client_id       uuid NOT NULL,
    run_id          uuid NOT NULL,
    trip_id         uuid NOT NULL,
    base_fare       bigint NOT NULL DEFAULT 0,
    distance        bigint NOT NULL DEFAULT 0,
    time            bigint NOT NULL DEFAULT 0,
    slab            bigint NOT NULL DEFAULT 0,
    zone            bigint NOT NULL DEFAULT 0,
    seats           bigint NOT NULL DEFAULT 0,
    package         bigint NOT NULL DEFAULT 0,
    extra_km        bigint NOT NULL DEFAULT 0,
    extra_hour      bigint NOT NULL DEFAULT 0,
    driver_allowance bigint NOT NULL DEFAULT 0,
    min_fare_topup  bigint NOT NULL DEFAULT 0,
    max_fare_cap    bigint NOT NULL DEFAULT 0 CHECK (max_fare_cap <= 0),
    carpool_discount bigint NOT NULL DEFAULT 0 CHECK (carpool_discount <= 0),
    night           bigint NOT NULL DEFAULT 0,
    escort          bigint NOT NULL DEFAULT 0,
    waiting         bigint NOT NULL DEFAULT 0,
    toll            bigint NOT NULL DEFAULT 0,
    parking         bigint NOT NULL DEFAULT 0,
    no_show         bigint NOT NULL DEFAULT 0,
    cancellation    bigint NOT NULL DEFAULT 0,
    lines_shown     bigint NOT NULL DEFAULT 0,
    taxable         bigint NOT NULL DEFAULT 0,   -- base_cost: the taxable lines
    non_taxable     bigint NOT NULL DEFAULT 0,   -- untaxed toll and parking
    tax             bigint NOT NULL DEFAULT 0,   -- the trip's own figure, an estimate (TARIFF.md 1.6)
    incentive       bigint NOT NULL DEFAULT 0,
    tax_milli       integer NOT NULL,            -- percent x 1000
    trip_rev        integer NOT NULL,            -- the trip row that was rated; issue refuses another one
    version_number  smallint NOT NULL,
    toll_taxable    boolean NOT NULL DEFAULT true,
    parking_taxable boolean NOT NULL DEFAULT true,
    kind            text NOT NULL DEFAULT 'BILL' CHECK (kind IN ('BILL', 'DELTA')),
    released_at     timestamptz,
    PRIMARY KEY (client_id, run_id, trip_id),
    FOREIGN KEY (client_id, run_id) REFERENCES app.billing_runs NOT ENFORCED,
    FOREIGN KEY (client_id, trip_id) REFERENCES app.trips NOT ENFORCED
);
CREATE UNIQUE INDEX trip_charges_once ON app.trip_charges (client_id, trip_id) WHERE kind = 'BILL' AND released_at IS NULL;
CREATE INDEX trip_charges_others ON app.trip_charges (client_id, trip_id) WHERE NOT (kind = 'BILL' AND released_at IS NULL);

CREATE TABLE app.period_charges (
    client_id       uuid NOT NULL,
    run_id          uuid NOT NULL,
    version_number  smallint NOT NULL,
    code            text NOT NULL CHECK (code IN ('MONTHLY_FEE', 'EXTRA_KM', 'EXTRA_HOUR', 'ABSENCE', 'EXTRA_VEHICLES', 'EMPLOYEE_FEES',
                                                  'SLA_PENALTY', 'MIN_GUARANTEE', 'MONTHLY_CAP')),
    slot            text NOT NULL DEFAULT '',
    amount          bigint NOT NULL CHECK (amount >= 0 OR code IN ('ABSENCE', 'SLA_PENALTY', 'MONTHLY_CAP')),
    tax_milli       integer NOT NULL,
    kind            text NOT NULL DEFAULT 'BILL' CHECK (kind IN ('BILL', 'DELTA')),
    PRIMARY KEY (client_id, run_id, version_number, code, slot),
    FOREIGN KEY (client_id, run_id) REFERENCES app.billing_runs
);

-- A series is (client, branch, document type, year); gap-free within it, the counter is locked in the issuing transaction (GST.md 4, R0).
CREATE TABLE app.number_series (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    vendor_id       uuid NOT NULL,
    branch_id       uuid NOT NULL,
    doc_type        text NOT NULL CHECK (doc_type IN ('INVOICE', 'CREDIT_NOTE', 'DEBIT_NOTE', 'STATEMENT', 'SELF_INVOICE')),
    fy              text NOT NULL CHECK (fy ~ '^[0-9]{2}-[0-9]{2}$'),
    gstin           text,                    -- the branch's when the series was made; prefixes are unique per GSTIN
    template        text NOT NULL DEFAULT '{prefix}/{yy-yy}/{00001}',
    prefix          text NOT NULL CHECK (prefix ~ '^[A-Z1-9][A-Z0-9/-]*$'),
    first_number    integer NOT NULL DEFAULT 1 CHECK (first_number > 0),
    next_number     integer NOT NULL DEFAULT 1 CHECK (next_number >= first_number),
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, branch_id, doc_type, fy),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    FOREIGN KEY (vendor_id, branch_id) REFERENCES app.vendor_branches
);

CREATE TABLE app.invoices (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL,
    run_id          uuid NOT NULL,
    contract_id     uuid NOT NULL,
    vendor_id       uuid NOT NULL,
    site_id         uuid NOT NULL,
    branch_id       uuid NOT NULL,
    doc_type        text NOT NULL DEFAULT 'INVOICE' CHECK (doc_type IN ('INVOICE', 'CREDIT_NOTE', 'DEBIT_NOTE', 'STATEMENT', 'SELF_INVOICE')),
    status          text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'APPROVED', 'ISSUED', 'VOID')),
    month           date NOT NULL CHECK (extract(day FROM month) = 1),
    number          text CHECK (number ~ '^[A-Z1-9][A-Z0-9/-]{0,15}$'),   -- only once issued; kept when void
    series_id       uuid,
    sequence_no     integer,
    fy              text,
    supplier_gstin  text,
    recipient_gstin text,
    invoice_date    date,
    place_of_supply text CHECK (place_of_supply ~ '^[0-9]{2}$'),
    supply          text NOT NULL CHECK (supply IN ('INTRA', 'INTER', 'UNKNOWN')),     -- CGST+SGST, IGST, one tax line
    sac             text NOT NULL,
    reverse_charge  boolean NOT NULL DEFAULT false,
    taxable         bigint NOT NULL,
    non_taxable     bigint NOT NULL DEFAULT 0,
    tax             bigint NOT NULL,
    cgst            bigint NOT NULL DEFAULT 0,
    sgst            bigint NOT NULL DEFAULT 0,
    igst            bigint NOT NULL DEFAULT 0,
    rcm_tax         bigint NOT NULL DEFAULT 0,
    round_off       bigint NOT NULL DEFAULT 0,
    total           bigint NOT NULL,             -- the incentive is never on it
    tds_milli       integer NOT NULL DEFAULT 0,
    tds             bigint NOT NULL DEFAULT 0,
    corrects_id     uuid,                        -- the invoice that a note corrects
    snapshot        jsonb NOT NULL DEFAULT '{}', -- parties, addresses, words, declarations as issued
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      uuid,
    issued_at       timestamptz,
    issued_by       uuid,
    void_at         timestamptz,
    void_by         uuid,
    void_reason     text,
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, run_id) REFERENCES app.billing_runs,
    FOREIGN KEY (client_id, vendor_id, contract_id) REFERENCES app.contracts (client_id, vendor_id, id),
    FOREIGN KEY (client_id, site_id) REFERENCES app.client_sites,
    FOREIGN KEY (vendor_id, branch_id) REFERENCES app.vendor_branches,
    FOREIGN KEY (client_id, series_id) REFERENCES app.number_series,
    FOREIGN KEY (client_id, corrects_id) REFERENCES app.invoices,
    CHECK (total = taxable + non_taxable + tax + round_off),
    CHECK (supply = 'UNKNOWN' OR tax = cgst + sgst + igst),
    CHECK ((status IN ('DRAFT', 'APPROVED')) = (issued_at IS NULL)),
    CHECK (status <> 'ISSUED' OR (number IS NOT NULL AND invoice_date IS NOT NULL AND fy IS NOT NULL)),
    CHECK (status NOT IN ('DRAFT', 'APPROVED') OR number IS NULL),
    CHECK (number = upper(number))
);
-- Unique per GSTIN, year and type (Rule 46(b)); two clients' series cannot meet because a prefix is unique per GSTIN.
CREATE UNIQUE INDEX invoices_number ON app.invoices (client_id, coalesce(supplier_gstin, branch_id::text), fy, doc_type, number);
CREATE UNIQUE INDEX invoices_run ON app.invoices (client_id, run_id) WHERE status <> 'VOID';
CREATE INDEX invoices_keyset ON app.invoices (client_id, month, id);

CREATE TABLE app.invoice_lines (
    client_id       uuid NOT NULL,
    invoice_id      uuid NOT NULL,
    line_no         smallint NOT NULL,
    source          text NOT NULL CHECK (source IN ('TRIP', 'PERIOD')),
    code            text NOT NULL,
    taxable         boolean NOT NULL,
    tax_milli       integer NOT NULL,
    sac             text NOT NULL,
    description     text NOT NULL,
    quantity        bigint,                      -- trips or metres, by unit
    unit            text CHECK (unit IN ('TRIP', 'METRE', 'MONTH')),
    amount          bigint NOT NULL,
    cgst            bigint NOT NULL DEFAULT 0,   -- spread by largest remainder
    sgst            bigint NOT NULL DEFAULT 0,
    igst            bigint NOT NULL DEFAULT 0,
    tax             bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (client_id, invoice_id, line_no),
    UNIQUE (client_id, invoice_id, source, code, taxable, tax_milli),
    FOREIGN KEY (client_id, invoice_id) REFERENCES app.invoices
);
