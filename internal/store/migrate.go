package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"regexp"

	"github.com/pressly/goose/v3"
)

// The schema, in numbered steps. A step that was released is never changed;
// there is no way back but a backup.
//
//go:embed migrations/*.sql
var migrations embed.FS

// columnText is the type of every text column.
var columnText = regexp.MustCompile(`\bTEXT\b`)

// collate makes text columns of PostgreSQL compare byte by byte, as those of
// SQLite do. Else order and ranges would depend on the locale of the machine.
func collate(schema string) string {
	return columnText.ReplaceAllString(schema, `TEXT COLLATE "C"`)
}

// newMigrator reads the steps; prepare adapts their text to the engine.
func newMigrator(dialect goose.Dialect, db *sql.DB, log *slog.Logger, prepare func(string) string, more ...goose.ProviderOption) (*goose.Provider, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, name := range names { // sorted
		schema, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, goose.NewGoMigration(version, step(name, prepare(string(schema))), nil))
	}
	options := append([]goose.ProviderOption{
		goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true), goose.WithSlog(log),
	}, more...)
	return goose.NewProvider(dialect, db, nil, options...)
}

// step runs a whole file, in one transaction with the note that it was run.
func step(name, schema string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return fmt.Errorf("%s: %w", name, classify(err))
		}
		return nil
	}}
}
