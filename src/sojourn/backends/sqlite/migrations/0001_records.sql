-- Owners stand in users, devices and sessions alone; children are keyed by the session's number,
-- which is never used twice. Columns named about, body, head, name and label are sealed.

CREATE TABLE store (
    id           TEXT    NOT NULL,
    sealed       INTEGER NOT NULL,
    last_key     INTEGER NOT NULL,  -- the newest key number given out
    key_ceiling  INTEGER NOT NULL,  -- keys.bin holds keys up to this one
    last_fence   INTEGER NOT NULL DEFAULT 0,
    created_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    user_no        INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    key_no         INTEGER NOT NULL,
    name_mac       BLOB    UNIQUE,
    name           BLOB,
    created_ms     INTEGER NOT NULL,
    state_version  INTEGER NOT NULL DEFAULT 0,
    last_event     INTEGER NOT NULL DEFAULT 0,
    file_count     INTEGER NOT NULL DEFAULT 0,  -- of all sessions, those on their way included
    file_bytes     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE devices (
    device_no   INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    user_no     INTEGER NOT NULL,
    token_hash  BLOB    NOT NULL UNIQUE,
    label       BLOB    NOT NULL,
    session_id  TEXT,
    created_ms  INTEGER NOT NULL,
    seen_ms     INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL,
    ended_ms    INTEGER
) STRICT;
CREATE INDEX devices_of_user ON devices (user_no);

CREATE TABLE former_tokens (
    token_hash  BLOB    PRIMARY KEY,
    device_no   INTEGER NOT NULL,
    ended_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX former_tokens_of_device ON former_tokens (device_no, ended_ms);

CREATE TABLE sessions (
    session_no      INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT    NOT NULL UNIQUE,
    user_no         INTEGER NOT NULL,
    key_no          INTEGER NOT NULL,
    created_ms      INTEGER NOT NULL,
    active_ms       INTEGER NOT NULL,
    closed_ms       INTEGER,
    deleted_ms      INTEGER,
    pinned          INTEGER NOT NULL DEFAULT 0,
    archived        INTEGER NOT NULL DEFAULT 0,
    revision        INTEGER NOT NULL,
    last_seq        INTEGER NOT NULL DEFAULT 0,
    branch          INTEGER NOT NULL DEFAULT 1,  -- the current one
    aside           INTEGER NOT NULL DEFAULT 0,  -- 1: it may end before the newest message
    state_version   INTEGER NOT NULL DEFAULT 0,
    last_file       INTEGER NOT NULL DEFAULT 0,
    file_count      INTEGER NOT NULL DEFAULT 0,
    file_bytes      INTEGER NOT NULL DEFAULT 0,
    previous        TEXT,
    client_key_mac  BLOB,
    about           BLOB    NOT NULL
) STRICT;
CREATE INDEX sessions_listed ON sessions (user_no, active_ms, session_no)
    WHERE deleted_ms IS NULL AND archived = 0;
CREATE INDEX sessions_archived ON sessions (user_no, active_ms, session_no)
    WHERE deleted_ms IS NULL AND archived = 1;
CREATE INDEX sessions_pinned ON sessions (user_no, active_ms, session_no)
    WHERE deleted_ms IS NULL AND pinned = 1;
CREATE INDEX sessions_in_trash ON sessions (user_no, active_ms, session_no) WHERE deleted_ms IS NOT NULL;
CREATE UNIQUE INDEX sessions_by_client_key ON sessions (user_no, client_key_mac)
    WHERE client_key_mac IS NOT NULL AND closed_ms IS NULL AND deleted_ms IS NULL;

CREATE TABLE session_tags (
    session_no  INTEGER NOT NULL,
    tag_mac     BLOB    NOT NULL,
    PRIMARY KEY (session_no, tag_mac)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstones (
    session_no  INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    user_no     INTEGER NOT NULL,
    key_no      INTEGER NOT NULL,
    erased_ms   INTEGER NOT NULL,
    messages    INTEGER NOT NULL,
    files       INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    state_keys  INTEGER NOT NULL,
    emptied     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tombstones_unfinished ON tombstones (session_no) WHERE emptied = 0;

CREATE TABLE session_state (
    session_no  INTEGER NOT NULL,
    key_mac     BLOB    NOT NULL,
    version     INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (session_no, key_mac)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_state (
    user_no  INTEGER NOT NULL,
    key_mac  BLOB    NOT NULL,
    version  INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    PRIMARY KEY (user_no, key_mac)
) STRICT, WITHOUT ROWID;

-- A branch is one range; what it came from are ranges of the branches above it. The place holds
-- 33 bits of session, 10 of branch, 20 of seq: ordered by a number, a row of 8,000 bytes stays in its page.
CREATE TABLE messages (
    place       INTEGER PRIMARY KEY,
    session_no  INTEGER AS (place >> 30) VIRTUAL,
    branch      INTEGER AS ((place >> 20) & 1023) VIRTUAL,
    seq         INTEGER AS (place & 1048575) VIRTUAL,
    id          BLOB    NOT NULL,
    role        INTEGER NOT NULL,
    created_ms  INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    parent      BLOB,
    head        BLOB  -- the first words of a body that is long to unseal
) STRICT;
CREATE UNIQUE INDEX messages_by_id ON messages (session_no, id);

-- Branch 1 has no row.
CREATE TABLE branches (
    session_no  INTEGER NOT NULL,
    branch      INTEGER NOT NULL,
    parent      INTEGER NOT NULL,
    fork_seq    INTEGER NOT NULL,
    PRIMARY KEY (session_no, branch)
) STRICT, WITHOUT ROWID;
CREATE INDEX branches_by_fork ON branches (session_no, parent, fork_seq, branch);

CREATE TABLE summaries (
    session_no  INTEGER NOT NULL,
    branch      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,  -- of the last message it stands for
    created_ms  INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (session_no, branch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
    session_no  INTEGER NOT NULL,
    file_no     INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    created_ms  INTEGER NOT NULL,
    deleted_ms  INTEGER,
    text        TEXT    NOT NULL,
    chunks      INTEGER NOT NULL,
    about       BLOB    NOT NULL,
    pictured    INTEGER NOT NULL DEFAULT 0,  -- 1: it is a picture that can be read
    blob        TEXT    NOT NULL,  -- the id of the session's first file with these bytes
    digest_mac  BLOB    NOT NULL,
    PRIMARY KEY (session_no, file_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX files_by_id ON files (session_no, id);
CREATE INDEX files_by_digest ON files (session_no, digest_mac);
CREATE INDEX files_pictured ON files (session_no, file_no, id) WHERE pictured = 1 AND deleted_ms IS NULL;
CREATE INDEX files_unread ON files (created_ms) WHERE text = 'pending' AND deleted_ms IS NULL;
CREATE INDEX files_in_trash ON files (session_no, file_no) WHERE deleted_ms IS NOT NULL;
CREATE INDEX files_to_erase ON files (deleted_ms) WHERE deleted_ms IS NOT NULL;

-- Made of files, and gone with them.
CREATE TABLE thumbnails (
    session_no  INTEGER NOT NULL,
    file_no     INTEGER NOT NULL,
    px          INTEGER NOT NULL,  -- the longest side it was asked for
    body        BLOB    NOT NULL,
    PRIMARY KEY (session_no, file_no, px)
) STRICT;

-- The bytes of small files; those of others are blobs outside the records.
CREATE TABLE bodies (
    session_no  INTEGER NOT NULL,
    blob        TEXT    NOT NULL,
    body        BLOB    NOT NULL,
    PRIMARY KEY (session_no, blob)
) STRICT;

CREATE TABLE intents (
    session_no   INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    kind         INTEGER NOT NULL,
    reserved     INTEGER NOT NULL,
    deadline_ms  INTEGER NOT NULL,
    about        BLOB,
    PRIMARY KEY (session_no, id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX intents_by_deadline ON intents (deadline_ms);

CREATE TABLE events (
    user_no     INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    session_no  INTEGER,
    object      ANY,  -- 16 bytes of a UUID, else text
    at_ms       INTEGER NOT NULL,
    PRIMARY KEY (user_no, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    name_mac  BLOB    PRIMARY KEY,
    holder    TEXT    NOT NULL,
    fence     INTEGER NOT NULL,
    until_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_by_end ON leases (until_ms);

CREATE TABLE once (
    user_no     INTEGER NOT NULL,
    key_mac     BLOB    NOT NULL,
    digest      BLOB    NOT NULL,
    object_id   TEXT    NOT NULL,
    created_ms  INTEGER NOT NULL,
    PRIMARY KEY (user_no, key_mac)
) STRICT, WITHOUT ROWID;
CREATE INDEX once_by_age ON once (created_ms);
