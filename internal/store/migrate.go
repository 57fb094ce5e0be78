package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"gatehouse/internal/base/pattern"
)

// migrations holds the schema as numbered steps. A released step is never
// changed. There are no steps back: to return to an older schema, restore a
// backup. A step that must differ between the databases is a pair of files, whose
// names end in .sqlite3.sql and .postgres.sql.
//
//go:embed migrations/*.sql
var migrations embed.FS

// columnText matches the type of a text column.
var columnText = pattern.New(`\bTEXT\b`)

// collate makes PostgreSQL compare text byte by byte, as SQLite does. Without
// it, the order of lists would depend on the locale of the server.
func collate(schema string) string {
	return columnText.ReplaceAllString(schema, `TEXT COLLATE "C"`)
}

// stepsOf returns the names of the steps for a database, in their order.
func stepsOf(dialect goose.Dialect) ([]string, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorts them
	return slices.DeleteFunc(names, func(name string) bool {
		_, only, one := strings.Cut(strings.TrimSuffix(name, ".sql"), ".")
		return one && only != string(dialect)
	}), err
}

// stepNumbers returns the numbers of the steps for a database, in their order.
func stepNumbers(dialect goose.Dialect) ([]int64, error) {
	names, err := stepsOf(dialect)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(names))
	for i, name := range names {
		if numbers[i], err = goose.NumericComponent(name); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// appliedSteps returns the numbers of the steps that a database has, in their order.
func appliedSteps(t *tx) (numbers []int64, err error) {
	err = t.eachRow(func(row scanner) error {
		var n int64
		if err := row.Scan(&n); err != nil {
			return err
		}
		numbers = append(numbers, n)
		return nil
	}, `SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id`) // 0 says that the table was made
	return numbers, err
}

// newMigrator reads the steps. prepare adapts their SQL text to the database.
func newMigrator(dialect goose.Dialect, db *sql.DB, log *slog.Logger, prepare func(string) string, more ...goose.ProviderOption) (*goose.Provider, error) {
	names, err := stepsOf(dialect)
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, name := range names {
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

// up runs the missing steps. It changes nothing if the schema is newer than this
// program. It says before that it begins, since a large database takes minutes.
func up(ctx context.Context, m *goose.Provider, log *slog.Logger) error {
	current, newest, err := m.GetVersions(ctx)
	if err != nil {
		return err
	}
	if err := knownSchema(current); err != nil {
		return err
	}
	if current > 0 && current < newest {
		log.Info("the schema of the database is being brought up to date; a million users take some minutes", "from", current, "to", newest)
	}
	_, err = m.Up(ctx)
	return err
}

// newerSchema is the error of a program that is older than the schema.
type newerSchema struct{ schema, program int64 }

func (e *newerSchema) Error() string {
	return fmt.Sprintf("the schema has version %d, and this program knows versions up to %d", e.schema, e.program)
}

// knownSchema returns an error if the version is newer than this program. A
// schema that it does not know may need what it does not do, so it must not write.
func knownSchema(version int64) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	newest, err := goose.NumericComponent(names[len(names)-1]) // Glob has sorted the names
	if err == nil && version > newest {
		err = &newerSchema{version, newest}
	}
	return err
}

// step runs a whole file. The same transaction records that the step was run.
func step(name, schema string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return fmt.Errorf("%s: %w", name, classify(err))
		}
		return nil
	}}
}
