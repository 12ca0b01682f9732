-- Parties and contracts (DESIGN.md section 3). vendors and vendor_branches are workspace tables; every tenant row refers to a vendor
-- through client_vendors (client_id, vendor_id).

CREATE TABLE app.clients (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    code            text NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    aliases         text[] NOT NULL DEFAULT '{}',
    time_zone       text NOT NULL DEFAULT 'Asia/Kolkata',
    pan             text CHECK (pan ~ '^[A-Z]{5}[0-9]{4}[A-Z]$'),
    is_body_corporate boolean NOT NULL DEFAULT true,
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX clients_code ON app.clients (lower(code));

CREATE TABLE app.client_sites (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    code            text NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    legal_name      text NOT NULL DEFAULT '',
    is_default      boolean NOT NULL DEFAULT false,
    gstin           text CHECK (gstin ~ '^[0-9]{2}[A-Z0-9]{13}$'),
    state_code      text CHECK (state_code ~ '^[0-9]{2}$'),
    address_1       text NOT NULL DEFAULT '',
    address_2       text NOT NULL DEFAULT '',
    city            text NOT NULL DEFAULT '',
    pin             text CHECK (pin ~ '^[1-9][0-9]{5}$'),
    is_sez          boolean NOT NULL DEFAULT false,
    lut_no          text,
    lut_until       date,
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id)
);
CREATE UNIQUE INDEX client_sites_code ON app.client_sites (client_id, lower(code));
CREATE UNIQUE INDEX client_sites_default ON app.client_sites (client_id) WHERE is_default;

CREATE TABLE app.employees (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    code            text NOT NULL CHECK (length(code) BETWEEN 1 AND 60),
    name            text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
    site_id         uuid,
    gender          text CHECK (gender IN ('F', 'M', 'X')),
    active_from     date,
    active_until    date,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, site_id) REFERENCES app.client_sites,
    CHECK (active_until > active_from)
);
CREATE UNIQUE INDEX employees_code ON app.employees (client_id, code);

CREATE TABLE app.vendors (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    pan             text CHECK (pan ~ '^[A-Z]{5}[0-9]{4}[A-Z]$'),
    is_body_corporate boolean NOT NULL DEFAULT false,
    tds_status      text NOT NULL DEFAULT 'OTHER' CHECK (tds_status IN ('INDIVIDUAL', 'OTHER', 'NO_PAN')),
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1
);

CREATE TABLE app.vendor_branches (
    vendor_id       uuid NOT NULL REFERENCES app.vendors,
    id              uuid NOT NULL DEFAULT uuidv7(),
    code            text NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    legal_name      text NOT NULL DEFAULT '',
    is_default      boolean NOT NULL DEFAULT false,
    gstin           text CHECK (gstin ~ '^[0-9]{2}[A-Z0-9]{13}$'),
    state_code      text CHECK (state_code ~ '^[0-9]{2}$'),
    address_1       text NOT NULL DEFAULT '',
    address_2       text NOT NULL DEFAULT '',
    city            text NOT NULL DEFAULT '',
    pin             text CHECK (pin ~ '^[1-9][0-9]{5}$'),
    einvoice_liable boolean NOT NULL DEFAULT false,
    round_tax_to_rupee boolean NOT NULL DEFAULT false,
    bank            text NOT NULL DEFAULT '',
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (vendor_id, id)
);
CREATE UNIQUE INDEX vendor_branches_code ON app.vendor_branches (vendor_id, lower(code));
CREATE UNIQUE INDEX vendor_branches_default ON app.vendor_branches (vendor_id) WHERE is_default;
CREATE UNIQUE INDEX vendor_branches_gstin ON app.vendor_branches (gstin);

