package config

import (
	"net/url"

	"gatehouse/internal/seal"
)

// State says where what must outlast the process is kept, and how it is sealed.
type State struct {
	// The directory for what Gatehouse writes by itself: the SQLite database
	// and the master key, where nothing else is said.
	DataDir string `key:"data_dir" default:"gatehouse-data"`

	// The database: `sqlite:///path/to/file` or `postgres://user@host/name`.
	// Left out, an SQLite file `gatehouse.db` under `data_dir`.
	Database seal.Secret `key:"database"`

	// The master keyset, which seals what would hurt if the database leaked.
	// Left out, one is made at the first start and kept under `data_dir`.
	MasterKey seal.Secret `key:"master_key"`

	// The path of a file that holds `master_key`. It wins over the key.
	MasterKeyFile string `key:"master_key_file"`
}

func (k *checker) checkState(s *State) {
	if s.Database == "" {
		return
	}
	u, err := url.Parse(s.Database.Reveal())
	switch {
	case err != nil || u.Scheme == "":
		k.fail("database", "the value", "the URL of a database", databaseForms)
	case u.Scheme == "sqlite" && (u.Host != "" || u.Path == "" || u.Path == "/"):
		k.fail("database", "the value", "the URL of an SQLite file", "write sqlite:///path/to/file")
	case u.Scheme == "sqlite":
	case (u.Scheme == "postgres" || u.Scheme == "postgresql") && (u.Host != "" || u.RawQuery != ""):
	case u.Scheme == "postgres" || u.Scheme == "postgresql":
		k.fail("database", "the value", "the URL of a PostgreSQL database", "write postgres://user@host/name")
	default:
		k.fail("database", quote(u.Scheme), "the scheme of a database that is offered", databaseForms)
	}
}

const databaseForms = "write sqlite:///path/to/file or postgres://user@host/name"

// SQLitePath returns the path of the SQLite file, or false if the database is
// another.
func (s *State) SQLitePath() (string, bool) {
	u, err := url.Parse(s.Database.Reveal())
	if err != nil || u.Scheme != "sqlite" {
		return "", false
	}
	return u.Path, true
}
