package store

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Describe returns a text for people that names the database at url. For SQLite
// it has the path of the file, for PostgreSQL the database name and the server.
// The text never contains a password or a user name.
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

// serverOf returns the address of a PostgreSQL server: host and port, or the
// directory of its socket.
func serverOf(config *pgx.ConnConfig) string {
	if filepath.IsAbs(config.Host) {
		return "the socket in " + config.Host
	}
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}
