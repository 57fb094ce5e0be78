-- Devices that people have enrolled at the gateway. key is JSON: what is kept of a
-- passkey. counter is that of its last proof. approved is 0 for a device that no
-- administrator has approved.

CREATE TABLE gateway_devices (
    id       TEXT   NOT NULL PRIMARY KEY,
    issuer   TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    email    TEXT   NOT NULL,
    type     TEXT   NOT NULL,
    key      TEXT   NOT NULL,
    counter  BIGINT NOT NULL,
    about    TEXT   NOT NULL,
    created  BIGINT NOT NULL,
    seen     BIGINT NOT NULL,
    approved BIGINT NOT NULL
);
CREATE INDEX gateway_devices_person ON gateway_devices (issuer, subject, created, id);
CREATE INDEX gateway_devices_created ON gateway_devices (created, id);
