"""The tables, as one ordered list of migrations; a released step is never edited, only followed.

Types and statements stay in what SQLite 3.40 and PostgreSQL 15 share, apart from the index of
`storage/search.py`. Lists are JSON text, days are ISO dates, moments are ISO in UTC.
"""

from storage.migrations import Migration
from storage.search import INDEX_STATEMENTS

PAPERS = (
    """
    CREATE TABLE papers (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        title TEXT NOT NULL,
        abstract TEXT NOT NULL,
        abstract_complete INTEGER NOT NULL,
        authors TEXT NOT NULL,
        categories TEXT NOT NULL,
        comment TEXT,
        doi TEXT,
        journal_ref TEXT,
        licence TEXT,
        published TEXT,
        updated TEXT,
        plain_title TEXT,
        plain_abstract TEXT
    )
    """,
    """
    CREATE TABLE announcements (
        category TEXT NOT NULL,
        day TEXT NOT NULL,
        paper_id TEXT NOT NULL REFERENCES papers (id),
        version INTEGER NOT NULL,
        kind TEXT NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (category, day, paper_id)
    )
    """,
    "CREATE INDEX announcements_by_paper ON announcements (paper_id)",
    """
    CREATE TABLE batches (
        category TEXT NOT NULL,
        day TEXT NOT NULL,
        stored_at TEXT NOT NULL,
        PRIMARY KEY (category, day)
    )
    """,
    """
    CREATE TABLE summaries (
        paper_id TEXT NOT NULL REFERENCES papers (id),
        version INTEGER NOT NULL,
        language TEXT NOT NULL,
        title TEXT,
        tldr TEXT,
        abstract TEXT,
        origin TEXT NOT NULL,
        model TEXT,
        PRIMARY KEY (paper_id, version, language)
    )
    """,
)

IMPORTS = (
    """
    CREATE TABLE imported_digests (
        id TEXT PRIMARY KEY,
        language TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE imported_entries (
        digest_id TEXT NOT NULL REFERENCES imported_digests (id),
        position INTEGER NOT NULL,
        paper_id TEXT NOT NULL REFERENCES papers (id),
        version INTEGER NOT NULL,
        kind TEXT NOT NULL,
        link TEXT,
        PRIMARY KEY (digest_id, position)
    )
    """,
    """
    CREATE TABLE imports (
        source TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        lines INTEGER NOT NULL,
        finished INTEGER NOT NULL,
        digest_id TEXT REFERENCES imported_digests (id)
    )
    """,
)

LISTINGS = (
    """
    CREATE TABLE listings (
        reader TEXT PRIMARY KEY,
        paper_ids TEXT NOT NULL
    )
    """,
)

READERS = (
    """
    CREATE TABLE chats (
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        thread TEXT NOT NULL,
        room TEXT NOT NULL,
        title TEXT NOT NULL,
        settings TEXT NOT NULL,
        paused TEXT,
        PRIMARY KEY (platform, chat, thread)
    )
    """,
    """
    CREATE TABLE subscriptions (
        number INTEGER PRIMARY KEY,
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        thread TEXT NOT NULL,
        query TEXT NOT NULL,
        at TEXT,
        days TEXT,
        max_papers INTEGER,
        language TEXT,
        active INTEGER NOT NULL,
        UNIQUE (platform, chat, thread, query)
    )
    """,
    """
    CREATE TABLE saved (
        number INTEGER PRIMARY KEY,
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        thread TEXT NOT NULL,
        paper_id TEXT NOT NULL REFERENCES papers (id),
        UNIQUE (platform, chat, thread, paper_id)
    )
    """,
    """
    CREATE TABLE notes (
        name TEXT PRIMARY KEY,
        content TEXT NOT NULL
    )
    """,
)

STANDINGS = (
    """
    CREATE TABLE standing_subscriptions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        thread TEXT NOT NULL,
        query TEXT NOT NULL,
        channel TEXT NOT NULL DEFAULT '',
        at TEXT,
        days TEXT,
        max_papers INTEGER,
        language TEXT,
        timezone TEXT,
        form TEXT,
        details TEXT,
        active INTEGER NOT NULL,
        slot TEXT,
        due TEXT,
        changed INTEGER NOT NULL DEFAULT 1,
        since TEXT,
        arrivals_read INTEGER NOT NULL DEFAULT 0,
        UNIQUE (platform, chat, thread, query, channel)
    )
    """,
    """
    INSERT INTO standing_subscriptions
        (number, platform, chat, thread, query, at, days, max_papers, language, active)
    SELECT number, platform, chat, thread, query, at, days, max_papers, language, active
    FROM subscriptions
    """,
    "DROP TABLE subscriptions",
    "ALTER TABLE standing_subscriptions RENAME TO subscriptions",
    "CREATE INDEX subscriptions_by_due ON subscriptions (due)",
    "CREATE INDEX subscriptions_changed ON subscriptions (number) WHERE changed > 0",
    "ALTER TABLE announcements ADD COLUMN arrival INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE batches ADD COLUMN arrival INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX batches_by_day ON batches (day)",
    "CREATE INDEX announcements_by_arrival ON announcements (arrival)",
    """
    CREATE TABLE intakes (
        category TEXT PRIMARY KEY,
        settled TEXT,
        outcome TEXT NOT NULL,
        message TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        failures INTEGER NOT NULL
    )
    """,
)

