package store

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Describe names the database at url for a person: its kind, and the path of
// its file or its name and host. It never returns a password or a user name.
//
//	SQLite database /var/lib/gatehouse/gatehouse.db
//	PostgreSQL database gatehouse at db.example.com:5432
func Describe(url string) string {
	if rest, ok := strings.CutPrefix(url, "sqlite:"); ok {
		path := strings.TrimPrefix(rest, "//")
		if path == ":memory:" {
			return "SQLite database in memory"
		}
		return "SQLite database " + path
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return "database whose URL is not valid"
	}
	return "PostgreSQL database " + config.Database + " at " + serverOf(config)
}

// serverOf names where a PostgreSQL server listens: host and port, or the
// directory of its socket.
func serverOf(config *pgx.ConnConfig) string {
	if filepath.IsAbs(config.Host) {
		return "the socket in " + config.Host
	}
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}
