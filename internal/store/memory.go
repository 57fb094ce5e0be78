package store

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// memoryPath creates the file of a database for sqlite::memory:. The file is in
// a new directory, which the caller removes. The database is a file because
// SQLite's own in-memory databases lock whole tables, so tests would see lock
// errors that production never has. The file already has the whole schema:
// hundreds of tests open such a database, and the migrations took most of their
// time.
func memoryPath() (dir, path string, err error) {
	schema, err := emptyDatabase()
	if err != nil {
		return "", "", err
	}
	return writeDatabase(schema)
}

// emptyDatabase returns the bytes of a database file with the newest schema and
// no rows. It runs the migrations once in each process.
var emptyDatabase = sync.OnceValues(func() (_ []byte, err error) {
	dir, path, err := writeDatabase(nil)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	e, err := openFile(path, "", "OFF", Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := e.migrate(context.Background()); err != nil {
		e.close()
		return nil, err
	}
	if err := e.close(); err != nil { // close moves the write-ahead log into the file
		return nil, err
	}
	return os.ReadFile(path)
})

// writeDatabase creates a database file with the content in a new directory.
func writeDatabase(content []byte) (dir, path string, err error) {
	if dir, err = os.MkdirTemp(temporaryDir(), "gatehouse-"); err != nil {
		return "", "", err
	}
	path = filepath.Join(dir, "gatehouse.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		os.RemoveAll(dir)
		return "", "", err
	}
	return dir, path, nil
}

// temporaryDir returns a directory that is kept in memory, or "" if the system
// has none; os.MkdirTemp then uses its default.
func temporaryDir() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() {
		return shm
	}
	return ""
}