CREATE TABLE app.client_vendors (
    client_id       uuid NOT NULL REFERENCES app.clients,
    vendor_id       uuid NOT NULL REFERENCES app.vendors,
    code            text NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
    aliases         text[] NOT NULL DEFAULT '{}',
    -- GST.md R0: who issues the document that this link leads to
    billing_mode    text NOT NULL DEFAULT 'FOR_VENDOR' CHECK (billing_mode IN ('FOR_VENDOR', 'STATEMENT', 'SELF_INVOICE')),
    authority_ref   text,
    authority_from  date,
    authority_until date,
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, vendor_id)
);
CREATE UNIQUE INDEX client_vendors_code ON app.client_vendors (client_id, lower(code));
CREATE INDEX client_vendors_vendor ON app.client_vendors (vendor_id);

ALTER TABLE auth.users
    ADD FOREIGN KEY (client_id) REFERENCES app.clients,
    ADD FOREIGN KEY (vendor_id) REFERENCES app.vendors,
    ADD FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors;

CREATE TABLE app.vehicles (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    vendor_id       uuid NOT NULL,
    vehicle_no      text NOT NULL CHECK (vehicle_no = upper(vehicle_no) AND vehicle_no !~ '[[:space:]-]' AND length(vehicle_no) BETWEEN 1 AND 20),
    vehicle_type    text,
    seats           smallint CHECK (seats BETWEEN 1 AND 100),
    active          boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors
);
CREATE UNIQUE INDEX vehicles_no ON app.vehicles (client_id, vehicle_no);

CREATE TABLE app.contracts (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    vendor_id       uuid NOT NULL,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    site_id         uuid NOT NULL,
    branch_id       uuid NOT NULL,
    sac             text NOT NULL DEFAULT '996601' CHECK (sac ~ '^99[0-9]{2,4}$'),
    fuel_included   boolean NOT NULL DEFAULT true,
    itc_option      text NOT NULL DEFAULT 'RESTRICTED' CHECK (itc_option IN ('RESTRICTED', 'FULL')),
    reverse_charge  boolean NOT NULL DEFAULT false,
    -- empty scope = every site, every vehicle type
    scope_sites     text[] NOT NULL DEFAULT '{}',
    scope_vehicle_types text[] NOT NULL DEFAULT '{}',
    renewal_cycle   text NOT NULL DEFAULT 'NONE' CHECK (renewal_cycle IN ('NONE', 'MONTHLY', 'QUARTERLY', 'HALF_YEARLY', 'YEARLY')),
    renews_on       date,
    notice_days     smallint CHECK (notice_days BETWEEN 0 AND 365),
    escalation_percent numeric(6,3),
    po_number       text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      uuid,
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    UNIQUE (client_id, vendor_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    FOREIGN KEY (client_id, site_id) REFERENCES app.client_sites,
    FOREIGN KEY (vendor_id, branch_id) REFERENCES app.vendor_branches
);
CREATE UNIQUE INDEX contracts_name ON app.contracts (client_id, vendor_id, lower(name));

-- validity is [from, until); bounds at the client's local midnight unless a time was typed. What was wrong is superseded by a new row with
-- the same number or dates; "ended" is derived. ACTIVE rows are made and moved by api.activate_version and its sisters only.
CREATE TABLE app.contract_versions (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    contract_id     uuid NOT NULL,
    number          integer NOT NULL CHECK (number > 0),
    billing_model   text NOT NULL CHECK (billing_model IN ('PER_TRIP', 'HYBRID', 'FIXED_PACKAGE')),
    rules_config    jsonb NOT NULL CHECK (jsonb_typeof(rules_config) = 'object'),
    validity        tstzrange NOT NULL CHECK (NOT isempty(validity) AND lower_inc(validity) AND NOT upper_inc(validity)
                                              AND NOT lower_inf(validity)),
    status          text NOT NULL DEFAULT 'DRAFT' CHECK (status IN ('DRAFT', 'ACTIVE')),
    note            text NOT NULL DEFAULT '',
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    recorded_by     uuid,
    superseded_at   timestamptz,
    superseded_by   uuid,
    superseded_reason text,
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, contract_id) REFERENCES app.contracts,
    CONSTRAINT versions_no_overlap EXCLUDE USING gist (client_id WITH =, contract_id WITH =, validity WITH &&)
        WHERE (status = 'ACTIVE' AND superseded_at IS NULL)
);
CREATE UNIQUE INDEX contract_versions_number ON app.contract_versions (client_id, contract_id, number) WHERE superseded_at IS NULL;

