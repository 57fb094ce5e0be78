package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Limits of time, so that a database that hangs, or a node that stopped while it
// held a lock, costs its callers seconds and not their lives. Every limit ends
// in [ErrUnavailable].
//
//	idle transaction  5s   the server ends the session of a node that stopped
//	lock              7s   so a waiting caller gets the lock before it gives up
//	statement         8s   the server ends what would take longer
//	call             10s   we end what the server did not; with SQLite, the wait for a turn
const callLimit = 10 * time.Second

// sessionSettings are the limits that the PostgreSQL server keeps. The URL may
// have others.
var sessionSettings = []setting{
	{"idle_in_transaction_session_timeout", "5s"},
	{"lock_timeout", "7s"},
	{"statement_timeout", "8s"},
}

// migrationSettings are those of a session that changes the schema: a step may
// take as long as the data make it.
var migrationSettings = []setting{
	{"lock_timeout", "60s"}, // of another process that does the same
	{"statement_timeout", "0"},
}

// setting is a setting of a PostgreSQL session.
type setting struct{ name, value string }

// applySettings returns a function that makes the settings in a new session.
// They are not sent at the start of the session, because a connection pooler in
// front may refuse that.
func applySettings(settings []setting) func(context.Context, *pgx.Conn) error {
	var sql strings.Builder
	for _, s := range settings {
		sql.WriteString("SET " + s.name + " = '" + s.value + "';")
	}
	return func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.PgConn().Exec(ctx, sql.String()).ReadAll()
		return err
	}
}

// settingsBeside returns the settings that the parameters of a URL do not have.
func settingsBeside(params map[string]string) []setting {
	return slices.DeleteFunc(slices.Clone(sessionSettings), func(s setting) bool { return hasSetting(params, s.name) })
}

// hasSetting reports whether the parameters of a URL have a setting, by its name
// or in "options".
func hasSetting(params map[string]string, name string) bool {
	_, ok := params[name]
	return ok || strings.Contains(params["options"], name)
}

// within calls f with a context that ends after limit at the latest.
func within(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}