DELIVERIES = (
    """
    CREATE TABLE digests (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        subscription INTEGER NOT NULL,
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        thread TEXT NOT NULL,
        query TEXT NOT NULL,
        language TEXT NOT NULL,
        kinds TEXT NOT NULL,
        max_papers INTEGER NOT NULL,
        slot TEXT NOT NULL,
        made TEXT NOT NULL,
        since TEXT NOT NULL,
        arrivals_before INTEGER NOT NULL,
        arrivals_read INTEGER NOT NULL,
        announced INTEGER NOT NULL,
        matched INTEGER NOT NULL,
        outcome TEXT NOT NULL
    )
    """,
    "CREATE INDEX digests_by_chat ON digests (platform, chat, thread, number)",
    "CREATE INDEX digests_without_papers ON digests (made) WHERE outcome <> 'posted'",
    """
    CREATE TABLE posted (
        digest INTEGER NOT NULL REFERENCES digests (number),
        position INTEGER NOT NULL,
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        thread TEXT NOT NULL,
        paper_id TEXT NOT NULL REFERENCES papers (id),
        version INTEGER NOT NULL,
        kind TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (digest, position)
    )
    """,
    "CREATE INDEX posted_by_chat ON posted (platform, chat, thread, paper_id)",
    """
    CREATE TABLE outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        digest INTEGER,
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        thread TEXT NOT NULL,
        method TEXT NOT NULL,
        body TEXT NOT NULL,
        about INTEGER,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        uncertain INTEGER NOT NULL DEFAULT 0,
        first_tried TEXT,
        not_before TEXT,
        result TEXT NOT NULL DEFAULT '',
        reason TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        changed TEXT NOT NULL
    )
    """,
    """
    CREATE INDEX outbox_open ON outbox (platform, chat, thread, number)
    WHERE state IN ('queued', 'sending')
    """,
    "CREATE INDEX outbox_by_chat ON outbox (platform, chat, thread)",
    "CREATE INDEX outbox_by_digest ON outbox (digest)",
    "CREATE INDEX outbox_by_change ON outbox (state, changed)",
    """
    CREATE INDEX outbox_with_bodies ON outbox (state, changed)
    WHERE state = 'sent' AND body <> '{}'
    """,
    """
    CREATE TABLE holds (
        platform TEXT NOT NULL,
        chat TEXT NOT NULL,
        until TEXT NOT NULL,
        PRIMARY KEY (platform, chat)
    )
    """,
    """
    CREATE TABLE requests (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        content TEXT NOT NULL,
        state TEXT NOT NULL,
        answer TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL
    )
    """,
)

ANSWERS = (
    """
    CREATE TABLE answers (
        paper_id TEXT NOT NULL REFERENCES papers (id),
        fingerprint TEXT NOT NULL,
        model TEXT NOT NULL,
        prompts TEXT NOT NULL,
        language TEXT NOT NULL,
        part TEXT NOT NULL,
        text TEXT,
        failure TEXT NOT NULL,
        PRIMARY KEY (paper_id, fingerprint, model, prompts, language, part)
    )
    """,
    """
    CREATE TABLE tokens (
        day TEXT NOT NULL,
        model TEXT NOT NULL,
        requests INTEGER NOT NULL,
        input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        PRIMARY KEY (day, model)
    )
    """,
)

MIGRATIONS = (
    Migration("papers, announcements, summaries and their index", (*PAPERS, *INDEX_STATEMENTS)),
    Migration("imported digests and how far an import has come", IMPORTS),
    Migration("the list that a reader was shown last", LISTINGS),
    Migration("chats, their subscriptions and saved papers", READERS),
    Migration("how far subscriptions and intake have come", STANDINGS),
    Migration("digests, what was posted where, and the outbox", DELIVERIES),
    Migration("what language models answered, and the tokens of it", ANSWERS),
)