CREATE TABLE app.vehicle_slots (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    contract_id     uuid NOT NULL,
    slot            text NOT NULL CHECK (length(slot) BETWEEN 1 AND 40),
    vehicle_no      text CHECK (vehicle_no = upper(vehicle_no) AND vehicle_no !~ '[[:space:]-]'),
    valid_from      date NOT NULL,
    valid_until     date,
    created_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, contract_id) REFERENCES app.contracts,
    CHECK (valid_until > valid_from),
    CONSTRAINT slots_one_vehicle EXCLUDE USING gist
        (client_id WITH =, contract_id WITH =, vehicle_no WITH =, daterange(valid_from, valid_until) WITH &&) WHERE (vehicle_no IS NOT NULL)
);

-- Percent by SAC (longest prefix wins), fuel, input tax credit and date (GST.md 1, R1). Workspace table.
CREATE TABLE app.gst_rates (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    sac_prefix      text NOT NULL CHECK (sac_prefix ~ '^99[0-9]{2,4}$'),
    fuel_included   boolean NOT NULL,
    itc_option      text NOT NULL CHECK (itc_option IN ('RESTRICTED', 'FULL')),
    valid_from      date NOT NULL,
    valid_until     date,
    percent         numeric(6,3) NOT NULL CHECK (percent BETWEEN 0 AND 100),
    source          text NOT NULL,
    rev             integer NOT NULL DEFAULT 1,
    CHECK (valid_until > valid_from),
    CONSTRAINT gst_rates_no_overlap EXCLUDE USING gist
        (sac_prefix WITH =, (fuel_included::int) WITH =, itc_option WITH =, daterange(valid_from, valid_until) WITH &&)
);
INSERT INTO app.gst_rates (sac_prefix, fuel_included, itc_option, valid_from, valid_until, percent, source)
SELECT sac, fuel, itc, f::date, u::date, p, src FROM (VALUES
    ('9966', true,  'RESTRICTED', '2017-07-01', NULL,         5,  'Notification 11/2017-CT(R), 15/2025-CT(R)'),
    ('9966', true,  'FULL',       '2017-07-01', '2025-09-22', 12, 'Notification 11/2017-CT(R)'),
    ('9966', true,  'FULL',       '2025-09-22', NULL,         18, 'Notification 15/2025-CT(R)'),
    ('9966', false, 'RESTRICTED', '2017-07-01', NULL,         18, 'Notification 11/2017-CT(R): fuel not in the price'),
    ('9966', false, 'FULL',       '2017-07-01', NULL,         18, 'Notification 11/2017-CT(R): fuel not in the price'),
    ('9964', true,  'RESTRICTED', '2017-07-01', NULL,         5,  'Notification 11/2017-CT(R), 15/2025-CT(R)'),
    ('9964', true,  'FULL',       '2017-07-01', '2025-09-22', 12, 'Notification 11/2017-CT(R)'),
    ('9964', true,  'FULL',       '2025-09-22', NULL,         18, 'Notification 15/2025-CT(R)')
) AS t (sac, fuel, itc, f, u, p, src);

CREATE TABLE app.settings (
    client_id       uuid REFERENCES app.clients,     -- NULL: of the workspace
    key             text NOT NULL CHECK (length(key) BETWEEN 1 AND 80),
    value           jsonb NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    UNIQUE NULLS NOT DISTINCT (client_id, key)
);

CREATE TABLE app.saved_views (
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    user_id         uuid NOT NULL REFERENCES auth.users,
    screen          text NOT NULL CHECK (length(screen) BETWEEN 1 AND 60),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    state           jsonb NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, screen, name)
);

CREATE TABLE app.drafts (
    user_id         uuid NOT NULL REFERENCES auth.users,
    form            text NOT NULL CHECK (length(form) BETWEEN 1 AND 120),
    content         jsonb NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, form)
);
