package store

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// memoryPath makes the file of a database "in memory": it lies in a directory
// of its own, which the caller removes. It is a file because SQLite's own
// databases in memory lock whole tables, so tests would see what production
// never does. The file has the whole schema already: hundreds of tests open
// such a database, and running all migrations took most of their time.
func memoryPath() (dir, path string, err error) {
	schema, err := emptyDatabase()
	if err != nil {
		return "", "", err
	}
	return writeMemory(schema)
}

// emptyDatabase returns the bytes of a database with the newest schema and no
// rows. It runs the migrations once a process.
var emptyDatabase = sync.OnceValues(func() (_ []byte, err error) {
	dir, path, err := writeMemory(nil)
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
	if err := e.close(); err != nil { // closing moves the WAL into the file
		return nil, err
	}
	return os.ReadFile(path)
})

// writeMemory makes a file with that content in a new directory.
func writeMemory(content []byte) (dir, path string, err error) {
	if dir, err = os.MkdirTemp(memoryDir(), "gatehouse-"); err != nil {
		return "", "", err
	}
	path = filepath.Join(dir, "gatehouse.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		os.RemoveAll(dir)
		return "", "", err
	}
	return dir, path, nil
}

// memoryDir is a directory in memory, or "" if the system has none.
func memoryDir() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() {
		return shm
	}
	return ""
}
