-- Trips: what happened, in metres, paise and UTC. They carry no computed amounts (DESIGN.md section 3).

CREATE TABLE app.import_mappings (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    vendor_id       uuid NOT NULL,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    mapping         jsonb NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    rev             integer NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors
);
CREATE UNIQUE INDEX import_mappings_name ON app.import_mappings (client_id, vendor_id, lower(name));

-- One row per client in the file; the rows of one file share file_id and were written in one transaction.
CREATE TABLE app.import_batches (
    client_id       uuid NOT NULL REFERENCES app.clients,
    id              uuid NOT NULL DEFAULT uuidv7(),
    file_id         uuid NOT NULL,
    vendor_id       uuid,                    -- set when the whole file is one vendor's
    file_name       text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    file_sha256     bytea NOT NULL CHECK (length(file_sha256) = 32),
    sheet           text NOT NULL DEFAULT '',
    mapping         jsonb NOT NULL DEFAULT '{}',
    options         jsonb NOT NULL DEFAULT '{}',
    status          text NOT NULL DEFAULT 'IMPORTED' CHECK (status IN ('IMPORTED', 'UNDONE')),
    rows_read       integer NOT NULL DEFAULT 0,
    accepted        integer NOT NULL DEFAULT 0,
    rejected        integer NOT NULL DEFAULT 0,
    duplicates      integer NOT NULL DEFAULT 0,
    distance_m      bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      uuid,
    undone_at       timestamptz,
    undone_by       uuid,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors
);
CREATE INDEX import_batches_recent ON app.import_batches (client_id, created_at, id);
CREATE INDEX import_batches_file ON app.import_batches (client_id, file_id);

CREATE TABLE app.trips (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    vendor_id       uuid NOT NULL,
    contract_id     uuid,                    -- NULL with exception NO_CONTRACT or AMBIGUOUS_CONTRACT
    batch_id        uuid,
    start_time      timestamptz NOT NULL,
    end_time        timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    distance_m      integer NOT NULL CHECK (distance_m BETWEEN 0 AND 5000000),
    batch_row       integer,
    rev             integer NOT NULL DEFAULT 1,
    garage_m        integer CHECK (garage_m >= 0),
    claimed_m       integer CHECK (claimed_m >= 0),
    gps_m           integer CHECK (gps_m >= 0),
    waiting_s       integer CHECK (waiting_s >= 0),
    late_s          integer CHECK (late_s >= 0),
    cancelled_before_s integer CHECK (cancelled_before_s >= 0),
    toll_paise      bigint CHECK (toll_paise >= 0),
    parking_paise   bigint CHECK (parking_paise >= 0),
    seats_boarded   smallint CHECK (seats_boarded >= 0),
    calendar_days   smallint CHECK (calendar_days >= 1),
    is_carpool      boolean NOT NULL DEFAULT false,
    escort          boolean NOT NULL DEFAULT false,
    external_ref    text NOT NULL CHECK (length(external_ref) BETWEEN 1 AND 100),
    status          text NOT NULL DEFAULT 'COMPLETED' CHECK (status IN ('SCHEDULED', 'COMPLETED', 'NO_SHOW', 'CANCELLED')),
    acceptance      text NOT NULL DEFAULT 'ACCEPTED' CHECK (acceptance IN ('SUBMITTED', 'ACCEPTED', 'REJECTED')),
    exception       text CHECK (exception IN ('NO_CONTRACT', 'AMBIGUOUS_CONTRACT')),
    vehicle_no      text CHECK (vehicle_no = upper(vehicle_no) AND vehicle_no !~ '[[:space:]-]' AND length(vehicle_no) BETWEEN 1 AND 20),
    vehicle_type    text CHECK (length(vehicle_type) <= 60),
    vehicle_slot    text CHECK (length(vehicle_slot) <= 40),
    site            text CHECK (length(site) <= 60),
    zone            text CHECK (length(zone) <= 60),
    batch_sheet     text,
    hold_reason     text CHECK (length(hold_reason) BETWEEN 1 AND 500),   -- not NULL: held
    held_at         timestamptz,
    held_by         uuid,
    superseded_at   timestamptz,
    superseded_by   uuid,
    superseded_reason text,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, vendor_id) REFERENCES app.client_vendors,
    FOREIGN KEY (client_id, vendor_id, contract_id) REFERENCES app.contracts (client_id, vendor_id, id),
    FOREIGN KEY (client_id, batch_id) REFERENCES app.import_batches,
    CHECK (end_time >= start_time),
    CHECK (status <> 'COMPLETED' OR (end_time > start_time AND distance_m > 0)),
    CHECK (contract_id IS NULL OR exception IS NULL)
);
CREATE UNIQUE INDEX trips_external_ref ON app.trips (client_id, vendor_id, external_ref) WHERE superseded_at IS NULL;
CREATE INDEX trips_keyset ON app.trips (client_id, start_time, id);
-- in rating order (TARIFF.md 1.4): a month of a contract is read without sorting
CREATE INDEX trips_contract ON app.trips (client_id, contract_id, start_time, external_ref);
CREATE INDEX trips_batch ON app.trips (client_id, batch_id);

-- No foreign key to employees: the code is the identity (DESIGN.md section 3).
CREATE TABLE app.trip_riders (
    client_id       uuid NOT NULL,
    trip_id         uuid NOT NULL,
    seq             smallint NOT NULL CHECK (seq >= 1),
    employee_code   text NOT NULL CHECK (length(employee_code) BETWEEN 1 AND 60),
    PRIMARY KEY (client_id, trip_id, seq),
    FOREIGN KEY (client_id, trip_id) REFERENCES app.trips ON DELETE CASCADE
);
CREATE INDEX trip_riders_employee ON app.trip_riders (client_id, employee_code);

-- Who held, released, accepted, rejected, re-assigned or corrected a trip, when and why. Rows are only added.
CREATE TABLE app.trip_actions (
    client_id       uuid NOT NULL,
    id              uuid NOT NULL DEFAULT uuidv7(),
    trip_id         uuid NOT NULL,
    action          text NOT NULL CHECK (action IN ('HOLD', 'RELEASE', 'ACCEPT', 'REJECT', 'ASSIGN', 'CORRECT')),
    reason          text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    at              timestamptz NOT NULL DEFAULT now(),
    by_user         uuid,
    PRIMARY KEY (client_id, id),
    FOREIGN KEY (client_id, trip_id) REFERENCES app.trips ON DELETE CASCADE
);
CREATE INDEX trip_actions_trip ON app.trip_actions (client_id, trip_id, at);
