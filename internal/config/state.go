package config

import (
	"net/url"
	"path/filepath"
	"strconv"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
)

// State says where Gatehouse keeps its data, and how the data is sealed.
type State struct {
	// The directory for the files that Gatehouse creates: the SQLite database
	// and the master keys, unless the keys below name other places.
	DataDir string `key:"data_dir" default:"gatehouse-data"`

	// The database: `sqlite:///path/to/file` or `postgres://user@host/name`.
	// Left out, an SQLite file `gatehouse.db` under `data_dir`.
	Database seal.Secret `key:"database"`

	// How many connections this process opens to PostgreSQL at most. Two more are
	// for what must not wait, such as `/readyz`. An SQLite file needs no limit.
	DatabaseMaxConnections int `key:"database_max_connections" default:"20"`

	// The master keys, as the text of a keyset. They seal the secrets in the
	// database.
	MasterKey seal.Secret `key:"master_key"`

	// The path of the file with the master keys. It wins over `master_key`. If
	// the file does not exist, it is created at the first start. A file that
	// anyone but its owner may read is refused. Left out, and without
	// `master_key`, it is `master.key` under `data_dir`.
	MasterKeyFile string `key:"master_key_file"`
}

// complete fills in the paths under data_dir.
func (s *State) complete() {
	if dir, err := filepath.Abs(s.DataDir); err == nil && s.DataDir != "" {
		s.DataDir = dir
	}
	if s.Database == "" {
		s.Database = seal.Secret("sqlite://" + filepath.ToSlash(filepath.Join(s.DataDir, "gatehouse.db")))
	}
	if s.MasterKey == "" && s.MasterKeyFile == "" {
		s.MasterKeyFile = filepath.Join(s.DataDir, "master.key")
	}
}

func (k *checker) checkState(s *State) {
	if n := s.DatabaseMaxConnections; n < 1 || n > 1000 {
		k.fail("database_max_connections", settings.Quote(strconv.Itoa(n)), "a number from 1 to 1000", "")
	}
	u, err := url.Parse(s.Database.Reveal())
	switch {
	case s.DataDir == "":
		k.missing("data_dir", "write the path of a directory")
	case s.Database == "":
	case err != nil || u.Scheme == "":
		k.fail("database", "the value", "the URL of a database", databaseForms)
	case u.Scheme == "sqlite" && u.Opaque == "" && (u.Host != "" || u.Path == "" || u.Path == "/"):
		k.fail("database", "the value", "the URL of an SQLite file", "write sqlite:///path/to/file")
	case u.Scheme == "sqlite":
	case (u.Scheme == "postgres" || u.Scheme == "postgresql") && (u.Host != "" || u.RawQuery != ""):
	case u.Scheme == "postgres" || u.Scheme == "postgresql":
		k.fail("database", "the value", "the URL of a PostgreSQL database", "write postgres://user@host/name")
	default:
		k.fail("database", settings.Quote(u.Scheme), "a supported database scheme", databaseForms)
	}
}

const databaseForms = "write sqlite:///path/to/file or postgres://user@host/name"
