-- Amounts, prices and ratios are i128 and stand as TEXT, addresses as strkeys, XDR as base64, hashes as
-- hexadecimal. Times are ledgers' close times, unix seconds. SQLite and PostgreSQL both take every statement.

CREATE TABLE about (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row: how far the events were read.
CREATE TABLE event_cursor (
    id BIGINT PRIMARY KEY,
    position TEXT,
    ledger BIGINT NOT NULL
);

CREATE TABLE pools (
    pool TEXT PRIMARY KEY,
    checked_ledger BIGINT NOT NULL
);

CREATE TABLE vaults (
    address TEXT PRIMARY KEY,
    pool TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_ledger BIGINT NOT NULL,
    ledger BIGINT NOT NULL,
    soft_e7 BIGINT NOT NULL,
    target_e7 BIGINT NOT NULL,
    hard_e7 BIGINT NOT NULL,
    automation BOOLEAN NOT NULL,
    state TEXT NOT NULL
);

-- Shares: reserve:b_tokens:d_tokens, joined by commas. A position of nothing has no row.
CREATE TABLE positions (
    pool TEXT NOT NULL,
    borrower TEXT NOT NULL,
    ledger BIGINT NOT NULL,
    shares TEXT NOT NULL,
    PRIMARY KEY (pool, borrower)
);

-- Lot and bid: asset:amount, joined by commas.
CREATE TABLE auctions (
    pool TEXT NOT NULL,
    borrower TEXT NOT NULL,
    start_ledger BIGINT NOT NULL,
    lot TEXT NOT NULL,
    bid TEXT NOT NULL,
    PRIMARY KEY (pool, borrower)
);

-- Every decision with what it was made from; what became of it is added later.
CREATE TABLE decisions (
    id BIGINT PRIMARY KEY,
    ledger BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    pool TEXT NOT NULL,
    vault TEXT NOT NULL,
    risk_e7 TEXT NOT NULL,
    soft_e7 BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    way TEXT,
    collateral TEXT,
    debt TEXT,
    adapter TEXT,
    sell TEXT,
    repay TEXT,
    rescue BOOLEAN,
    sponsored BOOLEAN,
    inclusion_fee BIGINT,
    risk_after_e7 TEXT,
    profit_value TEXT,
    loss_if_late TEXT,
    inputs TEXT NOT NULL,
    outcome TEXT,
    detail TEXT
);
CREATE INDEX decisions_of_vault ON decisions (vault, id);
CREATE INDEX decisions_by_time ON decisions (closed_at);
CREATE INDEX decisions_open ON decisions (id) WHERE outcome IS NULL;

-- Written before a transaction is sent; finished once its end is known.
CREATE TABLE transactions (
    hash TEXT PRIMARY KEY,
    decision BIGINT,
    vault TEXT,
    channel TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    last_ledger BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    envelope TEXT NOT NULL,
    status TEXT NOT NULL,
    ledger BIGINT,
    fee_charged BIGINT,
    detail TEXT NOT NULL
);
CREATE INDEX transactions_of_decision ON transactions (decision);
CREATE INDEX transactions_by_ledger ON transactions (last_ledger);
-- Two transactions of one number could both be waiting: it must not be possible to record that.
CREATE UNIQUE INDEX transactions_unfinished ON transactions (channel, sequence)
    WHERE status IN ('signed', 'sent');

-- How a pool stood at a ledger; span is what the row stands for, seconds, 0 of that ledger alone.
CREATE TABLE risk_points (
    pool TEXT NOT NULL,
    ledger BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    span BIGINT NOT NULL,
    borrowers BIGINT NOT NULL,
    vaults BIGINT NOT NULL,
    vaults_at_risk BIGINT NOT NULL,
    auctions BIGINT NOT NULL,
    highest_vault_risk_e7 TEXT NOT NULL,
    median_vault_risk_e7 TEXT NOT NULL,
    prices TEXT NOT NULL,
    PRIMARY KEY (pool, ledger)
);
CREATE INDEX risk_points_by_time ON risk_points (closed_at);

CREATE TABLE alerts (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL,
    raised_ledger BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    cleared_ledger BIGINT,
    cleared_at BIGINT
);
CREATE UNIQUE INDEX alerts_active ON alerts (kind, subject) WHERE cleared_at IS NULL;
