"""What can go wrong with the database, each with a sentence that says what to do.

StorageError
├── DatabaseBusy      another process is writing
├── DatabaseTooNew    written by a newer Paperboy
├── DatabaseBroken    not a database, or damaged
└── DiskFull          no room left
"""


class StorageError(Exception):
    """The database did not do what was asked; the text says what would help."""


class DatabaseBusy(StorageError):
    """Another process held the write lock for longer than the busy timeout."""


class DatabaseTooNew(StorageError):
    """A newer release wrote this database; this one does not know its tables."""


class DatabaseBroken(StorageError):
    """The file is not a database, or its content is damaged."""


class DiskFull(StorageError):
    """There was no room to write; the transaction was rolled back."""
