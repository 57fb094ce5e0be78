package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/base/fault"
)

// Errors of copying a database.
var (
	// ErrOtherTool means that the database is copied with its server's programs.
	ErrOtherTool = fault.New(fault.Unsupported, "backup_other_tool", "Gatehouse copies SQLite databases alone. For PostgreSQL use pg_dump and pg_restore: they copy a database while it is in use.")
	// ErrTaken means that a copy would replace a file.
	ErrTaken = fault.New(fault.Conflict, "backup_taken", "The file exists.")
	// ErrNoDirectory means that a copy has no place.
	ErrNoDirectory = fault.New(fault.Invalid, "backup_no_directory", "There is no directory for the copy.")
	// ErrNoBackup means that a file is no backup that can be restored.
	ErrNoBackup = fault.New(fault.Invalid, "backup_invalid", "The file is no backup of a Gatehouse database.")
)

// Backup copies the SQLite database at url into a new file, which only the
// current user can read. The copy is the state of one moment, also while other
// processes write. It has the name file only when it was checked and is on disk.
func Backup(ctx context.Context, url, file string) error {
	path, err := fileOf(url)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return openError(url, err)
	}
	return copyDatabase(ctx, fileURL(path, "mode=rw&_pragma=busy_timeout(5000)"), file)
}

// Restore makes the SQLite database at url from a backup. It never replaces a
// database: the file at url must not exist. A backup of a newer program is
// refused.
func Restore(ctx context.Context, url, file string) error {
	path, err := fileOf(url)
	if err != nil {
		return err
	}
	if err := restorable(ctx, file); err != nil {
		return err
	}
	for _, name := range []string{path, path + "-wal"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return ErrTaken.Saying("%s exists, and a restore replaces nothing. Stop all processes that use it, move it away together with its -wal and -shm, and try again.", name)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return openError(url, err)
	}
	return copyDatabase(ctx, unchanging(file), path)
}

// restorable returns an error if the file is no backup that this program can use.
func restorable(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err != nil {
		return ErrNoBackup.Saying("%v", err)
	}
	if _, err := os.Stat(file + "-wal"); err == nil {
		return ErrNoBackup.Saying("%s has a log beside it (%s-wal): it is a database in use or a copy of one, and without the log it lacks the newest changes. Make a backup of it with gatehouse backup.", file, file)
	}
	return verify(ctx, file)
}

// Missing reports whether url names an SQLite file that does not exist. Open would
// make it.
func Missing(url string) bool {
	path, err := fileOf(url)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// fileOf returns the path of the SQLite file at url.
func fileOf(url string) (string, error) {
	rest, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return "", ErrOtherTool
	}
	path := strings.TrimPrefix(rest, "//")
	if path == "" || path == ":memory:" {
		return "", ErrURL.Saying("The database has no file.")
	}
	return path, nil
}

// fileURL returns the name of a file for the driver. A "?" or "&" in the path does
// not start a setting.
func fileURL(path, settings string) string {
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: settings}).String()
}

// unchanging returns the name of a file that nobody writes: SQLite then makes no
// files beside it.
func unchanging(path string) string { return fileURL(path, "mode=ro&immutable=1") }

// copyDatabase copies a database into the new file at path.
func copyDatabase(ctx context.Context, from, path string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".gatehouse-copy-*") // mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoDirectory.Saying("The copy can't be written to %s: there is no directory %s. Make it, or name another file.", path, filepath.Dir(path))
	}
	if errors.Is(err, fs.ErrPermission) {
		return ErrNoDirectory.Saying("The copy can't be written to %s: this user may not write into the directory %s. Allow it, or name another file.", path, filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := vacuumInto(ctx, from, temp.Name()); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := verify(ctx, temp.Name()); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return fmt.Errorf("write the copy to disk: %w", err)
	}
	return placeNew(temp.Name(), path)
}

// placeNew gives a file its name, which must be free.
func placeNew(temp, path string) error {
	err := os.Link(temp, path)
	if errors.Is(err, fs.ErrExist) {
		return ErrTaken.Saying("%s exists, and a copy replaces nothing: name another file.", path)
	}
	if err != nil {
		return fmt.Errorf("name the copy: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write the directory of the copy to disk: %w", err)
	}
	defer dir.Close()
	return dir.Sync()
}

// vacuumInto writes the state of one moment into an empty file.
func vacuumInto(ctx context.Context, from, path string) error {
	db, err := sql.Open("sqlite", from)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO $1`, path)
	return err
}

// verify returns an error if the file is damaged, is no database of Gatehouse, or
// has a schema that this program does not know.
func verify(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", unchanging(path))
	if err != nil {
		return err
	}
	defer db.Close()
	var damage string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&damage); err != nil || damage != "ok" {
		return cmp.Or(ctx.Err(), error(ErrNoBackup.Saying("%s is damaged, or no database.", path)))
	}
	orphans, err := db.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return err
	}
	defer orphans.Close()
	if orphans.Next() {
		return ErrNoBackup.Saying("%s is damaged: it has rows whose parent is missing.", path)
	}
	var version int64
	if err := db.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		return cmp.Or(ctx.Err(), error(ErrNoBackup.Saying("%s is no database of Gatehouse.", path)))
	}
	return knownSchema(version)
}
